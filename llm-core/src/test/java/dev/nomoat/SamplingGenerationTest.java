package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.nomoat.tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What requests may ask of the choice of tokens, with a model. */
class SamplingGenerationTest {
  private static final GenerationRequest REQUEST =
      GenerationRequest.of("Once upon a time there was a cat. Once upon a time there was a")
          .withMaxTokens(20)
          .withSeed(3);

  private static LanguageModel model;

  @BeforeAll
  static void load() throws IOException {
    model = Story.load("q8_0");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void logProbabilitiesAreThoseOfTheLogits() {
    // The chain changes what is chosen, and not what is told.
    GenerationRequest request =
        REQUEST.withSampling(SamplingOptions.defaults().withLogitBias(Map.of(5, 3f)));
    GenerationResult result = model.generate(request.withLogProbabilities(4));
    assertThat(result.ids()).isEqualTo(model.generate(request).ids());
    assertThat(result.logProbabilities()).hasSameSizeAs(result.ids());
    int[] prompt =
        model
            .tokenizer()
            .encodePrompt(
                "Once upon a time there was a cat. Once upon a time there was a",
                SpecialTokens.PLAIN_TEXT);
    int[] all = Arrays.copyOf(prompt, prompt.length + result.ids().size());
    for (int i = 0; i < result.ids().size(); i++) {
      all[prompt.length + i] = result.ids().get(i);
    }
    float[] logits = model.logits(all);
    for (int i = 0; i < result.ids().size(); i++) {
      int from = (prompt.length + i - 1) * Story.VOCAB;
      double[] expected = logSoftmax(Arrays.copyOfRange(logits, from, from + Story.VOCAB));
      LogProbabilities told = result.logProbabilities().get(i);
      assertThat((double) told.chosen()).isEqualTo(expected[result.ids().get(i)], within(1e-5));
      List<Integer> ranked =
          IntStream.range(0, Story.VOCAB)
              .boxed()
              .sorted((a, b) -> Double.compare(expected[b], expected[a]))
              .limit(4)
              .toList();
      assertThat(told.top().stream().map(TokenLogProbability::id)).isEqualTo(ranked);
      for (TokenLogProbability top : told.top()) {
        assertThat((double) top.logProbability()).isEqualTo(expected[top.id()], within(1e-5));
      }
    }
  }

  private static double[] logSoftmax(float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    double[] result = new double[logits.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = logits[i] - max - Math.log(sum);
    }
    return result;
  }

  @Test
  void tokensCarryTheirLogProbabilities() {
    List<LogProbabilities> read = new ArrayList<>();
    try (Generation run = model.start(REQUEST.withLogProbabilities(0))) {
      for (Token token : run) {
        read.add(token.logProbabilities().orElseThrow());
      }
      assertThat(run.await().logProbabilities()).isEqualTo(read);
    }
    assertThat(read).hasSize(20).allSatisfy(p -> assertThat(p.top()).isEmpty());
    assertThat(model.generate(REQUEST).logProbabilities()).isEmpty();
    assertThat(REQUEST.logProbabilities()).isEqualTo(OptionalInt.empty());
    try (Generation run = model.start(REQUEST)) {
      run.forEach(token -> assertThat(token.logProbabilities()).isEmpty());
    }
  }

  @Test
  void moreThanAllAreAll() {
    GenerationResult result = model.generate(REQUEST.withMaxTokens(1).withLogProbabilities(9999));
    assertThat(result.logProbabilities().getFirst().top()).hasSize(Story.VOCAB);
  }

  @Test
  void dryKeepsTheModelFromRepeating() {
    SamplingOptions greedy = SamplingOptions.greedy();
    int next = model.generate(REQUEST.withSampling(greedy).withMaxTokens(1)).ids().getFirst();
    List<Integer> dry =
        model.generate(REQUEST.withSampling(greedy.withDry(Dry.of(3))).withMaxTokens(1)).ids();
    int cat = model.tokenizer().encode(" cat")[0];
    assertThat(dry).doesNotContain(cat);
    // A breaker within what repeats leaves too little of it.
    Dry broken = new Dry(3, 1.75f, 2, Integer.MAX_VALUE, List.of(" there was a"));
    assertThat(model.generate(REQUEST.withSampling(greedy.withDry(broken)).withMaxTokens(1)).ids())
        .containsExactly(next);
  }

  @Test
  void everyChainGivesTheSameTokensAgain() {
    SamplingOptions all = SamplingOptions.defaults();
    for (SamplingOptions options :
        List.of(
            all.withTypicalP(0.9f).withTopNSigma(2),
            all.withXtc(new Xtc(0.5f, 0.1f)).withDry(Dry.of(0.8f)),
            all.withDynamicTemperature(DynamicTemperature.within(0.5f)),
            all.withMirostat(Mirostat.defaults()),
            all.withStep(scores -> scores.setLogit(scores.textToken(0), 0)))) {
      GenerationRequest request = REQUEST.withSampling(options);
      List<Integer> ids = model.generate(request).ids();
      List<Generation> runs =
          IntStream.range(0, 3)
              .mapToObj(i -> model.start(request.withSeed(i == 1 ? 3 : 100 + i)))
              .toList();
      assertThat(runs.get(1).await().ids()).isEqualTo(ids);
      runs.forEach(Generation::close);
    }
  }

  @Test
  void aStepThatThrowsEndsItsGenerationAlone() {
    SamplingStep bad =
        scores -> {
          if (scores.textLength() > 25) {
            throw new UnsupportedOperationException("no more");
          }
        };
    List<Integer> alone = model.generate(REQUEST).ids();
    try (Generation good = model.start(REQUEST);
        Generation failing =
            model.start(REQUEST.withSampling(SamplingOptions.defaults().withStep(bad)))) {
      assertThatExceptionOfType(GenerationException.class)
          .isThrownBy(failing::await)
          .withMessageContaining("a sampling step of the request failed")
          .withMessageContaining("no more")
          .withCauseInstanceOf(UnsupportedOperationException.class);
      assertThat(good.await().ids()).isEqualTo(alone);
    }
    assertThat(model.generate(REQUEST).ids()).isEqualTo(alone);
  }

  @Test
  void biasOfForeignTokensIsRefused() {
    SamplingOptions options = SamplingOptions.defaults().withLogitBias(Map.of(Story.VOCAB, 1f));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.start(REQUEST.withSampling(options)))
        .withMessageContaining("logitBias has token 2048");
  }
}
