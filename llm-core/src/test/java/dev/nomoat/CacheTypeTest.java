package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the number format of keys and values changes: memory, precision, and nothing else. */
@Unhurried
class CacheTypeTest {
  private static final int CONTEXT = 400;

  @TempDir private Path folder;

  private static LanguageModel load(CacheType type, int threads) throws IOException {
    return Story.load(
        "q4_0", o -> o.withCacheType(type).withThreads(threads).withContextLength(CONTEXT));
  }

  private static GenerationRequest request(int length) {
    return GenerationRequest.of(Prompt.tokens(Arrays.copyOf(Story.ids(), length)))
        .withMaxTokens(20)
        .withSeed(length)
        .withTemperature(1)
        .withIgnoreEndOfGeneration(true);
  }

  @ParameterizedTest
  @CsvSource({"Q8_0, 1e-5", "Q4_0, 2e-3"})
  void quantisedKeysAndValuesCostLittle(CacheType type, double most) throws IOException {
    for (String weights : List.of("bf16", "q4_0")) {
      float[] exact;
      try (LanguageModel model = Story.load(weights)) {
        exact = model.logits(Story.ids());
      }
      try (LanguageModel model = Story.load(weights, o -> o.withCacheType(type))) {
        assertThat(meanDivergence(exact, model.logits(Story.ids())))
            .as("from F16, with weights in %s", weights)
            .isBetween(1e-7, most);
      }
    }
  }

  /** Mean Kullback-Leibler divergence over the tokens. */
  private static double meanDivergence(float[] exact, float[] found) {
    int rows = exact.length / Story.VOCAB;
    double sum = 0;
    for (int row = 0; row < rows; row++) {
      double[] p = logProbabilities(exact, row * Story.VOCAB);
      double[] q = logProbabilities(found, row * Story.VOCAB);
      for (int i = 0; i < p.length; i++) {
        sum += Math.exp(p[i]) * (p[i] - q[i]);
      }
    }
    return sum / rows;
  }

  private static double[] logProbabilities(float[] logits, int from) {
    double sum = 0;
    for (int i = 0; i < Story.VOCAB; i++) {
      sum += Math.exp(logits[from + i]);
    }
    double[] result = new double[Story.VOCAB];
    for (int i = 0; i < Story.VOCAB; i++) {
      result[i] = logits[from + i] - Math.log(sum);
    }
    return result;
  }

  @Test
  void quantisedKeysAndValuesTakeLessMemory() throws IOException {
    ModelInfo info = LanguageModel.inspect(Story.file("q4_0"));
    long halves = info.cacheBytes(1000, CacheType.F16);
    assertThat(info.cacheBytes(1000, CacheType.F32)).isEqualTo(2 * halves);
    assertThat(info.cacheBytes(1000, CacheType.Q8_0)).isEqualTo(halves * 34 / 64);
    assertThat(info.cacheBytes(1000, CacheType.Q4_0)).isEqualTo(halves * 18 / 64);
  }

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void answersAreTheSameHoweverTheyAreMade(CacheType type) throws IOException {
    int[] lengths = {70, 150, 129};
    List<List<Integer>> expected = new ArrayList<>();
    for (int length : lengths) {
      try (LanguageModel model = load(type, 1)) {
        expected.add(model.generate(request(length)).ids());
      }
    }
    Path file = folder.resolve("session");
    try (LanguageModel model = load(type, 2)) {
      List<Generation> together = new ArrayList<>();
      for (int length : lengths) {
        together.add(model.start(request(length)));
      }
      for (int i = 0; i < lengths.length; i++) {
        assertThat(together.get(i).await().ids()).as("together").isEqualTo(expected.get(i));
      }
      for (int i = 0; i < lengths.length; i++) {
        GenerationResult again = model.generate(request(lengths[i]));
        assertThat(again.usage().reusedTokens()).isPositive();
        assertThat(again.ids()).as("after reuse").isEqualTo(expected.get(i));
      }
      model.saveSession(Prompt.tokens(Arrays.copyOf(Story.ids(), 140)), file);
    }
    try (LanguageModel model = load(type, 2)) {
      model.loadSession(file);
      GenerationResult onward = model.generate(request(150));
      assertThat(onward.usage().reusedTokens()).isEqualTo(140);
      assertThat(onward.ids()).as("after loading").isEqualTo(expected.get(1));
    }
  }

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void sessionsOfOtherTypesAreRefused(CacheType type) throws IOException {
    Path file = folder.resolve("session");
    Prompt prompt = Prompt.tokens(Arrays.copyOf(Story.ids(), 10));
    try (LanguageModel model = load(type, 1)) {
      model.saveSession(prompt, file);
      assertThat(model.loadSession(file)).isEqualTo(prompt);
    }
    for (CacheType other : CacheType.values()) {
      if (other != type) {
        try (LanguageModel model = load(other, 1)) {
          assertThatIllegalArgumentException().isThrownBy(() -> model.loadSession(file));
        }
      }
    }
  }
}
