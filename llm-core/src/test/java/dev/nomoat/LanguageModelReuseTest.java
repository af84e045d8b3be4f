package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.chat.ChatMessage;
import dev.nomoat.chat.ChatReply;
import dev.nomoat.chat.ChatRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that share their beginnings, their memory and the time. */
@Unhurried
class LanguageModelReuseTest {
  private static GenerationRequest request(int length, int seed) {
    return GenerationRequest.of(Prompt.tokens(Arrays.copyOf(Story.ids(), length)))
        .withMaxTokens(20)
        .withSeed(seed)
        .withTemperature(1)
        .withIgnoreEndOfGeneration(true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"q4_0", "bf16"})
  void answersAreTheSameWithAndWithoutReuse(String type) throws IOException {
    List<List<Integer>> expected = new ArrayList<>();
    for (int length : new int[] {70, 150, 129}) {
      try (LanguageModel model = Story.load(type)) {
        expected.add(model.generate(request(length, length)).ids());
      }
    }
    try (LanguageModel model = Story.load(type)) {
      GenerationResult first = model.generate(request(70, 70));
      assertThat(first.usage().reusedTokens()).isZero();
      assertThat(first.ids()).isEqualTo(expected.get(0));
      GenerationResult second = model.generate(request(150, 150));
      assertThat(second.usage().reusedTokens()).isBetween(70, 89);
      assertThat(second.ids()).isEqualTo(expected.get(1));
      GenerationResult third = model.generate(request(129, 129));
      assertThat(third.usage().reusedTokens()).isEqualTo(128);
      assertThat(third.ids()).isEqualTo(expected.get(2));
      ModelStats stats = Stats.settled(model);
      assertThat(stats.reusedTokens()).isBetween(198L, 217L);
      assertThat(stats.promptTokens() + stats.reusedTokens()).isEqualTo(349);
      assertThat(stats.generatedTokens()).isEqualTo(60);
      assertThat(stats.finished()).isEqualTo(3);
    }
  }

  @Test
  void severalAnswersToOnePromptEvaluateItOnce() throws IOException {
    List<GenerationRequest> requests =
        List.of(request(300, 1), request(300, 2), request(300, 3), request(300, 1));
    try (LanguageModel model = Story.load("q4_0")) {
      List<GenerationResult> results = model.generateAll(requests);
      ModelStats stats = Stats.settled(model);
      assertThat(stats.promptTokens()).isEqualTo(300 + 3);
      assertThat(results.get(3).ids()).isEqualTo(results.get(0).ids());
      assertThat(results.get(1).ids()).isNotEqualTo(results.get(0).ids());
      for (int i = 0; i < 3; i++) {
        assertThat(results.get(i).ids()).isEqualTo(model.generate(requests.get(i)).ids());
      }
      assertThatExceptionOfType(ContextOverflowException.class)
          .isThrownBy(
              () ->
                  model.generateAll(
                      List.of(
                          request(300, 1).withMaxTokens(0),
                          GenerationRequest.of("word ".repeat(model.contextLength())))));
      assertThat(Stats.settled(model).finished()).isEqualTo(7);
      assertThat(model.stats().cancelled()).isZero();
      assertThat(model.generateAll(List.of())).isEmpty();
    }
  }

  /** The results are asked for one after the other: no answer may wait for the one before it. */
  @Test
  void severalLongAnswersAreEvaluatedTogether() throws Exception {
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      requests.add(
          GenerationRequest.of("once there was " + i)
              .withMaxTokens(100)
              .withSeed(i)
              .withIgnoreEndOfGeneration(true));
    }
    try (LanguageModel model = Story.load("q4_0")) {
      for (GenerationResult result : model.generateAll(requests)) {
        assertThat(result.ids()).hasSize(100);
      }
      assertThat(Stats.settled(model).steps()).isBetween(100L, 150L);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lfm2", "mamba2"})
  void recurrentModelsGoOnWhereTheyWere(String family) throws Exception {
    int[] ids = Arrays.copyOf(FamilyModels.ids(), 80);
    GenerationRequest request =
        GenerationRequest.of(Prompt.tokens(ids))
            .withMaxTokens(5)
            .withSeed(1)
            .withIgnoreEndOfGeneration(true);
    List<Integer> expected;
    GenerationRequest next;
    try (LanguageModel model = LanguageModel.load(FamilyModels.path(family + ".gguf"))) {
      GenerationResult first = model.generate(request);
      assertThat(first.usage().reusedTokens()).isZero();
      GenerationResult second = model.generate(request);
      assertThat(second.ids()).isEqualTo(first.ids());
      assertThat(second.usage().reusedTokens()).isEqualTo(64);
      int[] turn = Arrays.copyOf(ids, 95);
      for (int i = 0; i < 5; i++) {
        turn[80 + i] = first.ids().get(i);
      }
      next = request.withPrompt(Prompt.tokens(turn));
      GenerationResult third = model.generate(next);
      assertThat(third.usage().reusedTokens()).isEqualTo(84);
      expected = third.ids();
    }
    try (LanguageModel other = LanguageModel.load(FamilyModels.path(family + ".gguf"))) {
      assertThat(other.generate(next).ids()).isEqualTo(expected);
    }
  }

  /** There is room for the state of one sequence only, or of a few. */
  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void recurrentModelsInLittleMemoryGetTheirAnswers(int more) throws Exception {
    Path path = FamilyModels.path("lfm2.gguf");
    ModelInfo info = LanguageModel.inspect(path);
    LoadOptions options = LoadOptions.defaults().withContextLength(400);
    long bytes = info.cacheBytes(400, options.cacheType()) + 4L * more * info.stateBytes();
    try (LanguageModel roomy = LanguageModel.load(path, options);
        LanguageModel tight = LanguageModel.load(path, options.withCacheBytes(bytes));
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<GenerationResult>> answers = new ArrayList<>();
      List<GenerationRequest> requests = new ArrayList<>();
      int[] text = new Random(7).ints(340, 0, 256).toArray();
      for (int i = 0; i < 12; i++) {
        int[] ids = Arrays.copyOf(text, 230 + 10 * (i % 4));
        ids[180 + i / 2] = 7;
        requests.add(
            GenerationRequest.of(Prompt.tokens(ids))
                .withMaxTokens(40)
                .withSeed(i)
                .withTemperature(1)
                .withIgnoreEndOfGeneration(true));
      }
      for (GenerationRequest request : requests) {
        answers.add(callers.submit(() -> tight.generate(request)));
      }
      for (int i = 0; i < 12; i++) {
        assertThat(answers.get(i).get().ids()).isEqualTo(roomy.generate(requests.get(i)).ids());
      }
      assertThat(Stats.settled(tight).finished()).isEqualTo(12);
      assertThat(Stats.settled(roomy).reusedTokens()).isGreaterThan(9 * 128);
      assertThat(Stats.settled(tight).cacheBytesInUse()).isZero();
    }
  }

  @Test
  void aConversationGoesOnWhereItWas() throws IOException {
    try (LanguageModel model = Story.load("q4_0")) {
      ChatRequest request =
          ChatRequest.of(ChatMessage.user("Tell me a story about a dog and a red ball."))
              .withGeneration(GenerationRequest.of("").withMaxTokens(30).withTemperature(0));
      ChatReply reply = model.chat(request);
      ChatReply next =
          model.chat(request.plus(reply.message(), ChatMessage.user("What happened then?")));
      assertThat(next.usage().reusedTokens()).isGreaterThan(reply.usage().promptTokens() / 2);
    }
  }

  @Test
  void manyRequestsInLittleMemoryGetTheirAnswers()
      throws IOException, InterruptedException, ExecutionException {
    try (LanguageModel roomy = Story.load("q4_0");
        LanguageModel tight =
            Story.load(
                "q4_0",
                options ->
                    options
                        .withContextLength(256)
                        .withCacheBytes(roomy.info().cacheBytes(300, options.cacheType())));
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<GenerationResult>> answers = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int length = 5 + 5 * i;
        answers.add(callers.submit(() -> tight.generate(request(length, length))));
      }
      for (int i = 0; i < 40; i++) {
        assertThat(answers.get(i).get().ids())
            .isEqualTo(roomy.generate(request(5 + 5 * i, 5 + 5 * i)).ids());
      }
      ModelStats stats = Stats.settled(tight);
      assertThat(stats.cacheBytes())
          .isPositive()
          .isLessThanOrEqualTo(roomy.info().cacheBytes(300, CacheType.F16));
      assertThat(stats.finished()).isEqualTo(40);
      assertThat(stats.queued()).isZero();
      assertThat(stats.cacheBytesInUse()).isZero();
    }
  }

  @Test
  void aTimeLimitEndsAGenerationWithWhatThereIs() throws IOException {
    try (LanguageModel model = Story.load("q4_0")) {
      GenerationResult result =
          model.generate(request(20, 1).withMaxTokens(0).withTimeLimit(Duration.ofMillis(30)));
      assertThat(result.finishReason()).isIn(FinishReason.TIME_LIMIT, FinishReason.CONTEXT_FULL);
      GenerationResult none = model.generate(request(20, 1).withTimeLimit(Duration.ofNanos(1)));
      assertThat(none.finishReason()).isEqualTo(FinishReason.TIME_LIMIT);
      assertThat(none.ids()).isEmpty();
      assertThat(model.generate(request(20, 1).withTimeLimit(Duration.ofDays(1 << 20))).ids())
          .hasSize(20);
    }
  }

  @Test
  void aFullQueueRefuses() throws IOException {
    try (LanguageModel model = Story.load("q4_0", options -> options.withMaxQueued(1))) {
      List<Generation> running = new ArrayList<>();
      assertThatExceptionOfType(QueueFullException.class)
          .isThrownBy(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  running.add(model.start(request(200, i)));
                }
              });
      running.forEach(Generation::close);
      assertThat(model.stats().rejected()).isEqualTo(1);
    }
  }
}
