package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * Encodes Q4_K: for each sub-block of 32 numbers, looks for the scale and minimum whose multiples
 * are nearest to the numbers, large numbers counting more; then rounds scales and minima to 6 bits
 * and the numbers to what those leave.
 *
 * <p>Given which multiple each number takes, the best scale and minimum are those of a weighted
 * straight line through the numbers. So some scales around the plain one are tried, and after each
 * the line is drawn.
 */
public final class Q4KEncoder {
  private static final int SUPER_BLOCK = 256;
  private static final int SUB = 32;
  private static final int SUBS = SUPER_BLOCK / SUB;
  private static final int BYTES = 144;
  private static final int MOST = 15;
  private static final int MOST_SCALE = 63;

  /** Scales that are tried: those that make 14 to 17 steps of a sub-block's range. */
  private static final int TRIES = 16;

  private static final float FIRST_STEPS = 14;
  private static final float STEP = 0.2f;

  // of a sub-block
  private final float[] weights = new float[SUB];
  private final float[] products = new float[SUB]; // of weights and numbers
  private final float[] above = new float[SUB]; // numbers, from the lowest
  private float weight; // sum
  private float weighted; // sum of products

  private final float[] scales = new float[SUBS];
  private final float[] mins = new float[SUBS]; // subtracted, so 0 or more
  private final int[] scaleBits = new int[SUBS];
  private final int[] minBits = new int[SUBS];

  private Q4KEncoder() {}

  /**
   * Encodes Q4_K. Parameters as in {@link RowEncoder}.
   *
   * @param src the numbers
   * @param srcOffset in numbers
   * @param dst receives the super-blocks
   * @param dstOffset in bytes
   * @param blocks how many super-blocks
   * @throws IllegalArgumentException if a number is not finite or a scale does not fit F16
   */
  public static void encode(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
    var encoder = new Q4KEncoder();
    for (int b = 0; b < blocks; b++) {
      encoder.block(src, srcOffset + b * SUPER_BLOCK, dst, dstOffset + (long) b * BYTES);
    }
  }

  private void block(float[] x, int at, MemorySegment dst, long block) {
    for (int i = 0; i < SUPER_BLOCK; i++) {
      Quants.finite(x, at + i);
    }
    for (int sub = 0; sub < SUBS; sub++) {
      search(x, at + sub * SUB, sub);
    }
    float d = largest(scales) / MOST_SCALE;
    float dmin = largest(mins) / MOST_SCALE;
    Quants.putScale(dst, block, d, at);
    Quants.putScale(dst, block + 2, dmin, at);
    float inverse = Quants.inverse(d);
    float inverseMin = Quants.inverse(dmin);
    for (int sub = 0; sub < SUBS; sub++) {
      scaleBits[sub] = Math.min(MOST_SCALE, Math.round(scales[sub] * inverse));
      minBits[sub] = Math.min(MOST_SCALE, Math.round(mins[sub] * inverseMin));
    }
    putScales(dst, block + 4);
    // with what will be decoded
    float d16 = Bytes.half(dst, block);
    float dmin16 = Bytes.half(dst, block + 2);
    for (int pair = 0; pair < SUBS / 2; pair++) {
      for (int j = 0; j < SUB; j++) {
        int low = multiple(x, at, 2 * pair, j, d16, dmin16);
        int high = multiple(x, at, 2 * pair + 1, j, d16, dmin16);
        Bytes.put8(dst, block + 16 + (long) pair * SUB + j, low | (high << 4));
      }
    }
  }

  private int multiple(float[] x, int at, int sub, int j, float d, float dmin) {
    float number = x[at + sub * SUB + j] + dmin * minBits[sub];
    float q = number * Quants.inverse(d * scaleBits[sub]);
    return (int) Math.clamp(q + 0.5f, 0, MOST);
  }

  /** Finds the scale and the minimum of a sub-block. */
  private void search(float[] x, int at, int sub) {
    float low = 0;
    float high = x[at];
    float squares = 0;
    for (int i = 0; i < SUB; i++) {
      float number = x[at + i];
      low = Math.min(low, number);
      high = Math.max(high, number);
      squares += number * number;
    }
    scales[sub] = (high - low) / MOST;
    mins[sub] = -low;
    if (high == low) {
      return;
    }
    float usual = (float) Math.sqrt(squares / SUB);
    weight = 0;
    weighted = 0;
    for (int i = 0; i < SUB; i++) {
      float number = x[at + i];
      weights[i] = usual + Math.abs(number);
      products[i] = weights[i] * number;
      above[i] = number - low;
      weight += weights[i];
      weighted += products[i];
    }
    double most = 0;
    for (int i = 0; i < TRIES; i++) {
      most = line(sub, (FIRST_STEPS + i * STEP) / (high - low), most);
    }
  }

  /**
   * Draws a line through the numbers at the multiples that a scale gives them, and keeps it if it
   * explains most of them.
   *
   * @param inverse one by the scale
   * @param most what the best line explained: the numbers' weighted squares less the errors'
   * @return the same, this line considered
   */
  private double line(int sub, float inverse, double most) {
    float wq = 0;
    float wqq = 0;
    float wqx = 0;
    for (int i = 0; i < SUB; i++) {
      // rounds what is not negative
      float q = (int) Math.min(above[i] * inverse + 0.5f, MOST + 0.5f);
      wq += weights[i] * q;
      wqq += weights[i] * q * q;
      wqx += products[i] * q;
    }
    double determinant = (double) weight * wqq - (double) wq * wq;
    double scale = ((double) weight * wqx - (double) wq * weighted) / determinant;
    double min = ((double) wq * wqx - (double) wqq * weighted) / determinant;
    if (!(min > 0)) {
      min = 0;
      scale = (double) wqx / wqq;
    }
    double explained = scale * wqx - min * weighted;
    if (scale > 0 && explained > most) {
      scales[sub] = (float) scale;
      mins[sub] = (float) min;
      return explained;
    }
    return most;
  }

  private static float largest(float[] numbers) {
    float largest = 0;
    for (float number : numbers) {
      largest = Math.max(largest, number);
    }
    return largest;
  }

  /** The layout is in {@link KFormats}. */
  private void putScales(MemorySegment dst, long at) {
    for (int i = 0; i < SUBS / 2; i++) {
      int scale = scaleBits[i + 4];
      int min = minBits[i + 4];
      Bytes.put8(dst, at + i, scaleBits[i] | ((scale >> 4) << 6));
      Bytes.put8(dst, at + 4 + i, minBits[i] | ((min >> 4) << 6));
      Bytes.put8(dst, at + 8 + i, (scale & 15) | ((min & 15) << 4));
    }
  }
}
