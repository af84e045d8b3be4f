package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/** What encoders and decoders share. */
final class Quants {

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
   */
  static float inverse(float d) {
    float inverse = 1 / d;
    return Float.isInfinite(inverse) ? 0 : inverse;
  }

  /** Stores a scale or minimum as F16, rounded to nearest even. */
  static void putScale(MemorySegment dst, long offset, float scale, int firstElement) {
    short half = Float.floatToFloat16(scale);
    if (Float.isInfinite(Float.float16ToFloat(half))) {
      throw new IllegalArgumentException(
          "scale %s of the block at element %d does not fit F16".formatted(scale, firstElement));
    }
    dst.set(Bytes.SHORT, offset, half);
  }

  /** The element at {@code index}, which must be finite. */
  static float finite(float[] src, int index) {
    float x = src[index];
    if (!Float.isFinite(x)) {
      throw new IllegalArgumentException(
          "element %d is %s: only finite numbers can be quantised".formatted(index, x));
    }
    return x;
  }
}
