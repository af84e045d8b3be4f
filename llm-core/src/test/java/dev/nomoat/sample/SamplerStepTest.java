package dev.nomoat.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SamplerStepTest {
  private static final float NONE = Float.NEGATIVE_INFINITY;

  @Test
  void topKKeepsTheHighestLogits() {
    assertThat(ids(new TopK(2), 1, 5, 3, 4)).containsExactly(1, 3);
  }

  @Test
  void topKPrefersLowerIdsAmongEquals() {
    assertThat(ids(new TopK(3), 2, 2, 7, 2, 2)).containsExactly(2, 0, 1);
    assertThat(ids(new TopK(1), -0f, 0f)).containsExactly(0);
    assertThat(ids(new TopK(1), 0f, -0f)).containsExactly(0);
  }

  @Test
  void topKKeepsAllIfThereAreNoMore() {
    assertThat(ids(new TopK(4), 1, 5, 3, 4)).containsExactly(0, 1, 2, 3);
    assertThat(ids(new TopK(1000), 1, 5, 3, 4)).containsExactly(0, 1, 2, 3);
  }

  @Test
  void topPKeepsTheFewestThatHaveTheMass() {
    // Probabilities 0.1, 0.4, 0.2, 0.3.
    float[] logits = {log(1), log(4), log(2), log(3)};
    assertThat(ids(new TopP(0.39f), logits)).containsExactly(1);
    assertThat(ids(new TopP(0.41f), logits)).containsExactly(1, 3);
    assertThat(ids(new TopP(0.69f), logits)).containsExactly(1, 3);
    assertThat(ids(new TopP(0.71f), logits)).containsExactly(1, 3, 2);
    assertThat(ids(new TopP(0.91f), logits)).containsExactly(1, 3, 2, 0);
  }

  @Test
  void topPOfEqualsCountsFromTheLowestId() {
    assertThat(ids(new TopP(0.5f), 3, 3, 3, 3)).containsExactly(0, 1);
    assertThat(ids(new TopP(0.51f), 3, 3, 3, 3)).containsExactly(0, 1, 2);
    assertThat(ids(new TopP(Float.MIN_VALUE), 3, 3, 3, 3)).containsExactly(0);
  }

  @Test
  void minPKeepsAShareOfTheGreatest() {
    float[] logits = {log(1), log(4), log(2), log(3)};
    assertThat(ids(new MinP(0.24f), logits)).containsExactly(0, 1, 2, 3);
    assertThat(ids(new MinP(0.26f), logits)).containsExactly(1, 2, 3);
    assertThat(ids(new MinP(0.51f), logits)).containsExactly(1, 3);
    assertThat(ids(new MinP(1), logits)).containsExactly(1);
    assertThat(ids(new MinP(1), 3, 4, 4)).containsExactly(1, 2);
  }

  @Test
  void impossibleTokensAreTheFirstToGo() {
    assertThat(ids(new TopK(1), NONE, -3, NONE)).containsExactly(1);
    assertThat(ids(new TopP(0.999f), NONE, -3, NONE)).containsExactly(1);
    assertThat(ids(new MinP(Float.MIN_VALUE), NONE, -3, NONE)).containsExactly(1);
  }

  @Test
  void temperatureScalesDistancesFromTheGreatest() {
    Candidates candidates = candidates(1, 3, NONE);
    new Temperature(0.5f).apply(candidates);
    assertThat(candidates.logitOf(0)).isEqualTo(-4);
    assertThat(candidates.logitOf(1)).isZero();
    assertThat(candidates.logitOf(2)).isEqualTo(NONE);
  }

  @Test
  void extremeTemperaturesOverflowNothing() {
    for (float temperature : new float[] {Float.MIN_VALUE, 1e-30f, 1e30f, Float.MAX_VALUE}) {
      Candidates candidates = candidates(Float.MAX_VALUE, -Float.MAX_VALUE, NONE, 12);
      new Temperature(temperature).apply(candidates);
      assertThat(candidates.weigh()).isBetween(1.0, 4.0);
      assertThat(candidates.mostLikely()).isZero();
    }
  }

  @Test
  void stepsInAnyOrderDoWhatTheirDefinitionsSay() {
    Random random = new Random(5);
    for (int round = 0; round < 5_000; round++) {
      float[] logits = logits(random);
      Candidates candidates = new Candidates(logits.length, logits.length);
      candidates.load(logits, 0);
      Naive naive = new Naive(logits);
      String done = "";
      for (int i = 0; i < 4; i++) {
        done += applyOne(random, candidates, naive) + " ";
        assertThat(new HashSet<>(ids(candidates))).as(done).isEqualTo(naive.idSet());
        assertThat(candidates.size()).as(done).isEqualTo(naive.ids().size());
        assertThat(candidates.mostLikely()).as(done).isEqualTo(naive.ids().getFirst());
      }
      assertSameProbabilities(candidates, naive);
    }
  }

  /** Applies a random step to both, and says which. */
  private static String applyOne(Random random, Candidates candidates, Naive naive) {
    int k = 1 + random.nextInt(random.nextBoolean() ? 5 : 300);
    float p = (float) Math.pow(1 - random.nextFloat(), random.nextBoolean() ? 1 : 3);
    SamplerStep step = List.of(new TopK(k), new TopP(p), new MinP(p)).get(random.nextInt(3));
    step.apply(candidates);
    switch (step) {
      case TopK _ -> naive.topK(k);
      case TopP _ -> naive.topP(p);
      case MinP _ -> naive.minP(p);
      default -> throw new AssertionError(step);
    }
    return step.toString();
  }

  private static void assertSameProbabilities(Candidates candidates, Naive naive) {
    float temperature = 0.7f;
    new Temperature(temperature).apply(candidates);
    naive.temperature(temperature);
    double total = candidates.weigh();
    double max = candidates.maxLogit();
    for (int i = 0; i < naive.ids().size(); i++) {
      double weight = Math.exp(candidates.logitOf(naive.ids().get(i)) - max);
      assertThat(weight / total).isEqualTo(naive.probabilities().get(i), within(1e-5));
    }
  }

  /** Some with many equals, some with impossible tokens, some flat and some sharp. */
  private static float[] logits(Random random) {
    float[] logits = new float[1 + random.nextInt(random.nextBoolean() ? 8 : 200)];
    double scale = Math.pow(10, random.nextDouble(-2, 1.5));
    boolean coarse = random.nextInt(3) == 0;
    boolean holes = random.nextInt(3) == 0;
    for (int i = 0; i < logits.length; i++) {
      double logit = random.nextGaussian() * scale;
      logits[i] = (float) (coarse ? Math.rint(logit) : logit);
      if (holes && i > 0 && random.nextInt(3) == 0) {
        logits[i] = NONE;
      }
    }
    return logits;
  }

  private static List<Integer> ids(SamplerStep step, float... logits) {
    Candidates candidates = candidates(logits);
    step.apply(candidates);
    return ids(candidates);
  }

  private static List<Integer> ids(Candidates candidates) {
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      ids.add(candidates.id(i));
    }
    return ids;
  }

  private static Candidates candidates(float... logits) {
    Candidates candidates = new Candidates(logits.length, logits.length);
    candidates.load(logits, 0);
    return candidates;
  }

  private static float log(double x) {
    return (float) Math.log(x);
  }
}
