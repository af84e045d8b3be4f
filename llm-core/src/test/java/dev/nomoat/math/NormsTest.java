package dev.nomoat.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormsTest {
  private static final float EPSILON = 1e-5f;

  private static float[] rms(float[] x, float[] weight) {
    float[] y = new float[weight.length];
    Norms.rms(x, 0, weight, EPSILON, y, 0, new float[Reduction.LANES]);
    return y;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 17, 64, 288, 2048, 5000})
  void rmsIsItsDefinition(int dim) {
    for (float magnitude : new float[] {1e-15f, 1e-3f, 1, 1e4f, 1e15f}) {
      float[] x = Numbers.random(dim, dim);
      float[] weight = Numbers.random(dim, dim + 1);
      double squares = 0;
      for (int i = 0; i < dim; i++) {
        x[i] *= magnitude;
        squares += (double) x[i] * x[i];
      }
      double scale = 1 / Math.sqrt(squares / dim + EPSILON);
      float[] y = rms(x, weight);
      for (int i = 0; i < dim; i++) {
        double exact = x[i] * scale * weight[i];
        assertThat((double) y[i]).isCloseTo(exact, within(6e-7 * Math.abs(exact)));
      }
    }
  }

  @Test
  void rmsWithAPartOfTheGains() {
    float[] x = Numbers.random(60, 4);
    float[] weight = Numbers.random(60, 5);
    float[] y = new float[60];
    float[] partial = new float[Reduction.LANES];
    Norms.rms(x, 20, weight, 20, 40, EPSILON, y, 20, partial);
    float[] expected = rms(Arrays.copyOfRange(x, 20, 60), Arrays.copyOfRange(weight, 20, 60));
    assertThat(Arrays.copyOfRange(y, 20, 60)).containsExactly(expected);
    assertThat(Arrays.copyOf(y, 20)).containsOnly(0);
  }

  @Test
  void rmsOfZerosIsZero() {
    assertThat(rms(new float[40], Numbers.random(40, 1))).containsOnly(0f, -0f);
  }

  @Test
  void rmsTakesAndWritesOneTokenOnly() {
    int dim = 33;
    float[] weight = Numbers.random(dim, 2);
    float[] tokens = Numbers.random(3 * dim, 3);
    float[] expected = rms(Arrays.copyOfRange(tokens, dim, 2 * dim), weight);
    float[] y = new float[dim + 10];
    Arrays.fill(y, 42);
    float[] partial = new float[Reduction.LANES];
    Arrays.fill(partial, Float.NaN);
    Norms.rms(tokens, dim, weight, EPSILON, y, 4, partial);
    assertThat(Arrays.copyOfRange(y, 4, 4 + dim)).containsExactly(expected);
    assertThat(Arrays.copyOf(y, 4)).containsOnly(42);
    assertThat(Arrays.copyOfRange(y, 4 + dim, y.length)).containsOnly(42);
  }

  @Test
  void rmsMayWorkInPlace() {
    float[] weight = Numbers.random(50, 4);
    float[] x = Numbers.random(50, 5);
    float[] expected = rms(x, weight);
    Norms.rms(x, 0, weight, EPSILON, x, 0, new float[Reduction.LANES]);
    assertThat(x).containsExactly(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 7, 16, 17, 64, 2048})
  void layerIsItsDefinition(int dim) {
    float[] x = Numbers.random(dim, dim);
    float[] weight = Numbers.random(dim, dim + 1);
    float[] bias = Numbers.random(dim, dim + 2);
    double mean = 0;
    for (float v : x) {
      mean += v / (double) dim;
    }
    double variance = 0;
    for (float v : x) {
      variance += (v - mean) * (v - mean) / dim;
    }
    float[] y = new float[dim];
    float[] plain = new float[dim];
    Norms.layer(x, 0, weight, bias, EPSILON, y, 0, new float[Reduction.LANES]);
    Norms.layer(x, 0, weight, new float[0], EPSILON, plain, 0, new float[Reduction.LANES]);
    for (int i = 0; i < dim; i++) {
      double exact = (x[i] - mean) / Math.sqrt(variance + EPSILON) * weight[i];
      assertThat((double) plain[i]).isCloseTo(exact, within(2e-6));
      assertThat((double) y[i]).isCloseTo(exact + bias[i], within(2e-6));
    }
    // in place
    Norms.layer(x, 0, weight, bias, EPSILON, x, 0, new float[Reduction.LANES]);
    assertThat(x).containsExactly(y);
  }
}
