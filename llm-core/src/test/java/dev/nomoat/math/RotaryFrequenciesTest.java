package dev.nomoat.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RotaryFrequenciesTest {
  private static final RotaryFrequencies.Yarn YARN =
      new RotaryFrequencies.Yarn(32, 4096, 32, 1, true);

  @Test
  void yarnKeepsFastPairsAndSlowsDownSlowOnes() {
    float[] plain = RotaryFrequencies.scaled(64, 150000, 1, new float[0]);
    float[] yarn = RotaryFrequencies.yarn(64, 150000, YARN);
    // 32 turns over 4096 positions: pair 8.09 of 32; 1 turn: pair 17.40
    for (int pair = 0; pair < 32; pair++) {
      double part = pair <= 8 ? 0 : pair >= 18 ? 1 : (pair - 8) / 10.0;
      double expected = plain[pair] * (1 - part) + plain[pair] / 32 * part;
      assertThat((double) yarn[pair]).isCloseTo(expected, within(1e-6 * expected));
    }
  }

  @Test
  void yarnNeedNotRoundItsBounds() {
    RotaryFrequencies.Yarn exact = new RotaryFrequencies.Yarn(32, 4096, 32, 1, false);
    float[] plain = RotaryFrequencies.scaled(64, 150000, 1, new float[0]);
    float[] yarn = RotaryFrequencies.yarn(64, 150000, exact);
    double low = 64 * Math.log(4096 / (32 * 2 * Math.PI)) / (2 * Math.log(150000));
    double high = 64 * Math.log(4096 / (2 * Math.PI)) / (2 * Math.log(150000));
    for (int pair = 0; pair < 32; pair++) {
      double part = Math.clamp((pair - low) / (high - low), 0.0, 1.0);
      double expected = plain[pair] * (1 - part) + plain[pair] / 32 * part;
      assertThat((double) yarn[pair]).isCloseTo(expected, within(1e-6 * expected));
    }
  }

  @Test
  void aFactorOfOneChangesNothing() {
    RotaryFrequencies.Yarn one = new RotaryFrequencies.Yarn(1, 4096, 32, 1, true);
    assertThat(RotaryFrequencies.yarn(64, 10000, one))
        .containsExactly(RotaryFrequencies.scaled(64, 10000, 1, new float[0]));
  }
}
