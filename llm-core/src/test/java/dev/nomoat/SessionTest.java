package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences that are written to a file and found again by another model object. */
@Unhurried
class SessionTest {
  private static final int LENGTH = 150;
  private static final Prompt PROMPT = Prompt.tokens(Arrays.copyOf(Story.ids(), LENGTH));

  private static LanguageModel model;
  private static List<Integer> answer;

  @TempDir private Path folder;

  @BeforeAll
  static void load() throws IOException {
    model = Story.load("q4_0");
    answer = model.generate(request()).ids();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static GenerationRequest request() {
    int[] ids = Arrays.copyOf(Story.ids(), LENGTH + 10);
    return GenerationRequest.of(Prompt.tokens(ids)).withMaxTokens(30).withSeed(1);
  }

  private Path saved() throws IOException {
    Path file = folder.resolve("story.session");
    model.saveSession(PROMPT, file);
    assertThat(folder.toFile().list()).containsExactly("story.session");
    return file;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void anotherModelObjectGoesOnWithTheSameTokens(int threads) throws IOException {
    Path file = saved();
    try (LanguageModel other = Story.load("q4_0", options -> options.withThreads(threads))) {
      assertThat(other.loadSession(file)).isEqualTo(PROMPT);
      GenerationResult result = other.generate(request());
      assertThat(result.usage().reusedTokens()).isEqualTo(LENGTH);
      assertThat(result.ids()).isEqualTo(answer);
    }
  }

  @Test
  void aPromptThatWasNeverEvaluatedIsEvaluatedFirst() throws IOException {
    Path file = folder.resolve("new");
    Files.writeString(file, "what was there");
    int[] ids = Arrays.copyOfRange(Story.ids(), 7, 71);
    try (LanguageModel writer = Story.load("q4_0");
        LanguageModel reader = Story.load("q4_0")) {
      writer.saveSession(Prompt.tokens(ids), file);
      assertThat(writer.loadSession(file)).isEqualTo(Prompt.tokens(ids));
      assertThat(reader.loadSession(file)).isEqualTo(Prompt.tokens(ids));
    }
  }

  @Test
  void sessionsOfOtherModelsAndOptionsAreRefused() throws IOException {
    Path file = saved();
    String message = file + ": a session of another model, or of other options of loading";
    for (String type : List.of("q8_0", "bf16")) {
      try (LanguageModel other = Story.load(type)) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> other.loadSession(file))
            .withMessage(message);
        assertThat(other.generate(request()).usage().reusedTokens()).isZero();
      }
    }
    try (LanguageModel exact =
            Story.load("q4_0", options -> options.withActivations(ActivationPrecision.FULL));
        LanguageModel wide = Story.load("q4_0", options -> options.withCacheType(CacheType.F32))) {
      assertThatIllegalArgumentException().isThrownBy(() -> exact.loadSession(file));
      assertThatIllegalArgumentException().isThrownBy(() -> wide.loadSession(file));
    }
    try (LanguageModel small = Story.load("q4_0", options -> options.withContextLength(100))) {
      assertThatExceptionOfType(ContextOverflowException.class)
          .isThrownBy(() -> small.loadSession(file));
      assertThatExceptionOfType(ContextOverflowException.class)
          .isThrownBy(() -> small.saveSession(PROMPT, file));
    }
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    Path file = saved();
    byte[] good = Files.readAllBytes(file);
    Path bad = folder.resolve("bad");
    Random random = new Random(1);
    try (LanguageModel other = Story.load("q4_0")) {
      for (int i = 0; i < 120; i++) {
        byte[] bytes = good.clone();
        int at = i < 40 ? i : random.nextInt(bytes.length);
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(bad, random.nextInt(4) == 0 ? Arrays.copyOf(bytes, at) : bytes);
        assertThatExceptionOfType(RuntimeException.class)
            .as("byte %d", at)
            .isThrownBy(() -> other.loadSession(bad))
            .isInstanceOfAny(ModelFormatException.class, IllegalArgumentException.class)
            .withMessageStartingWith(bad.toString());
      }
      Files.write(bad, Arrays.copyOf(good, good.length + 1));
      assertThatExceptionOfType(ModelFormatException.class)
          .isThrownBy(() -> other.loadSession(bad));
      assertThatExceptionOfType(NoSuchFileException.class)
          .isThrownBy(() -> other.loadSession(folder.resolve("absent")));
      GenerationResult result = other.generate(request());
      assertThat(result.usage().reusedTokens()).isZero();
      assertThat(result.ids()).isEqualTo(answer);
      assertThat(Stats.settled(other).cacheBytesInUse()).isZero();
    }
  }

  @Test
  void whatCannotBeWrittenLeavesNothing() throws IOException {
    Path file = folder.resolve("no/such/folder");
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> model.saveSession(PROMPT, file));
    assertThat(folder.toFile().list()).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.saveSession(Prompt.tokens(), folder.resolve("none")));
    assertThat(model.generate(request()).ids()).isEqualTo(answer);
  }

  @Test
  void modelsWithoutSessionsSaySo() throws Exception {
    Path file = folder.resolve("state");
    try (LanguageModel encoder = Encoders.load("bert", options -> options)) {
      assertThatExceptionOfType(UnsupportedModelException.class)
          .isThrownBy(() -> encoder.saveSession(Prompt.tokens(1, 2), file))
          .withMessageContaining("sessions");
      assertThatExceptionOfType(UnsupportedModelException.class)
          .isThrownBy(() -> encoder.loadSession(file));
    }
    LanguageModel closed = Story.load("q4_0");
    closed.close();
    assertThatIllegalStateException().isThrownBy(() -> closed.saveSession(PROMPT, file));
  }
}
