package dev.nomoat.model;

import dev.nomoat.math.FloatMath;
import java.util.Arrays;
import java.util.Optional;

/** Which experts a token uses, and with which weights. The scratch memory of one thread. */
final class ExpertChoice {
  private final ModelConfig.Experts rules;
  private final float[] weights; // of each expert
  private final float[] ranks; // what they are chosen by
  private final float[] groupRanks;

  ExpertChoice(ModelConfig.Experts rules) {
    this.rules = rules;
    weights = new float[rules.count()];
    ranks = new float[rules.count()];
    groupRanks = new float[rules.groups()];
  }

  /**
   * Chooses, the best first; of equal ones the one with the smaller number.
   *
   * @param scores what the router gave each expert
   * @param at where they begin
   * @param bias added to the weights for the choice alone
   * @param chosen receives the experts
   * @param weight receives their weights
   * @param to where both begin
   */
  void choose(
      float[] scores, int at, Optional<float[]> bias, int[] chosen, float[] weight, int to) {
    switch (rules.gating()) {
      case SOFTMAX -> softmax(scores, at);
      case SIGMOID -> {
        for (int e = 0; e < rules.count(); e++) {
          weights[e] = FloatMath.sigmoid(scores[at + e]);
        }
      }
    }
    System.arraycopy(weights, 0, ranks, 0, rules.count());
    Step.addBias(bias, ranks, 0);
    if (rules.groupsUsed() < rules.groups()) {
      dropGroups(bias.isPresent());
    }
    float sum = 0;
    for (int i = 0; i < rules.used(); i++) {
      int best = takeBest(ranks);
      chosen[to + i] = best;
      weight[to + i] = weights[best];
      sum += weights[best];
    }
    float factor = rules.normalized() ? rules.scale() / sum : rules.scale();
    for (int i = 0; i < rules.used(); i++) {
      weight[to + i] *= factor;
    }
  }

  private void softmax(float[] scores, int at) {
    float max = Float.NEGATIVE_INFINITY;
    for (int e = 0; e < rules.count(); e++) {
      max = Math.max(max, scores[at + e]);
    }
    float sum = 0;
    for (int e = 0; e < rules.count(); e++) {
      weights[e] = FloatMath.exp(scores[at + e] - max);
      sum += weights[e];
    }
    for (int e = 0; e < rules.count(); e++) {
      weights[e] /= sum;
    }
  }

  /** Leaves the experts of the best groups: by their two best, or without a bias by the best. */
  private void dropGroups(boolean byTwo) {
    int size = rules.count() / rules.groups();
    for (int g = 0; g < rules.groups(); g++) {
      float first = Float.NEGATIVE_INFINITY;
      float second = Float.NEGATIVE_INFINITY;
      for (int e = g * size; e < (g + 1) * size; e++) {
        second = Math.max(second, Math.min(first, ranks[e]));
        first = Math.max(first, ranks[e]);
      }
      groupRanks[g] = byTwo && size > 1 ? first + second : first;
    }
    for (int used = 0; used < rules.groupsUsed(); used++) {
      takeBest(groupRanks);
    }
    for (int g = 0; g < rules.groups(); g++) {
      if (groupRanks[g] != Float.NEGATIVE_INFINITY) {
        Arrays.fill(ranks, g * size, (g + 1) * size, Float.NEGATIVE_INFINITY);
      }
    }
  }

  /** The index of the greatest, which is then taken out; NaN counts as least. */
  private static int takeBest(float[] values) {
    int best = 0;
    float most = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < values.length; i++) {
      if (values[i] > most) {
        best = i;
        most = values[i];
      }
    }
    values[best] = Float.NEGATIVE_INFINITY;
    return best;
  }
}
