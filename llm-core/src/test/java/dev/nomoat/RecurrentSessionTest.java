package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sessions of models with recurrent state: the file has it, and it is checked as all else is. */
@Unhurried
class RecurrentSessionTest {
  private static final LoadOptions OPTIONS = LoadOptions.defaults().withContextLength(300);

  @TempDir private Path folder;

  static List<String> families() {
    return RecurrentFamiliesTest.families();
  }

  private static Prompt prompt(int length) {
    return Prompt.tokens(Arrays.copyOf(new Random(3).ints(300, 0, 256).toArray(), length));
  }

  private static GenerationRequest request(int length) {
    return GenerationRequest.of(prompt(length))
        .withMaxTokens(12)
        .withSeed(length)
        .withTemperature(1)
        .withIgnoreEndOfGeneration(true);
  }

  /** Within the first page, at the end of a page, and within a later one. */
  @ParameterizedTest
  @MethodSource("families")
  void anotherModelObjectGoesOnWithTheSameTokens(String family)
      throws IOException, URISyntaxException {
    Path path = FamilyModels.path(family + ".gguf");
    ModelInfo info = LanguageModel.inspect(path);
    LoadOptions tight = OPTIONS.withCacheBytes(info.cacheBytes(300, OPTIONS.cacheType()));
    for (int length : new int[] {30, 128, 150}) {
      Path file = folder.resolve("session");
      List<Integer> expected;
      try (LanguageModel writer = LanguageModel.load(path, OPTIONS)) {
        expected = writer.generate(request(length + 9)).ids();
        writer.saveSession(prompt(length), file);
      }
      try (LanguageModel reader = LanguageModel.load(path, tight)) {
        assertThat(reader.loadSession(file)).isEqualTo(prompt(length));
        GenerationResult result = reader.generate(request(length + 9));
        assertThat(result.usage().reusedTokens()).isEqualTo(length);
        assertThat(result.ids()).isEqualTo(expected);
        // as much memory as a sequence takes is enough to write one, too
        reader.saveSession(prompt(length), folder.resolve("again"));
        assertThat(reader.loadSession(folder.resolve("again"))).isEqualTo(prompt(length));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void damagedAndForeignFilesAreRefused(String family) throws IOException, URISyntaxException {
    Path path = FamilyModels.path(family + ".gguf");
    Path file = folder.resolve("session");
    Path bad = folder.resolve("bad");
    ModelInfo info = LanguageModel.inspect(path);
    int length = 150;
    try (LanguageModel model = LanguageModel.load(path, OPTIONS);
        LanguageModel other = LanguageModel.load(path, OPTIONS.withPacking(WeightPacking.Q8_0))) {
      List<Integer> expected = model.generate(request(length + 9)).ids();
      model.saveSession(prompt(length), file);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> other.loadSession(file))
          .withMessageContaining("of another model");
      byte[] good = Files.readAllBytes(file);
      Random random = new Random(1);
      for (int i = 0; i < 30; i++) {
        byte[] bytes = good.clone();
        int at = random.nextInt(bytes.length);
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(bad, i % 4 == 0 ? Arrays.copyOf(bytes, at) : bytes);
        assertThatExceptionOfType(RuntimeException.class)
            .as("byte %d", at)
            .isThrownBy(() -> other.loadSession(bad))
            .isInstanceOfAny(ModelFormatException.class, IllegalArgumentException.class)
            .withMessageStartingWith(bad.toString());
      }
      // a state that the model has not computed, with the right checksum
      Files.write(bad, forged(good, 32 + 4 * length, info.stateBytes()));
      try (LanguageModel reader = LanguageModel.load(path, OPTIONS)) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> reader.loadSession(bad))
            .withMessageContaining("of another model");
        GenerationResult result = reader.generate(request(length + 9));
        assertThat(result.usage().reusedTokens()).isZero();
        assertThat(result.ids()).isEqualTo(expected);
        assertThat(Stats.settled(reader).cacheBytesInUse()).isZero();
      }
    }
  }

  /** The same file, but for the numbers in a part of it. */
  private static byte[] forged(byte[] good, int from, long length) {
    byte[] bytes = good.clone();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = from; at < from + length; at += 4) {
      buffer.putFloat(at, 0.25f + buffer.getFloat(at));
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - 4);
    buffer.putInt(bytes.length - 4, (int) crc.getValue());
    return bytes;
  }
}
