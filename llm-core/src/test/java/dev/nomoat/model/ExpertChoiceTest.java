package dev.nomoat.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.model.ModelConfig.Experts.Gating;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ExpertChoiceTest {
  private static final float[] SCORES = {0.5f, 2, -1, 1, 2, 0};
  private static final Offset<Float> CLOSE = Offset.offset(1e-6f);

  private final int[] chosen = new int[2];
  private final float[] weight = new float[2];

  private void choose(
      Gating gating, boolean normalized, int groups, int groupsUsed, Optional<float[]> bias) {
    ModelConfig.Experts rules =
        new ModelConfig.Experts(6, 2, 0, gating, normalized, 3, false, groups, groupsUsed);
    new ExpertChoice(rules).choose(SCORES, 0, bias, chosen, weight, 0);
  }

  @Test
  void theBestAreChosenAndOfEqualOnesTheFirst() {
    choose(Gating.SOFTMAX, false, 1, 1, Optional.empty());
    assertThat(chosen).containsExactly(1, 4);
    double sum = 0;
    for (float score : SCORES) {
      sum += Math.exp(score);
    }
    assertThat(weight[0]).isCloseTo((float) (3 * Math.exp(2) / sum), CLOSE);
    assertThat(weight[1]).isEqualTo(weight[0]);
  }

  @Test
  void normalizedWeightsAddUpToTheScale() {
    choose(Gating.SIGMOID, true, 1, 1, Optional.empty());
    assertThat(weight[0] + weight[1]).isCloseTo(3, CLOSE);
  }

  @Test
  void aBiasCountsInTheChoiceAlone() {
    float[] bias = {0, 0, 5, 0, 0, 4};
    choose(Gating.SIGMOID, false, 1, 1, Optional.of(bias));
    assertThat(chosen).containsExactly(2, 5);
    assertThat(weight[0]).isCloseTo((float) (3 / (1 + Math.exp(1))), CLOSE);
    assertThat(weight[1]).isCloseTo(1.5f, CLOSE);
  }

  @Test
  void onlyTheBestGroupsAreChosenFrom() {
    // groups {0.5, 2, -1} and {1, 2, 0}: the first of the best is alone with its group
    choose(Gating.SOFTMAX, false, 2, 1, Optional.empty());
    assertThat(chosen).containsExactly(1, 0);
    // with a bias the two best of a group count together: 2 + 0.5 against 2 + 1
    choose(Gating.SIGMOID, false, 2, 1, Optional.of(new float[6]));
    assertThat(chosen).containsExactly(4, 3);
  }
}
