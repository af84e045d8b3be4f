package dev.nomoat.model.source;

/**
 * Numbers of 4 bits with powers of two as scales: OCP microscaling FP4. Doubled, they are integers
 * of 5 bits with half the scale.
 */
public final class Mxfp4 {
  private static final byte[] DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  private static final int BIAS = 127;

  private Mxfp4() {}

  /**
   * A number.
   *
   * @param code its 4 bits, others are ignored
   * @return twice the number
   */
  public static byte doubled(int code) {
    return DOUBLED[code & 15];
  }

  /**
   * The scale of doubled numbers.
   *
   * @param exponent the byte that stands for it, of which 8 bits count
   * @return half of what the numbers are multiplied by; NaN for 255
   */
  public static float halfScale(int exponent) {
    int e = exponent & 255;
    return e == 255 ? Float.NaN : (float) Math.scalb(1.0, e - BIAS - 1);
  }
}
