package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.grammar.Grammar;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tokens that are guessed ahead change nothing but the time. */
@Unhurried
class SpeculationTest {
  @TempDir private Path folder;

  private static LanguageModel load(String type, String draft) throws IOException {
    return LanguageModel.load(
        Story.file(type), LoadOptions.defaults().withDraft(Story.file(draft)));
  }

  private static GenerationRequest request(int length, float temperature) {
    return GenerationRequest.of(Prompt.tokens(Arrays.copyOf(Story.ids(), length)))
        .withMaxTokens(90)
        .withSeed(length)
        .withTemperature(temperature)
        .withIgnoreEndOfGeneration(true);
  }

  /** Requests of every kind. */
  private static List<GenerationRequest> requests() {
    String text = "Once upon a time there was a dog. The dog was big. Once upon a time there was";
    SamplingOptions penalties =
        SamplingOptions.defaults().withRepeatPenalty(1.1f).withTopK(20).withTemperature(1);
    return List.of(
        request(5, 0),
        request(63, 0),
        request(64, 1),
        request(200, 0.3f),
        request(1, 0),
        GenerationRequest.of(text).withTemperature(0).withMaxTokens(40),
        GenerationRequest.of(text).withSampling(penalties).withSeed(4).withMaxTokens(40),
        GenerationRequest.of(text).withTemperature(0).withStop("the", "and").withMaxTokens(40),
        GenerationRequest.of(text).withTemperature(0).withLogProbabilities(2).withMaxTokens(20),
        GenerationRequest.of(text).withTemperature(0).withMaxTokens(1),
        GenerationRequest.of(text).withTemperature(0).withMaxTokens(2),
        GenerationRequest.of(text)
            .withGrammar(Grammar.gbnf("root ::= (\" \" [a-z]{2,5}){3,9} \".\""))
            .withSeed(2));
  }

  private static void assertSame(GenerationResult found, GenerationResult expected) {
    assertThat(found.ids()).isEqualTo(expected.ids());
    assertThat(found.text()).isEqualTo(expected.text());
    assertThat(found.finishReason()).isEqualTo(expected.finishReason());
    assertThat(found.logProbabilities()).isEqualTo(expected.logProbabilities());
  }

  @ParameterizedTest
  @CsvSource({"q4_0, q4_0", "bf16, q4_0", "q8_0, bf16"})
  void tokensAreTheSameWithADraftModel(String type, String draft) throws IOException {
    try (LanguageModel model = load(type, draft)) {
      int guessed = 0;
      for (GenerationRequest request : requests()) {
        GenerationResult alone = model.generate(request.withSpeculation(Speculation.OFF));
        assertThat(alone.usage().guessedTokens()).isZero();
        GenerationResult drafted = model.generate(request);
        assertSame(drafted, alone);
        guessed += drafted.usage().guessedTokens();
      }
      assertThat(guessed).isGreaterThan(150);
      ModelStats stats = Stats.settled(model);
      assertThat(stats.acceptedTokens()).isEqualTo(guessed);
      assertThat(stats.proposedTokens()).isBetween(stats.acceptedTokens(), 2000L);
    }
  }

  @Test
  void tokensAreTheSameWithLookup() throws IOException {
    try (LanguageModel model = Story.load("q4_0")) {
      int guessed = 0;
      for (GenerationRequest request : requests()) {
        GenerationResult alone = model.generate(request);
        GenerationResult found = model.generate(request.withSpeculation(Speculation.LOOKUP));
        assertSame(found, alone);
        guessed += found.usage().guessedTokens();
      }
      assertThat(guessed).isGreaterThan(20);
    }
  }

  @Test
  void aDraftModelGuessesWithinItsContext() throws IOException {
    Path draft = folder.resolve("short.gguf");
    byte[] bytes = Files.readAllBytes(Story.file("q4_0"));
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    String key = "llama.context_length";
    // the type of the value, and the value
    int at = text.indexOf(key) + key.length() + 4;
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, 100);
    Files.write(draft, bytes);
    assertThat(LanguageModel.inspect(draft).contextLength()).isEqualTo(100);
    try (LanguageModel model =
        LanguageModel.load(Story.file("q4_0"), LoadOptions.defaults().withDraft(draft))) {
      for (int length : new int[] {20, 70, 99, 100, 150}) {
        GenerationRequest request = request(length, 0);
        GenerationResult drafted = model.generate(request);
        assertSame(drafted, model.generate(request.withSpeculation(Speculation.OFF)));
        assertThat(drafted.usage().guessedTokens())
            .isBetween(length < 90 ? 5 : 0, 100 - Math.min(100, length));
      }
      assertThat(Stats.settled(model).failed()).isZero();
    }
  }

  @Test
  void whatIsGuessedTakesNoStepOfItsOwn() throws IOException {
    try (LanguageModel model = load("q4_0", "q4_0")) {
      model.generate(request(60, 0));
      ModelStats stats = Stats.settled(model);
      assertThat(stats.steps() + stats.acceptedTokens()).isEqualTo(stats.generatedTokens());
      assertThat(stats.acceptedTokens()).isGreaterThan(60);
    }
  }

  @ParameterizedTest
  @EnumSource(Speculation.class)
  void manyAtATimeInLittleMemoryGetTheSame(Speculation speculation)
      throws IOException, InterruptedException, ExecutionException {
    List<GenerationRequest> requests = new ArrayList<>(requests());
    for (int length = 10; length < 300; length += 29) {
      requests.add(request(length, 0.5f));
    }
    List<GenerationResult> expected = new ArrayList<>();
    try (LanguageModel model = Story.load("q4_0")) {
      requests.forEach(request -> expected.add(model.generate(request)));
    }
    LoadOptions options =
        LoadOptions.defaults().withContextLength(400).withDraft(Story.file("q4_0"));
    long bytes = LanguageModel.inspect(Story.file("q4_0")).cacheBytes(600, CacheType.F16);
    try (LanguageModel model =
            LanguageModel.load(Story.file("q4_0"), options.withCacheBytes(bytes));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<GenerationResult>> results = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        GenerationRequest request = requests.get(i).withSpeculation(speculation);
        results.add(threads.submit(() -> model.generate(request)));
        if (i % 3 == 0) {
          Generation cancelled = model.start(request(100 + i, 1).withSpeculation(speculation));
          threads.execute(
              () -> {
                cancelled.next();
                cancelled.cancel();
              });
        }
      }
      for (int i = 0; i < results.size(); i++) {
        assertSame(results.get(i).get(), expected.get(i));
      }
      assertThat(Stats.settled(model).cacheBytesInUse()).isZero();
    }
  }

  @Test
  void aDraftWithAnotherVocabularyIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                LanguageModel.load(
                    Story.file("q4_0"),
                    LoadOptions.defaults().withDraft(FamilyModels.path("qwen2.gguf"))))
        .withMessageMatching(
            "the draft model .*qwen2.gguf has another vocabulary: its token \\d+ is .*, not .*");
  }

  @Test
  void whatCannotBeGuessedIsRefused() throws Exception {
    try (LanguageModel model = Story.load("q4_0")) {
      GenerationRequest drafted = request(5, 0).withSpeculation(Speculation.DRAFT);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.start(drafted))
          .withMessage("the model was loaded without a draft model");
    }
    assertThatExceptionOfType(UnsupportedModelException.class)
        .isThrownBy(
            () ->
                LanguageModel.load(
                    FamilyModels.path("qwen2.gguf"),
                    LoadOptions.defaults().withDraft(FamilyModels.path("lfm2.gguf"))))
        .withMessageContaining("has recurrent state");
  }
}
