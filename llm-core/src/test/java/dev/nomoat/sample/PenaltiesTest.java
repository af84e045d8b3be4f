package dev.nomoat.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PenaltiesTest {
  private static final float NONE = Float.NEGATIVE_INFINITY;

  @Test
  void repeatPullsLogitsDownOnBothSidesOfZero() {
    Penalties penalties = penalties(2, 0, 0, 8, 4);
    accept(penalties, 0, 1, 1);
    assertThat(apply(penalties, 6, -6, 6, -6)).containsExactly(3, -12, 6, -6);
  }

  @Test
  void frequencyCountsAndPresenceDoesNot() {
    Penalties penalties = penalties(1, 0.5f, 0.25f, 8, 3);
    accept(penalties, 0, 1, 1, 1);
    assertThat(apply(penalties, 2, 2, 2)).containsExactly(1.25f, 0.25f, 2);
  }

  @Test
  void negativePenaltiesReward() {
    Penalties penalties = penalties(0.5f, -1, -2, 8, 2);
    accept(penalties, 0);
    assertThat(apply(penalties, 2, 2)).containsExactly(7, 2);
  }

  @Test
  void onlyTheLastTokensCount() {
    Penalties penalties = penalties(1, 1, 0, 3, 4);
    accept(penalties, 0, 0, 1, 2, 0);
    assertThat(apply(penalties, 0, 0, 0, 0)).containsExactly(-1, -1, -1, 0);
    accept(penalties, 0);
    assertThat(apply(penalties, 0, 0, 0, 0)).containsExactly(-2, 0, -1, 0);
  }

  @Test
  void impossibleTokensStayImpossible() {
    Penalties penalties = penalties(0.5f, -Float.MAX_VALUE, -Float.MAX_VALUE, 8, 2);
    accept(penalties, 0, 0);
    assertThat(apply(penalties, NONE, 1)).containsExactly(NONE, 1);
  }

  @Test
  void extremePenaltiesOverflowNothing() {
    Penalties up = penalties(Float.MIN_VALUE, -Float.MAX_VALUE, -Float.MAX_VALUE, 8, 2);
    accept(up, 0, 0);
    assertThat(apply(up, 1, 1)).containsExactly(Float.MAX_VALUE, 1);
    Penalties down = penalties(Float.MAX_VALUE, Float.MAX_VALUE, Float.MAX_VALUE, 8, 2);
    accept(down, 0, 1, 1);
    assertThat(apply(down, -5, -7)).containsExactly(-Float.MAX_VALUE, -Float.MAX_VALUE);
  }

  @Test
  void windowsOfEveryLengthAgreeWithTheDefinition() {
    Random random = new Random(11);
    for (int round = 0; round < 2_000; round++) {
      int vocabulary = 1 + random.nextInt(12);
      int length = 1 + random.nextInt(random.nextBoolean() ? 5 : 200);
      float repeat = random.nextFloat(0.5f, 2);
      float frequency = random.nextFloat(-1, 1);
      float presence = random.nextFloat(-1, 1);
      Penalties penalties = penalties(repeat, frequency, presence, length, vocabulary);
      List<Integer> history = new ArrayList<>();
      for (int i = random.nextInt(300); i > 0; i--) {
        int token = random.nextInt(vocabulary);
        history.add(token);
        penalties.accept(token);
      }
      List<Integer> window = history.subList(Math.max(0, history.size() - length), history.size());
      float[] logits = new float[vocabulary];
      for (int i = 0; i < vocabulary; i++) {
        logits[i] = (float) random.nextGaussian() * 4;
      }
      float[] penalised = apply(penalties, logits);
      for (int id = 0; id < vocabulary; id++) {
        double expected = expected(logits[id], id, window, repeat, frequency, presence);
        assertThat(penalised[id]).isEqualTo((float) expected, within(1e-5f));
      }
    }
  }

  private static double expected(
      float logit, int id, List<Integer> window, float repeat, float frequency, float presence) {
    long count = window.stream().filter(token -> token == id).count();
    if (count == 0) {
      return logit;
    }
    double repeated = logit > 0 ? (double) logit / repeat : (double) logit * repeat;
    return repeated - count * (double) frequency - presence;
  }

  private static Penalties penalties(
      float repeat, float frequency, float presence, int length, int vocabulary) {
    return new Penalties(repeat, frequency, presence, new TokenWindow(length, vocabulary));
  }

  private static void accept(Penalties penalties, int... tokens) {
    for (int token : tokens) {
      penalties.accept(token);
    }
  }

  private static float[] apply(Penalties penalties, float... logits) {
    Candidates candidates = new Candidates(logits.length, 0);
    candidates.load(logits, 0);
    penalties.apply(candidates);
    float[] result = new float[logits.length];
    for (int id = 0; id < logits.length; id++) {
      result[id] = candidates.logitOf(id);
    }
    return result;
  }
}
