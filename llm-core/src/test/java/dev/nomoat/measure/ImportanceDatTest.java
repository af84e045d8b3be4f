package dev.nomoat.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nomoat.ModelFormatException;
import dev.nomoat.convert.ModelQuantizer;
import dev.nomoat.convert.QuantizationMix;
import dev.nomoat.convert.QuantizeOptions;
import dev.nomoat.file.gguf.GgufFile;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Importance in files of the old kind. */
class ImportanceDatTest {
  private static final Path RESOURCES = Path.of("src/test/resources/dev/nomoat");
  private static final Path DAT = RESOURCES.resolve("measure/mixtral.dat");
  private static final Path GGUF = RESOURCES.resolve("measure/mixtral.gguf");
  private static final Path MODEL = RESOURCES.resolve("families/mixtral.gguf");

  @TempDir private Path directory;

  @Test
  void bothKindsOfFilesSayTheSame() throws IOException {
    ImportanceMatrix dat = ImportanceMatrix.read(DAT);
    ImportanceMatrix gguf = ImportanceMatrix.read(GGUF);

    assertThat(dat.tensors()).isEqualTo(gguf.tensors()).hasSize(24);
    assertThat(dat.datasets()).isEqualTo(gguf.datasets()).containsExactly("stories.txt");
    assertThat(dat.chunks()).isEqualTo(gguf.chunks()).isEqualTo(4);
    assertThat(dat.chunkSize()).isZero();
    for (String tensor : dat.tensors()) {
      float[] means = dat.of(tensor).orElseThrow();
      float[] expected = gguf.of(tensor).orElseThrow();
      assertThat(means).hasSameSizeAs(expected);
      for (int i = 0; i < means.length; i++) {
        assertThat(means[i]).isCloseTo(expected[i], within(1e-6f * expected[i]));
      }
    }
  }

  @Test
  void expertsAreQuantisedByIt() throws IOException {
    Path byDat = quantize(DAT);
    Path byGguf = quantize(GGUF);
    Path again = directory.resolve("again.gguf");
    ImportanceMatrix.read(DAT).write(again);

    assertThat(Files.mismatch(byDat, byGguf)).isEqualTo(-1);
    assertThat(Files.mismatch(byDat, quantize(again))).isEqualTo(-1);
    Path plain = directory.resolve("plain.gguf");
    ModelQuantizer.quantize(MODEL, plain, QuantizeOptions.of(QuantizationMix.Q4_0));
    try (GgufFile with = GgufFile.open(byDat);
        GgufFile without = GgufFile.open(plain)) {
      assertThat(bytes(with)).isNotEqualTo(bytes(without));
    }
  }

  private Path quantize(Path importance) throws IOException {
    Path output = directory.resolve(importance.getFileName() + "-q4_0.gguf");
    ModelQuantizer.quantize(
        MODEL,
        output,
        QuantizeOptions.of(QuantizationMix.Q4_0).withImportance(ImportanceMatrix.read(importance)));
    return output;
  }

  private static byte[] bytes(GgufFile file) {
    String experts = "blk.1.ffn_up_exps.weight";
    return file.data(file.requireTensor(experts)).toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void theEndMayBeMissing() throws IOException {
    Path file = directory.resolve("old.dat");
    Files.write(file, entry(1, "a", 2, 1, 4));

    ImportanceMatrix importance = ImportanceMatrix.read(file);
    assertThat(importance.of("a")).hasValue(new float[] {0.5f, 2});
    assertThat(importance.datasets()).isEmpty();
    assertThat(importance.chunks()).isZero();
    // of no chunk: means already
    Files.write(file, entry(1, "a", 0, 3, 5));
    assertThat(ImportanceMatrix.read(file).of("a")).hasValue(new float[] {3, 5});
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    Path file = directory.resolve("bad.dat");
    byte[] whole = Files.readAllBytes(DAT);
    int end = whole.length - "stories.txt".length() - 2 * Integer.BYTES;
    for (int length = 0; length < whole.length; length += length < 200 ? 1 : 37) {
      if (length != end) {
        refused(file, Arrays.copyOf(whole, length), "");
      }
    }
    refused(file, Arrays.copyOf(whole, whole.length + 1), "the end of the file");
    refused(file, entry(0, "a", 2, 1, 4), "GGUF, or a number of tensors, 1 or more");
    refused(file, entry(-1, "a", 2, 1, 4), "a number of tensors");
    refused(file, entry(Integer.MAX_VALUE, "a", 2, 1, 4), "found 2147483647");
    refused(file, entry(1, "a", -2, 1, 4), "-2 inputs");
    refused(file, entry(1, "a", 2, 1, -4), "no sum of squares");
    refused(file, entry(1, "a", 2, 1, Float.NaN), "no sum of squares");
    refused(file, entry(1, "a", 2), "fit into the last 13 bytes, found 1");
    byte[] broken = entry(1, "a", 2, 1, 4);
    broken[8] = (byte) 0xff;
    refused(file, broken, "UTF-8");
    byte[] twice = Arrays.copyOf(entry(2, "a", 2, 1), 2 * 17 + 4);
    System.arraycopy(twice, 4, twice, 21, 17);
    refused(file, twice, "a tensor that was not named before, found \"a\"");
    for (int at = 4; at < 8; at++) {
      byte[] longer = entry(1, "a", 2, 1, 4);
      longer[at] = 0x7f;
      refused(file, longer, "the length of a tensor's name");
    }
  }

  private static void refused(Path file, byte[] bytes, String why) throws IOException {
    Files.write(file, bytes);
    assertThatThrownBy(() -> ImportanceMatrix.read(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(why);
  }

  /** A file with one tensor of a name of one byte, and nothing behind it. */
  private static byte[] entry(int entries, String name, int chunks, float... sums) {
    ByteBuffer buffer =
        ByteBuffer.allocate(17 + Float.BYTES * sums.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(entries).putInt(1).put((byte) name.charAt(0)).putInt(chunks);
    buffer.putInt(sums.length);
    for (float sum : sums) {
      buffer.putFloat(sum);
    }
    return buffer.array();
  }
}
