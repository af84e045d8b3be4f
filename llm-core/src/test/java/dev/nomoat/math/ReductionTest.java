package dev.nomoat.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ReductionTest {
  /** The definition: number i goes to sum i % 16; then the upper half is added to the lower. */
  private static float sumByDefinition(float[] x) {
    float[] sums = new float[16];
    for (int i = 0; i < x.length; i++) {
      sums[i % 16] += x[i];
    }
    float[] eight = halve(sums);
    float[] four = halve(eight);
    float[] two = halve(four);
    return two[0] + two[1];
  }

  private static float[] halve(float[] x) {
    float[] result = new float[x.length / 2];
    for (int i = 0; i < result.length; i++) {
      result[i] = x[i] + x[i + result.length];
    }
    return result;
  }

  private static float[] dirty() {
    float[] partial = new float[Reduction.LANES];
    Arrays.fill(partial, Float.NaN);
    return partial;
  }

  @Test
  void sumsAreTheirDefinitionForEveryCount() {
    for (int count = 0; count < 100; count++) {
      float[] x = Numbers.random(count, count);
      double sum = 0;
      double squares = 0;
      double magnitude = 0;
      for (float v : x) {
        sum += v;
        magnitude += Math.abs(v);
        squares += (double) v * v;
      }
      float actual = Reduction.sum(x, 0, count, dirty());
      assertThat(actual).isEqualTo(sumByDefinition(x));
      assertThat((double) actual).isCloseTo(sum, within(4e-7 * magnitude));
      assertThat((double) Reduction.sumOfSquares(x, 0, count, dirty()))
          .isCloseTo(squares, within(4e-7 * squares));
    }
  }

  @Test
  void longSumsStayExact() {
    int count = 1 << 20;
    float[] x = new float[count];
    Arrays.fill(x, 1);
    assertThat(Reduction.sum(x, 0, count, dirty())).isEqualTo(count);
    Arrays.fill(x, 0.1f);
    assertThat((double) Reduction.sumOfSquares(x, 0, count, dirty()))
        .isCloseTo(count * (double) 0.1f * 0.1f, within(20.0));
  }

  @Test
  void sumsDoNotDependOnTheOffset() {
    float[] x = Numbers.random(77, 1);
    float sum = Reduction.sum(x, 0, 77, dirty());
    float squares = Reduction.sumOfSquares(x, 0, 77, dirty());
    for (int offset = 0; offset < 40; offset++) {
      float[] moved = new float[77 + 2 * offset];
      Arrays.fill(moved, 1000);
      System.arraycopy(x, 0, moved, offset, 77);
      assertThat(Reduction.sum(moved, offset, 77, dirty())).isEqualTo(sum);
      assertThat(Reduction.sumOfSquares(moved, offset, 77, dirty())).isEqualTo(squares);
    }
  }
}
