package dev.nomoat.math;

/** The one way to add many floats. */
public final class Reduction {
  /** Partial sums: number i goes to sum {@code i % LANES}. */
  public static final int LANES = 16;

  private Reduction() {}

  /**
   * Sum of squares.
   *
   * @param x numbers
   * @param from first
   * @param count how many
   * @param partial scratch for {@link #LANES} numbers
   * @return the sum
   */
  public static float sumOfSquares(float[] x, int from, int count, float[] partial) {
    clear(partial);
    int whole = count - count % LANES;
    for (int i = 0; i < whole; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        float v = x[from + i + lane];
        partial[lane] = Math.fma(v, v, partial[lane]);
      }
    }
    for (int i = whole; i < count; i++) {
      float v = x[from + i];
      partial[i - whole] = Math.fma(v, v, partial[i - whole]);
    }
    return tree(partial);
  }

  /**
   * Sum.
   *
   * @param x numbers
   * @param from first
   * @param count how many
   * @param partial scratch for {@link #LANES} numbers
   * @return the sum
   */
  public static float sum(float[] x, int from, int count, float[] partial) {
    clear(partial);
    int whole = count - count % LANES;
    for (int i = 0; i < whole; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        partial[lane] += x[from + i + lane];
      }
    }
    for (int i = whole; i < count; i++) {
      partial[i - whole] += x[from + i];
    }
    return tree(partial);
  }

  /**
   * The largest, NaN if any is.
   *
   * @param x numbers
   * @param from first
   * @param count how many
   * @param least what counts as one of them
   * @param partial scratch for {@link #LANES} numbers
   * @return the largest
   */
  public static float max(float[] x, int from, int count, float least, float[] partial) {
    for (int lane = 0; lane < LANES; lane++) {
      partial[lane] = least;
    }
    int whole = count - count % LANES;
    for (int i = 0; i < whole; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        partial[lane] = Math.max(partial[lane], x[from + i + lane]);
      }
    }
    for (int i = whole; i < count; i++) {
      partial[i - whole] = Math.max(partial[i - whole], x[from + i]);
    }
    float max = least;
    for (int lane = 0; lane < LANES; lane++) {
      max = Math.max(max, partial[lane]);
    }
    return max;
  }

  private static void clear(float[] partial) {
    for (int lane = 0; lane < LANES; lane++) {
      partial[lane] = 0;
    }
  }

  /** Adds sum i and sum i + 8, then i + 4, i + 2, i + 1. */
  private static float tree(float[] partial) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        partial[lane] += partial[lane + half];
      }
    }
    return partial[0];
  }
}
