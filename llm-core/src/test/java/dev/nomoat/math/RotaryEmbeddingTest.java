package dev.nomoat.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RotaryEmbeddingTest {
  private static final int DIM = 64;
  private static final float BASE = 10000;
  private static final float[] NONE = {};

  /** Turns one head at a position. */
  private static float[] turn(RotaryEmbedding rope, float[] head, int position) {
    float[] cos = new float[rope.pairs() + 3];
    float[] sin = new float[rope.pairs() + 3];
    rope.angles(position, cos, sin, 3);
    float[] x = new float[head.length + 4];
    System.arraycopy(head, 0, x, 4, head.length);
    rope.turn(x, 4, cos, sin, 3);
    assertThat(Arrays.copyOf(x, 4)).containsOnly(0f);
    return Arrays.copyOfRange(x, 4, x.length);
  }

  /** Turns by angles in double, given how the frequency of each pair is divided. */
  private static double[] exact(
      Pairing pairing, int dim, double base, double scale, float[] factors, float[] x, int pos) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i];
    }
    for (int i = 0; i < dim / 2; i++) {
      double factor = factors.length == 0 ? 1 : factors[i];
      double angle = pos * scale * Math.pow(base, -2.0 * i / dim) / factor;
      int first = pairing == Pairing.INTERLEAVED ? 2 * i : i;
      int second = pairing == Pairing.INTERLEAVED ? 2 * i + 1 : i + dim / 2;
      y[first] = x[first] * Math.cos(angle) - x[second] * Math.sin(angle);
      y[second] = x[first] * Math.sin(angle) + x[second] * Math.cos(angle);
    }
    return y;
  }

  private static void assertClose(float[] actual, double[] exact, double tolerance) {
    assertThat(actual).hasSameSizeAs(exact);
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i]).as("number %d", i).isCloseTo(exact[i], within(tolerance));
    }
  }

  @ParameterizedTest
  @EnumSource
  void turnsPairsByTheirAngles(Pairing pairing) {
    RotaryEmbedding rope =
        new RotaryEmbedding(pairing, RotaryFrequencies.scaled(DIM, BASE, 1, NONE), 1);
    assertThat(rope.pairs()).isEqualTo(DIM / 2);
    float[] x = Numbers.random(DIM, 1);
    for (int position : new int[] {1, 2, 17, 500, 4095}) {
      // the angle is rounded twice, to 24 bits each time
      double tolerance = 2e-7 + position * 0x1p-23;
      assertClose(
          turn(rope, x, position), exact(pairing, DIM, BASE, 1, NONE, x, position), tolerance);
    }
  }

  @ParameterizedTest
  @EnumSource
  void dividesFrequenciesByFactorsAndScalesPositions(Pairing pairing) {
    float[] factors = new float[DIM / 2];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = 1 + i / 4f;
    }
    float[] x = Numbers.random(DIM, 2);
    RotaryEmbedding rope =
        new RotaryEmbedding(pairing, RotaryFrequencies.scaled(DIM, 500000, 0.25f, factors), 1);
    for (int position : new int[] {1, 30, 1000}) {
      assertClose(
          turn(rope, x, position),
          exact(pairing, DIM, 500000, 0.25, factors, x, position),
          3e-7 + position * 0x1p-23);
    }
  }

  @ParameterizedTest
  @EnumSource
  void mayTurnTheFirstNumbersOfAHeadOnly(Pairing pairing) {
    float[] x = Numbers.random(80, 3);
    RotaryEmbedding rope =
        new RotaryEmbedding(pairing, RotaryFrequencies.scaled(20, BASE, 1, NONE), 1);
    float[] y = turn(rope, x, 9);
    assertClose(y, exact(pairing, 20, BASE, 1, NONE, x, 9), 2e-6);
    assertThat(Arrays.copyOfRange(y, 20, 80)).containsExactly(Arrays.copyOfRange(x, 20, 80));
  }

  @ParameterizedTest
  @EnumSource
  void position0ChangesNothing(Pairing pairing) {
    float[] x = Numbers.random(DIM, 4);
    RotaryEmbedding rope =
        new RotaryEmbedding(pairing, RotaryFrequencies.scaled(DIM, BASE, 1, NONE), 1);
    assertThat(turn(rope, x, 0)).containsExactly(x);
  }

  @Test
  void anglesAreRoundedToFloatsAndTheirSinesAreExact() {
    RotaryEmbedding rope =
        new RotaryEmbedding(Pairing.HALVES, RotaryFrequencies.scaled(DIM, BASE, 1, NONE), 1);
    float[] cos = new float[DIM / 2];
    float[] sin = new float[DIM / 2];
    for (int position : new int[] {1, 4095, 131071, 1_000_000}) {
      rope.angles(position, cos, sin, 0);
      for (int i = 0; i < DIM / 2; i++) {
        float frequency = (float) Math.pow(BASE, -2.0 * i / DIM);
        float angle = position * frequency;
        assertThat((double) cos[i]).isCloseTo(Math.cos(angle), within(6.1e-8));
        assertThat((double) sin[i]).isCloseTo(Math.sin(angle), within(6.1e-8));
      }
    }
  }
}
