package dev.nomoat.quant;

import dev.nomoat.quant.packed.QuantPlane;
import java.util.Arrays;
import java.util.Objects;

/**
 * A batch of activations, shape [tokens, cols], prepared once for products with any number of
 * matrices.
 *
 * <p>Use: {@link #reset}, write the numbers into {@link #values()}, {@link #prepare} every token
 * for each form that the matrices need, then multiply. The memory is reused from batch to batch and
 * only grows. Different threads may prepare different tokens; while products run nothing may be
 * written.
 *
 * <p>The 8-bit form: 32 columns share the scale {@code max|x| / 127}; each number is divided by it
 * and rounded to the nearest integer, ties to even.
 */
public final class Activations {
  /**
   * Adding and subtracting it rounds a float of magnitude below 2²² to an integer, ties to even.
   */
  private static final float ROUND = 0x1.8p23f;

  /** Below this the quotient 127 / max could overflow; such a block counts as zero. */
  private static final float TINY = 0x1p-100f;

  private static final int RUN = QuantPlane.COLUMNS;

  /** One form of the activations. */
  static final class Form {
    float[] x = {};
    float[] scale = {};
    float[] sum = {};

    private void reserve(int tokens, int cols) {
      if (x.length < tokens * cols) {
        x = new float[tokens * cols];
      }
      int runs = tokens * Math.ceilDiv(cols, RUN);
      if (scale.length < runs) {
        scale = new float[runs];
        sum = new float[runs];
      }
    }
  }

  final Form direct = new Form();
  final Form quantized = new Form();
  int[] pairs = {};
  int[] integerSums = {};
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
    if (tokens <= 0 || cols <= 0 || (long) tokens * cols > Integer.MAX_VALUE - 64) {
      throw new IllegalArgumentException("shape [%d, %d] is out of range".formatted(tokens, cols));
    }
    this.tokens = tokens;
    this.cols = cols;
    direct.reserve(tokens, cols);
  }

  /**
   * The numbers, row-major.
   *
   * @return the array to write into; {@code values()[t · cols + k]}
   */
  public float[] values() {
    return direct.x;
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
   * Reserves what {@link #prepare} writes; call it once after {@link #reset}, before threads
   * prepare.
   *
   * @param eightBit whether the 8-bit form is wanted
   * @throws IllegalArgumentException when the 8-bit form is wanted and the columns are not a
   *     multiple of 32
   */
  public void reserve(boolean eightBit) {
    if (eightBit) {
      if (cols % RUN != 0) {
        throw new IllegalArgumentException(
            "8-bit activations need a multiple of 32 columns, not " + cols);
      }
      quantized.reserve(tokens, cols);
      if (pairs.length < tokens * cols / 2) {
        pairs = new int[tokens * cols / 2];
      }
      if (integerSums.length < tokens * cols / RUN) {
        integerSums = new int[tokens * cols / RUN];
      }
    }
  }

  /**
   * Prepares tokens for products; {@link #reserve} comes first.
   *
   * @param eightBit whether to make the 8-bit form, as {@link PackedMatrix#quantizesActivations}
   *     asks for, or the full-precision one
   * @param from first token
   * @param to end token
   */
  public void prepare(boolean eightBit, int from, int to) {
    Objects.checkFromToIndex(from, to, tokens);
    for (int t = from; t < to; t++) {
      if (eightBit) {
        quantize(t);
      } else {
        sum(t);
      }
    }
  }

  private void sum(int token) {
    int runs = Math.ceilDiv(cols, RUN);
    Arrays.fill(direct.scale, token * runs, (token + 1) * runs, 1f);
    for (int run = 0; run < runs; run++) {
      int at = token * cols + run * RUN;
      float sum = 0;
      for (int k = 0; k < Math.min(RUN, cols - run * RUN); k++) {
        sum += direct.x[at + k];
      }
      direct.sum[token * runs + run] = sum;
    }
  }

  private void quantize(int token) {
    int runs = cols / RUN;
    float[] x = direct.x;
    float[] q = quantized.x;
    for (int run = 0; run < runs; run++) {
      int at = token * cols + run * RUN;
      float max = 0;
      for (int k = at; k < at + RUN; k++) {
        max = Math.max(max, Math.abs(x[k]));
      }
      float scale = max < TINY ? 0 : max / 127;
      float inverse = max < TINY ? 0 : 127 / max;
      int sum = 0;
      for (int k = at; k < at + RUN; k++) {
        float rounded = (x[k] * inverse + ROUND) - ROUND;
        q[k] = rounded;
        sum += (int) rounded;
      }
      int index = token * runs + run;
      quantized.scale[index] = scale;
      quantized.sum[index] = scale * sum;
      integerSums[index] = sum;
      pair(q, at, at / 2);
    }
  }

  private void pair(float[] q, int at, int to) {
    for (int pair = 0; pair < QuantPlane.PAIRS; pair++) {
      int low = at + QuantPlane.column(pair);
      pairs[to + pair] = ((int) q[low] & 0xffff) | ((int) q[low + 2] << 16);
    }
  }
}
