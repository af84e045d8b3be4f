package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BlockCodecTest {

  private static final Set<TensorType> ENCODED =
      EnumSet.of(
          TensorType.F32,
          TensorType.F16,
          TensorType.BF16,
          TensorType.Q8_0,
          TensorType.Q4_0,
          TensorType.Q4_1,
          TensorType.Q5_0,
          TensorType.Q5_1,
          TensorType.Q2_K,
          TensorType.Q3_K,
          TensorType.Q4_K,
          TensorType.Q5_K,
          TensorType.Q6_K,
          TensorType.IQ4_NL,
          TensorType.IQ4_XS,
          TensorType.TQ1_0,
          TensorType.TQ2_0,
          TensorType.MXFP4);

  static Set<TensorType> supported() {
    return EnumSet.complementOf(
        EnumSet.of(TensorType.F64, TensorType.I8, TensorType.I16, TensorType.I32, TensorType.I64));
  }

  static Set<TensorType> quantised() {
    EnumSet<TensorType> types = EnumSet.copyOf(ENCODED);
    types.removeAll(EnumSet.of(TensorType.F32, TensorType.F16, TensorType.BF16));
    return types;
  }

  @ParameterizedTest
  @EnumSource
  void supportsWhatItSaysAndRefusesTheOthersByName(TensorType type) {
    boolean expected = supported().contains(type);
    assertThat(BlockCodec.supports(type)).isEqualTo(expected);
    if (expected) {
      BlockCodec codec = BlockCodec.of(type);
      assertThat(codec.type()).isEqualTo(type);
      assertThat(codec.canEncode()).isEqualTo(ENCODED.contains(type));
    } else {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> BlockCodec.of(type))
          .withMessage("no codec for " + type);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"IQ1_S", "IQ2_XXS", "IQ3_S", "Q8_K", "NVFP4"})
  void otherTypesRefuseToEncode(TensorType type) {
    MemorySegment block = MemorySegment.ofArray(new byte[type.blockBytes()]);
    int count = type.blockElements();
    refuses(
        () -> BlockCodec.of(type).encode(new float[count], 0, block, 0, count),
        "no encoder for " + type);
  }

  @ParameterizedTest
  @MethodSource("supported")
  void decodesOnlyTheRangeItIsGiven(TensorType type) {
    int elements = type.blockElements();
    int bytes = type.blockBytes();
    byte[] blocks = new byte[3 * bytes + 1];
    new Random(5).nextBytes(blocks);
    BlockCodec codec = BlockCodec.of(type);
    float[] whole = new float[3 * elements];
    float[] part = new float[3 * elements];
    Arrays.fill(part, 7);
    // off-heap and at odd offsets, as a mapped file may have them
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(blocks.length);
      memory.copyFrom(MemorySegment.ofArray(blocks));
      codec.decode(memory, 1, whole, 0, 3 * elements);
      codec.decode(memory, 1 + bytes, part, elements, elements);
      codec.decode(memory, blocks.length, part, part.length, 0);
    }
    assertThat(Arrays.copyOfRange(part, elements, 2 * elements))
        .containsExactly(Arrays.copyOfRange(whole, elements, 2 * elements));
    assertThat(Arrays.copyOf(part, elements)).containsOnly(7);
    assertThat(Arrays.copyOfRange(part, 2 * elements, 3 * elements)).containsOnly(7);
  }

  @ParameterizedTest
  @MethodSource("supported")
  void refusesImportancesThatMakeNoSense(TensorType type) {
    BlockCodec codec = BlockCodec.of(type);
    int elements = type.blockElements();
    float[] numbers = numbers(2 * elements);
    MemorySegment dst = MemorySegment.ofArray(new byte[2 * type.blockBytes()]);
    if (!codec.canEncode()) {
      refuses(
          () -> codec.encode(numbers, 0, new float[elements], 0, dst, 0, elements), "no encoder");
      return;
    }
    for (float bad : new float[] {-1, -Float.MIN_VALUE, Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] importance = new float[2 * elements];
      importance[elements] = bad;
      refuses(
          () -> codec.encode(numbers, 0, importance, 0, dst, 0, 2 * elements),
          "importance %d is %s".formatted(elements, bad));
      refuses(
          () -> codec.encode(numbers, 0, importance, elements, dst, 0, elements),
          "importance %d is %s".formatted(elements, bad));
      codec.encode(numbers, 0, importance, 0, dst, 0, elements);
    }
    float[] one = new float[elements];
    refuses(() -> codec.encode(numbers, 0, one, 1, dst, 0, elements), "importance 1 exceed");
    refuses(() -> codec.encode(numbers, 0, one, -1, dst, 0, elements), "importance -1");
    refuses(() -> codec.encode(numbers, 0, one, 0, dst, 0, 2 * elements), "importance");
  }

  @Test
  void encodesOnlyTheRangeItIsGiven() {
    for (TensorType type : ENCODED) {
      int elements = type.blockElements();
      int bytes = type.blockBytes();
      float[] numbers = numbers(3 * elements);
      BlockCodec codec = BlockCodec.of(type);
      byte[] whole = new byte[3 * bytes];
      byte[] part = new byte[3 * bytes];
      codec.encode(numbers, 0, MemorySegment.ofArray(whole), 0, 3 * elements);
      codec.encode(numbers, elements, MemorySegment.ofArray(part), bytes, elements);

      byte[] expected = new byte[3 * bytes];
      System.arraycopy(whole, bytes, expected, bytes, bytes);
      assertThat(part).as(type.name()).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("supported")
  void refusesRangesThatDoNotFit(TensorType type) {
    int elements = type.blockElements();
    BlockCodec codec = BlockCodec.of(type);
    MemorySegment one = MemorySegment.ofArray(new byte[type.blockBytes()]);
    MemorySegment short1 = one.asSlice(0, type.blockBytes() - 1);
    float[] dst = new float[elements];
    refuses(() -> codec.decode(short1, 0, dst, 0, elements), "byte");
    refuses(() -> codec.decode(one, 1, dst, 0, elements), "byte");
    refuses(() -> codec.decode(one, -1, dst, 0, elements), "byte -1");
    refuses(() -> codec.decode(one, Long.MAX_VALUE, dst, 0, elements), "byte");
    refuses(() -> codec.decode(one, 0, dst, 1, elements), "element 1");
    refuses(() -> codec.decode(one, 0, dst, -1, elements), "element -1");
    refuses(() -> codec.decode(one, 0, dst, Integer.MAX_VALUE, elements), "element");
    refuses(() -> codec.decode(one, 0, dst, 0, -elements), "multiples");
    refuses(() -> codec.decode(one, 0, dst, 0, 2 * elements), "byte");
    if (elements > 1) {
      refuses(() -> codec.decode(one, 0, dst, 0, elements - 1), "multiples of " + elements);
    }
    if (codec.canEncode()) {
      refuses(() -> codec.encode(dst, 0, short1, 0, elements), "byte");
      refuses(() -> codec.encode(dst, 1, one, 0, elements), "element 1");
      refuses(() -> codec.encode(dst, 0, one.asReadOnly(), 0, elements), "read-only");
    }
  }

  @ParameterizedTest
  @MethodSource("quantised")
  void refusesNumbersThatCannotBeQuantised(TensorType type) {
    BlockCodec codec = BlockCodec.of(type);
    int elements = type.blockElements();
    int count = 2 * elements;
    MemorySegment dst = MemorySegment.ofArray(new byte[2 * type.blockBytes()]);
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      for (int at : new int[] {elements, elements + 8, count - 1}) {
        float[] numbers = numbers(count);
        numbers[at] = bad;
        refuses(() -> codec.encode(numbers, 0, dst, 0, count), "element %d is".formatted(at));
        float[] importance = new float[count];
        refuses(
            () -> codec.encode(numbers, 0, importance, 0, dst, 0, count),
            "element %d is".formatted(at));
      }
    }
    if (type == TensorType.MXFP4) {
      return; // its scales reach as far as a float
    }
    for (float large : new float[] {1e9f, Float.MAX_VALUE}) {
      float[] numbers = numbers(count);
      numbers[elements + 1] = large;
      numbers[elements + 2] = -large;
      refuses(
          () -> codec.encode(numbers, 0, dst, 0, count),
          "element %d does not fit F16".formatted(elements));
    }
  }

  @ParameterizedTest
  @MethodSource("quantised")
  void numbersTooSmallForTheScaleBecomeZeros(TensorType type) {
    int elements = type.blockElements();
    float[] numbers = new float[elements];
    float smallest = type == TensorType.MXFP4 ? 0x1p-149f : 1e-39f;
    numbers[3] = Float.MIN_VALUE;
    numbers[4] = -Float.MIN_VALUE;
    numbers[5] = smallest;
    BlockCodec codec = BlockCodec.of(type);
    MemorySegment block = MemorySegment.ofArray(new byte[type.blockBytes()]);
    float[] decoded = numbers(elements);
    codec.encode(numbers, 0, block, 0, elements);
    codec.decode(block, 0, decoded, 0, elements);
    for (float x : decoded) {
      assertThat(x == 0).as("%s is a zero", x).isTrue();
    }
  }

  @Test
  void f32IsCopied() {
    float[] numbers = {0f, -0f, Float.MIN_VALUE, -1.5f, Float.MAX_VALUE, Float.NEGATIVE_INFINITY};
    byte[] bytes = new byte[4 * numbers.length];
    float[] decoded = new float[numbers.length];
    BlockCodec codec = BlockCodec.of(TensorType.F32);
    codec.encode(numbers, 0, MemorySegment.ofArray(bytes), 0, numbers.length);
    codec.decode(MemorySegment.ofArray(bytes), 0, decoded, 0, numbers.length);
    assertThat(decoded).containsExactly(numbers);
    assertThat(Arrays.copyOfRange(bytes, 12, 16)).containsExactly(0, 0, 0xC0, 0xBF);
  }

  @Test
  void everyHalfHasItsValueAndComesBack() {
    float[] values = decodeAll(TensorType.F16);
    for (int bits = 0; bits < 1 << 16; bits++) {
      int exponent = (bits >>> 10) & 31;
      int significand = bits & 0x3FF;
      double magnitude =
          switch (exponent) {
            case 0 -> Math.scalb((double) significand, -24);
            case 31 -> significand == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            default -> Math.scalb(1024.0 + significand, exponent - 25);
          };
      // boxed: equal NaNs, different zeros
      Double expected = bits >>> 15 == 0 ? magnitude : -magnitude;
      assertThat(Double.valueOf(values[bits])).isEqualTo(expected);
    }
    assertRoundTrip(TensorType.F16, values, 0x7E00);
  }

  @Test
  void everyBfloat16HasItsValueAndComesBack() {
    float[] values = decodeAll(TensorType.BF16);
    for (int bits = 0; bits < 1 << 16; bits++) {
      if (!Float.isNaN(values[bits])) {
        assertThat(Float.floatToRawIntBits(values[bits])).isEqualTo(bits << 16);
      }
    }
    assertRoundTrip(TensorType.BF16, values, 0x7FC0);
  }

  @Test
  void halvesRoundTiesToEvenAndOverflowToInfinity() {
    float[] numbers = {
      1 + 0x1p-11f, 1 + 3 * 0x1p-11f, 65519, 65520, -65520, 0x1p-25f, 0x1.8p-24f, Float.MIN_VALUE
    };
    assertThat(encode16(TensorType.F16, numbers))
        .containsExactly(0x3C00, 0x3C02, 0x7BFF, 0x7C00, 0xFC00, 0, 2, 0);
  }

  @Test
  void bfloat16RoundsTiesToEvenAndOverflowsToInfinity() {
    float[] numbers = {
      1 + 0x1p-8f, 1 + 3 * 0x1p-8f, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE
    };
    assertThat(encode16(TensorType.BF16, numbers))
        .containsExactly(0x3F80, 0x3F82, 0x7F80, 0xFF80, 0);
    // a payload in the low bits only must not turn into an infinity
    float thinNan = Float.intBitsToFloat(0x7F800001);
    assertThat(encode16(TensorType.BF16, thinNan)).containsExactly(0x7FC0);
    assertThat(encode16(TensorType.F16, thinNan)).containsExactly(0x7E00);
  }

  private static void refuses(Runnable call, String message) {
    assertThatIllegalArgumentException().isThrownBy(call::run).withMessageContaining(message);
  }

  private static float[] numbers(int count) {
    Random random = new Random(11);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  /** The numbers of all 65,536 bit patterns of a 16-bit type. */
  private static float[] decodeAll(TensorType type) {
    byte[] patterns = new byte[1 << 17];
    for (int bits = 0; bits < 1 << 16; bits++) {
      patterns[2 * bits] = (byte) bits;
      patterns[2 * bits + 1] = (byte) (bits >>> 8);
    }
    float[] values = new float[1 << 16];
    BlockCodec.of(type).decode(MemorySegment.ofArray(patterns), 0, values, 0, values.length);
    return values;
  }

  private static void assertRoundTrip(TensorType type, float[] values, int quietNan) {
    int[] encoded = encode16(type, values);
    for (int bits = 0; bits < encoded.length; bits++) {
      if (Float.isNaN(values[bits])) {
        assertThat(encoded[bits] & quietNan).isEqualTo(quietNan);
      } else {
        assertThat(encoded[bits]).isEqualTo(bits);
      }
    }
  }

  private static int[] encode16(TensorType type, float... numbers) {
    byte[] bytes = new byte[2 * numbers.length];
    BlockCodec.of(type).encode(numbers, 0, MemorySegment.ofArray(bytes), 0, numbers.length);
    int[] patterns = new int[numbers.length];
    for (int i = 0; i < patterns.length; i++) {
      patterns[i] = (bytes[2 * i] & 0xFF) | ((bytes[2 * i + 1] & 0xFF) << 8);
    }
    return patterns;
  }
}
