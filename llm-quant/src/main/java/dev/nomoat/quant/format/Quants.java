package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/** What encoders and decoders share. */
public final class Quants {

  /** What F16 rounds to infinity. */
  private static final float FIRST_INFINITE_HALF = 65520;

  /** The sign of a float, and all bits of infinity. */
  private static final int SIGN = 0x8000_0000;

  private static final int INFINITE = 0x7f80_0000;

  private static final int ALMOST_HALF = Float.floatToRawIntBits(Math.nextDown(0.5f));

  private Quants() {}

  /** A nibble with bit {@code element} of {@code fifthBits} put above it: 0 … 31. */
  static int withFifthBit(int nibble, int fifthBits, int element) {
    return nibble | (((fifthBits >>> element) & 1) << 4);
  }

  /** Eight signs of the lowest seven bits: the eighth makes the number of ones even. */
  static int evenSigns(int bits) {
    int seven = bits & 127;
    return seven | ((Integer.bitCount(seven) & 1) << 7);
  }

  /** The odd factor that the lowest bits of a scale stand for: 2s + 1. */
  static byte odd(int s) {
    return (byte) (2 * s + 1);
  }

  /**
   * {@code round(x) + zero} as ggml's reference does it, by cutting off {@code x + zero + 0.5}, and
   * no more than {@code max}: a tie goes up, and the sum is rounded to float before it is cut.
   */
  static int round(float x, int zero, int max) {
    return Math.min(max, (int) (x + (zero + 0.5f)));
  }

  /**
   * {@code 1 / d}, or 0 if that is not finite. Such a d is 0 or so small that it is 0 in F16: the
   * block decodes to its minimum or to zeros whatever its quants are, and ggml leaves them
   * undefined.
   *
   * @param d a scale
   * @return its inverse
   */
  public static float inverse(float d) {
    float inverse = 1 / d;
    return Float.isInfinite(inverse) ? 0 : inverse;
  }

  /** Stores a scale or minimum as F16, rounded to nearest even. */
  static void putScale(MemorySegment dst, long offset, float scale, int firstElement) {
    checkScale(scale, firstElement);
    dst.set(Bytes.SHORT, offset, Float.floatToFloat16(scale));
  }

  /**
   * Refuses a scale or minimum that is too large for F16.
   *
   * @param scale what is to be stored
   * @param firstElement where its block is in the array of numbers
   * @throws IllegalArgumentException if F16 would make it infinite
   */
  public static void checkScale(float scale, int firstElement) {
    if (Math.abs(scale) >= FIRST_INFINITE_HALF) {
      throw new IllegalArgumentException(
          "scale %s of the block at element %d does not fit F16".formatted(scale, firstElement));
    }
  }

  /**
   * The element at {@code index}, which must be finite.
   *
   * @param src numbers
   * @param index which one
   * @return the number
   * @throws IllegalArgumentException if it is infinite or not a number
   */
  public static float finite(float[] src, int index) {
    float x = src[index];
    if (!Float.isFinite(x)) {
      throw new IllegalArgumentException(
          "element %d is %s: only finite numbers can be quantised".formatted(index, x));
    }
    return x;
  }

  /** The element of largest magnitude with its sign; of equals, the first decides the sign. */
  static float largestMagnitude(float[] src, int offset, int count) {
    // bits of positive numbers are in the order of the numbers, those of negative ones below 0
    int highest = 0;
    int lowest = 0;
    for (int j = offset; j < offset + count; j++) {
      int bits = Float.floatToRawIntBits(src[j]);
      highest = Math.max(highest, bits);
      lowest = Math.max(lowest, bits ^ SIGN);
    }
    if (Math.max(highest, lowest) >= INFINITE) {
      for (int j = offset; j < offset + count; j++) {
        finite(src, j);
      }
    }
    if (highest != lowest) {
      return highest > lowest ? Float.intBitsToFloat(highest) : -Float.intBitsToFloat(lowest);
    }
    int first = offset;
    while (Math.abs(src[first]) != Float.intBitsToFloat(highest)) {
      first++;
    }
    return highest == 0 ? 0 : src[first];
  }

  /** The nearest integer, ties away from zero, of a magnitude below 2²³. */
  static int roundAway(float x) {
    // cut off after a half with the sign of x; of a half less a bit, since 0.5 would lift the
    // number before 0.5 to 1, while ties still become whole in the sum's own rounding
    int sign = Float.floatToRawIntBits(x) & SIGN;
    return (int) (x + Float.intBitsToFloat(sign | ALMOST_HALF));
  }
}
