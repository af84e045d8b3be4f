package dev.nomoat.quant;

import dev.nomoat.quant.packed.QuantPlane;
import dev.nomoat.quant.simd.InnerLoops;
import java.util.Objects;

/**
 * A batch of activations, shape [tokens, cols], prepared once for products with any number of
 * matrices.
 *
 * <p>Use: {@link #reset}, write the numbers into {@link #values()}, {@link #quantize} every token
 * when a matrix needs the 8-bit form, then multiply. The memory is reused from batch to batch and
 * only grows. Different threads may quantise different tokens; while products run nothing may be
 * written.
 *
 * <p>The 8-bit form: 32 columns share the scale {@code max|x| / 127}; each number is divided by it
 * and rounded to the nearest integer, ties to even.
 */
public final class Activations {
  /** Sums of integers that are kept for 32 columns: of those with the same position modulo it. */
  static final int CLASSES = 4;

  /**
   * Adding and subtracting it rounds a float of magnitude below 2²² to an integer, ties to even.
   */
  private static final float ROUND = 0x1.8p23f;

  /** Below this the quotient 127 / max could overflow; such a block counts as zero. */
  private static final float TINY = 0x1p-100f;

  private static final int RUN = QuantPlane.COLUMNS;

  private float[] values = {};
  // the 8-bit form
  int[] quants = {}; // [tokens, positions], each integer in both halves
  float[] scale = {}; // [tokens, runs]
  float[] sum = {}; // [tokens, runs], scaled
  int[] classSums = {}; // [tokens, runs, CLASSES]
  private int tokens;
  private int cols;

  /** Makes an empty batch. */
  public Activations() {}

  /**
   * Sets the shape; the values are undefined afterwards.
   *
   * @param tokens number of tokens, positive
   * @param cols numbers for each token, positive
   * @throws IllegalArgumentException when the shape is not positive or holds 2³¹ numbers or more
   */
  public void reset(int tokens, int cols) {
    if (tokens <= 0
        || cols <= 0
        || (tokens + InnerLoops.TILE - 1L) * cols > Integer.MAX_VALUE - 64) {
      throw new IllegalArgumentException("shape [%d, %d] is out of range".formatted(tokens, cols));
    }
    this.tokens = tokens;
    this.cols = cols;
    if (values.length < tokens * cols) {
      values = new float[tokens * cols];
    }
  }

  /**
   * The numbers, row-major.
   *
   * @return the array to write into; {@code values()[t · cols + k]}
   */
  public float[] values() {
    return values;
  }

  /**
   * Number of tokens.
   *
   * @return tokens
   */
  public int tokens() {
    return tokens;
  }

  /**
   * Numbers for each token.
   *
   * @return columns
   */
  public int cols() {
    return cols;
  }

  /**
   * Reserves what {@link #quantize} writes; call it after {@link #reset}, before threads quantise.
   *
   * @throws IllegalArgumentException when the columns are not a multiple of 32
   */
  public void reserveEightBit() {
    if (cols % RUN != 0) {
      throw new IllegalArgumentException(
          "8-bit activations need a multiple of 32 columns, not " + cols);
    }
    // whole tiles: the loops read, but do not use, what fills up the last one
    int padded = Math.ceilDiv(tokens, InnerLoops.TILE) * InnerLoops.TILE;
    if (quants.length < padded * cols) {
      quants = new int[padded * cols];
    }
    int runs = tokens * (cols / RUN);
    if (scale.length < runs) {
      scale = new float[runs];
      sum = new float[runs];
      classSums = new int[runs * CLASSES];
    }
  }

  /**
   * Makes the 8-bit form of a token; {@link #reserveEightBit} comes first.
   *
   * @param token which token
   * @throws IndexOutOfBoundsException when there is no such token
   */
  public void quantize(int token) {
    Objects.checkIndex(token, tokens);
    int runs = cols / RUN;
    for (int run = 0; run < runs; run++) {
      int at = token * cols + run * RUN;
      float max = 0;
      for (int k = at; k < at + RUN; k++) {
        max = Math.max(max, Math.abs(values[k]));
      }
      float inverse = max < TINY ? 0 : 127 / max;
      int index = token * runs + run;
      scale[index] = max < TINY ? 0 : max / 127;
      sum[index] = scale[index] * round(at, inverse, index * CLASSES);
    }
  }

  /** Rounds 32 numbers; the sum of the integers. */
  private int round(int at, float inverse, int sumsAt) {
    int sum = 0;
    for (int c = 0; c < CLASSES; c++) {
      int classSum = 0;
      for (int p = c; p < RUN; p += CLASSES) {
        int q = (int) ((values[at + QuantPlane.column(p)] * inverse + ROUND) - ROUND);
        quants[at + p] = (q & 0xffff) | (q << 16);
        classSum += q;
      }
      classSums[sumsAt + c] = classSum;
      sum += classSum;
    }
    return sum;
  }
}
