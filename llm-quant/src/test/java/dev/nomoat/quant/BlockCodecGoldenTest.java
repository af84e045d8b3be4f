package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bit for bit against ggml; see the resource folder's README.md. */
class BlockCodecGoldenTest {

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      // ggml decodes neither whole numbers nor Q8_1
      names = {"F32", "F64", "I8", "I16", "I32", "I64", "Q8_1"})
  void decodesAsGgmlDoes(TensorType type) throws IOException {
    byte[] golden = resource(type + ".decode");
    int blocks = golden.length / (type.blockBytes() + type.blockElements() * Float.BYTES);
    int count = blocks * type.blockElements();
    assertThat(blocks).isGreaterThan(20);
    int[] expected = new int[count];
    ByteBuffer.wrap(golden)
        .order(ByteOrder.LITTLE_ENDIAN)
        .position(blocks * type.blockBytes())
        .asIntBuffer()
        .get(expected);

    float[] actual = new float[count];
    BlockCodec.of(type).decode(MemorySegment.ofArray(golden), 0, actual, 0, count);

    assertThat(bits(actual)).containsExactly(expected);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"F16", "BF16", "Q8_0", "Q4_0", "Q5_0", "Q4_1", "Q5_1", "MXFP4", "TQ1_0", "TQ2_0"})
  void encodesAsGgmlDoes(TensorType type) throws IOException {
    byte[] numbers = resource("numbers.f32");
    float[] source =
        MemorySegment.ofArray(numbers)
            .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
    byte[] actual = new byte[Math.toIntExact(type.rowBytes(source.length))];
    BlockCodec.of(type).encode(source, 0, MemorySegment.ofArray(actual), 0, source.length);

    assertThat(actual).containsExactly(resource(type + ".encode"));
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = BlockCodecGoldenTest.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }
}
