package dev.nomoat.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.sun.management.ThreadMXBean;
import dev.nomoat.Dry;
import dev.nomoat.DynamicTemperature;
import dev.nomoat.Mirostat;
import dev.nomoat.SamplingOptions;
import dev.nomoat.Xtc;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
  private static final float NONE = Float.NEGATIVE_INFINITY;
  private static final SamplingOptions DEFAULTS = SamplingOptions.defaults();
  private static final SamplingOptions PURE =
      DEFAULTS.withTemperature(1).withTopK(0).withTopP(1).withMinP(0);
  private static final SamplingOptions PENALISED =
      DEFAULTS.withRepeatPenalty(1.2f).withFrequencyPenalty(0.1f).withPresencePenalty(0.1f);

  static final List<SamplingOptions> CHAINS =
      List.of(
          SamplingOptions.greedy(),
          PENALISED.withTemperature(0),
          DEFAULTS,
          PENALISED,
          PENALISED.withTopK(0),
          PENALISED.withTopK(0).withTopP(1),
          DEFAULTS.withTopK(1),
          PURE,
          PURE.withTypicalP(0.9f).withTopNSigma(3),
          DEFAULTS.withXtc(new Xtc(0.5f, 0.1f)).withDry(new Dry(0.8f, 1.75f, 2, 64, List.of())),
          DEFAULTS.withDynamicTemperature(DynamicTemperature.within(0.5f)),
          DEFAULTS.withMirostat(Mirostat.defaults()),
          DEFAULTS.withLogitBias(Map.of(0, -1f)).withStep(scores -> scores.setLogit(0, 1)));

  @Test
  void greedyTakesTheGreatestLogit() {
    Sampler sampler = new Sampler(SamplingOptions.greedy(), 0, 4);
    assertThat(sampler.sample(new float[] {1, 4, 3, 2}, 0)).isEqualTo(1);
    assertThat(sampler.sample(new float[] {NONE, -9, -8, NONE}, 0)).isEqualTo(2);
  }

  @Test
  void greedyTakesTheLowestIdAmongEquals() {
    Sampler sampler = new Sampler(SamplingOptions.greedy(), 0, 4);
    assertThat(sampler.sample(new float[] {1, 4, 4, 4}, 0)).isEqualTo(1);
    assertThat(sampler.sample(new float[] {-0f, 0f, -0f, 0f}, 0)).isZero();
  }

  @Test
  void temperaturesBelowZeroAreGreedyToo() {
    Sampler sampler = new Sampler(DEFAULTS.withTemperature(-1), 0, 3);
    assertThat(sampler.sample(new float[] {1, 1.01f, 1}, 0)).isEqualTo(1);
  }

  @Test
  void greedyChoosesAfterThePenalties() {
    Sampler sampler = new Sampler(SamplingOptions.greedy().withPresencePenalty(2), 0, 3);
    float[] logits = {1, 4, 3};
    assertThat(sampler.sample(logits, 0)).isEqualTo(1);
    sampler.accept(1);
    assertThat(sampler.sample(logits, 0)).isEqualTo(2);
    sampler.accept(2);
    assertThat(sampler.sample(logits, 0)).isEqualTo(1);
  }

  @Test
  void aWindowOfNoTokensTurnsThePenaltiesOff() {
    Sampler sampler =
        new Sampler(SamplingOptions.greedy().withPresencePenalty(2).withPenaltyLastN(0), 0, 2);
    sampler.accept(1);
    assertThat(sampler.sample(new float[] {1, 2}, 0)).isEqualTo(1);
  }

  @Test
  void drawsFollowTheProbabilities() {
    // Chi-square with 5 degrees of freedom exceeds 20.5 once in a thousand.
    float[] weights = {1, 2, 4, 8, 16, 32};
    float[] logits = new float[weights.length + 1];
    for (int i = 0; i < weights.length; i++) {
      logits[i] = (float) Math.log(weights[i]) - 40;
    }
    logits[weights.length] = NONE;
    Sampler sampler = new Sampler(PURE, 42, logits.length);
    int draws = 100_000;
    int[] counts = count(sampler, logits, draws);
    assertThat(counts[weights.length]).isZero();
    assertThat(chiSquare(counts, weights, draws)).isLessThan(20.5);
  }

  @Test
  void drawsAtATemperatureFollowTheScaledProbabilities() {
    float[] weights = {1, 2, 4, 8, 16, 32};
    float[] logits = new float[weights.length];
    for (int i = 0; i < weights.length; i++) {
      logits[i] = (float) Math.log(weights[i]) * 1.7f;
    }
    int draws = 100_000;
    Sampler sampler = new Sampler(PURE.withTemperature(1.7f), 43, logits.length);
    assertThat(chiSquare(count(sampler, logits, draws), weights, draws)).isLessThan(20.5);
  }

  @Test
  void theDefaultChainDrawsFromWhatItsStepsLeave() {
    Random random = new Random(8);
    for (int round = 0; round < 20; round++) {
      float[] logits = new float[200];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = (float) random.nextGaussian() * 2;
      }
      Sampler sampler = new Sampler(PENALISED, round, logits.length);
      List<Integer> history = random.ints(100, 0, logits.length).boxed().toList();
      history.forEach(sampler::accept);
      Naive naive = new Naive(logits);
      naive.penalise(history.subList(36, 100), 1.2f, 0.1f, 0.1f);
      naive.topK(40);
      naive.topP(0.95f);
      naive.minP(0.05f);
      naive.temperature(0.8f);
      int draws = 2_000;
      int[] counts = count(sampler, logits, draws);
      double deviation = 0;
      for (int i = 0; i < naive.ids().size(); i++) {
        int id = naive.ids().get(i);
        deviation += Math.abs(counts[id] - draws * naive.probabilities().get(i));
        counts[id] = 0;
      }
      assertThat(counts).containsOnly(0);
      assertThat(deviation / draws).isLessThan(0.15);
    }
  }

  @ParameterizedTest
  @FieldSource("CHAINS")
  void allButOneImpossibleLeavesThatOne(SamplingOptions options) {
    float[] logits = new float[100];
    Arrays.fill(logits, NONE);
    logits[77] = -1000;
    Sampler sampler = new Sampler(options, 1, logits.length);
    for (int i = 0; i < 50; i++) {
      assertThat(sampler.sample(logits, 0)).isEqualTo(77);
      sampler.accept(77);
    }
  }

  @ParameterizedTest
  @FieldSource("CHAINS")
  void aVocabularyOfOneTokenLeavesNoChoice(SamplingOptions options) {
    Sampler sampler = new Sampler(options, 1, 1);
    sampler.accept(0);
    assertThat(sampler.sample(new float[] {-3}, 0)).isZero();
  }

  @Test
  void equalLogitsAreEquallyLikely() {
    float[] logits = new float[8];
    int draws = 80_000;
    int[] counts = count(new Sampler(PURE, 5, 8), logits, draws);
    float[] weights = {1, 1, 1, 1, 1, 1, 1, 1};
    // Chi-square with 7 degrees of freedom exceeds 24.3 once in a thousand.
    assertThat(chiSquare(counts, weights, draws)).isLessThan(24.3);
  }

  @ParameterizedTest
  @FieldSource("CHAINS")
  void theSameSeedGivesTheSameTokens(SamplingOptions options) {
    float[][] logits = manyLogits(200, 50);
    Sampler one = new Sampler(options, 99, 200);
    Sampler two = new Sampler(options, 99, 200);
    for (float[] step : logits) {
      int token = one.sample(step, 0);
      assertThat(two.sample(step, 0)).isEqualTo(token);
      one.accept(token);
      two.accept(token);
    }
  }

  @Test
  void theTokensOfASeedNeverChange() {
    float[][] logits = manyLogits(200, 12);
    Sampler sampler = new Sampler(PENALISED, 2025, 200);
    int[] tokens = new int[logits.length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = sampler.sample(logits[i], 0);
      sampler.accept(tokens[i]);
    }
    assertThat(tokens).containsExactly(60, 154, 8, 39, 36, 53, 141, 196, 56, 136, 0, 64);
  }

  @Test
  void otherSeedsGiveOtherTokens() {
    float[] logits = new float[1000];
    Sampler one = new Sampler(PURE, 1, 1000);
    Sampler two = new Sampler(PURE, 2, 1000);
    int[] first = new int[20];
    int[] second = new int[20];
    for (int i = 0; i < 20; i++) {
      first[i] = one.sample(logits, 0);
      second[i] = two.sample(logits, 0);
    }
    assertThat(first).isNotEqualTo(second);
  }

  @ParameterizedTest
  @FieldSource("CHAINS")
  void readsTheLogitsAtTheOffsetAndLeavesThemAlone(SamplingOptions options) {
    float[] logits = manyLogits(100, 1)[0];
    float[] among = new float[300];
    Arrays.fill(among, Float.NaN);
    System.arraycopy(logits, 0, among, 150, 100);
    float[] before = among.clone();
    Sampler one = new Sampler(options, 6, 100);
    Sampler two = new Sampler(options, 6, 100);
    for (int i = 0; i < 20; i++) {
      int token = two.sample(logits, 0);
      assertThat(one.sample(among, 150)).isEqualTo(token);
      one.accept(token);
      two.accept(token);
    }
    assertThat(among).containsExactly(before);
  }

  @ParameterizedTest
  @FieldSource("CHAINS")
  void brokenLogitsAreRefused(SamplingOptions options) {
    Sampler sampler = new Sampler(options, 0, 4);
    for (float broken : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      for (int at = 0; at < 4; at++) {
        float[] logits = {1, 2, NONE, 1};
        logits[at] = broken;
        assertThatIllegalStateException()
            .isThrownBy(() -> sampler.sample(logits, 0))
            .withMessage("the logit of token %d is %s", at, broken);
      }
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> sampler.sample(new float[] {NONE, NONE, NONE, NONE}, 0))
        .withMessage("the logits rule out every token");
    assertThat(sampler.sample(new float[] {NONE, NONE, 1, NONE}, 0)).isEqualTo(2);
  }

  @Test
  void refusesTokensAndLogitsThatAreNotThere() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Sampler(DEFAULTS, 0, 0));
    Sampler sampler = new Sampler(DEFAULTS, 0, 4);
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> sampler.accept(4));
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> sampler.accept(-1));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> sampler.sample(new float[7], 4));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> sampler.sample(new float[7], -1));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
  void choosingAllocatesNothing(int chain) {
    float[][] logits = manyLogits(500, 20);
    Sampler sampler = new Sampler(CHAINS.get(chain), 1, 500);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    run(sampler, logits, 100);
    threads.getCurrentThreadAllocatedBytes();
    long before = threads.getCurrentThreadAllocatedBytes();
    run(sampler, logits, 100);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    // 2,000 tokens; the allowance is for what the JVM may do on its own.
    assertThat(allocated).isLessThan(2_000);
  }

  private static void run(Sampler sampler, float[][] logits, int rounds) {
    for (int round = 0; round < rounds; round++) {
      for (float[] step : logits) {
        sampler.accept(sampler.sample(step, 0));
      }
    }
  }

  private static int[] count(Sampler sampler, float[] logits, int draws) {
    int[] counts = new int[logits.length];
    for (int i = 0; i < draws; i++) {
      counts[sampler.sample(logits, 0)]++;
    }
    return counts;
  }

  private static double chiSquare(int[] counts, float[] weights, int draws) {
    double total = 0;
    for (float weight : weights) {
      total += weight;
    }
    double chiSquare = 0;
    for (int i = 0; i < weights.length; i++) {
      double expected = draws * weights[i] / total;
      chiSquare += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    return chiSquare;
  }

  private static float[][] manyLogits(int vocabulary, int steps) {
    Random random = new Random(17);
    float[][] logits = new float[steps][vocabulary];
    for (float[] step : logits) {
      for (int i = 0; i < vocabulary; i++) {
        step[i] = (float) random.nextGaussian() * 3;
      }
    }
    return logits;
  }
}
