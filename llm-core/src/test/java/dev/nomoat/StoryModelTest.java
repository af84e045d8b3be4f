package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.quant.TensorType;
import dev.nomoat.tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The story model says what the reference says, from every format. */
class StoryModelTest {
  /**
   * How far logits are from the golden ones.
   *
   * @param max largest difference of a logit
   * @param meanKl mean Kullback-Leibler divergence of the probabilities
   * @param sameTop part of the positions with the same likeliest token
   */
  private record Distance(double max, double meanKl, double sameTop) {
    static Distance of(float[] logits, String weights) throws IOException {
      float[] golden = Story.logits(weights);
      int rows = golden.length / Story.VOCAB;
      double max = 0;
      double kl = 0;
      for (int row = 0; row < rows; row++) {
        int at = ((row + 1) * Story.ROW_STEP - 1) * Story.VOCAB;
        float[] found = Arrays.copyOfRange(logits, at, at + Story.VOCAB);
        float[] wanted =
            Arrays.copyOfRange(golden, row * Story.VOCAB, row * Story.VOCAB + Story.VOCAB);
        for (int i = 0; i < Story.VOCAB; i++) {
          max = Math.max(max, Math.abs((double) found[i] - wanted[i]));
        }
        kl += divergence(wanted, found);
      }
      List<Integer> top = Story.top(weights);
      int same = 0;
      for (int i = 0; i < top.size(); i++) {
        same += largest(logits, i * Story.VOCAB) == top.get(i) ? 1 : 0;
      }
      return new Distance(max, kl / rows, (double) same / top.size());
    }

    private static double divergence(float[] p, float[] q) {
      double sumP = logOfSum(p);
      double sumQ = logOfSum(q);
      double result = 0;
      for (int i = 0; i < p.length; i++) {
        double logP = p[i] - sumP;
        result += Math.exp(logP) * (logP - (q[i] - sumQ));
      }
      return result;
    }

    private static double logOfSum(float[] logits) {
      double sum = 0;
      for (float logit : logits) {
        sum += Math.exp(logit);
      }
      return Math.log(sum);
    }

    private static int largest(float[] logits, int from) {
      int best = 0;
      for (int i = 1; i < Story.VOCAB; i++) {
        best = logits[from + i] > logits[from + best] ? i : best;
      }
      return best;
    }
  }

  private static Path file(TensorType type, Path directory) throws IOException {
    return type == TensorType.BF16 ? Story.file("bf16") : Story.exact(type, directory);
  }

  private static void assertGreedy(LanguageModel model, List<Story.Golden> goldens) {
    for (Story.Golden golden : goldens) {
      GenerationResult onward = model.generate(onward(golden.prompt()));
      assertThat(onward.ids()).as(golden.name()).isEqualTo(golden.greedy());
      assertThat(onward.finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
      assertThat(model.generate(onward(golden.promptWithoutBos())).ids())
          .as(golden.name())
          .isEqualTo(golden.greedyWithoutBos());
      GenerationResult untilEnd =
          model.generate(
              GenerationRequest.of(golden.prompt()).withSampling(SamplingOptions.greedy()));
      assertThat(
              model
                  .tokenizer()
                  .decodeWithControl(untilEnd.ids().stream().mapToInt(Integer::intValue).toArray()))
          .as(golden.name())
          .isEqualTo(golden.untilEnd());
      assertThat(untilEnd.text())
          .as(golden.name())
          .isEqualTo(golden.untilEnd().replaceAll("</?tool_call>", ""));
      assertThat(untilEnd.finishReason()).isEqualTo(FinishReason.END_OF_GENERATION);
    }
  }

  private static GenerationRequest onward(Prompt prompt) {
    return GenerationRequest.of(prompt)
        .withSampling(SamplingOptions.greedy())
        .withMaxTokens(200)
        .withIgnoreEndOfGeneration(true);
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"F32", "BF16", "F16"})
  void exactFilesEqualTheGoldens(TensorType type, @TempDir Path directory) throws IOException {
    try (LanguageModel model =
        LanguageModel.load(
            file(type, directory), LoadOptions.defaults().withCacheType(CacheType.F32))) {
      assertGreedy(model, Story.goldens());
      Distance distance = Distance.of(model.logits(Story.ids()), "exact");
      assertThat(distance.max()).isLessThan(1e-4);
      assertThat(distance.meanKl()).isLessThan(1e-9);
      assertThat(distance.sameTop()).isGreaterThanOrEqualTo(0.99);
    }
  }

  @Test
  void textBecomesTheGoldenTokensAndBack() throws IOException {
    try (LanguageModel model = Story.load("bf16")) {
      for (Story.Golden golden : Story.goldens()) {
        int[] ids = model.tokenizer().encodePrompt(golden.text(), SpecialTokens.PARSE);
        assertThat(Arrays.stream(ids).boxed().toList()).as(golden.name()).isEqualTo(golden.ids());
      }
      assertThat(model.tokenizer().encodePrompt(Story.text(), SpecialTokens.PARSE))
          .isEqualTo(Story.ids());
    }
  }

  @Test
  void greedyTokensOfTheQ8FileEqualItsGoldens() throws IOException {
    try (LanguageModel model = Story.load("q8_0")) {
      assertGreedy(model, Story.goldensQ8());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q4_k_m", "q5_k_m", "q6_k", "q2_k", "q3_k_m",
        "iq4_nl", "iq4_xs"
      })
  void quantisedFilesAreCloseToTheGoldens(String type) throws IOException {
    try (LanguageModel model = Story.load(type, o -> o.withCacheType(CacheType.F32))) {
      Distance distance = Distance.of(model.logits(Story.ids()), type);
      assertThat(distance.meanKl()).isLessThan(2e-5);
      assertThat(distance.sameTop()).isGreaterThanOrEqualTo(0.99);
    }
    try (LanguageModel model =
        Story.load(
            type,
            options ->
                options.withCacheType(CacheType.F32).withActivations(ActivationPrecision.FULL))) {
      Distance distance = Distance.of(model.logits(Story.ids()), type);
      assertThat(distance.max()).isLessThan(1e-4);
      assertThat(distance.sameTop()).isGreaterThanOrEqualTo(0.99);
    }
  }

  @Test
  void aCacheOfHalvesCostsLittle() throws IOException {
    try (LanguageModel model = Story.load("bf16")) {
      Distance distance = Distance.of(model.logits(Story.ids()), "exact");
      assertThat(distance.max()).isBetween(1e-4, 2e-2);
      assertThat(distance.meanKl()).isLessThan(1e-6);
    }
  }
}
