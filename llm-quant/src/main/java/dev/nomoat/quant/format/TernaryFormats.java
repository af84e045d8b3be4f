package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Super-blocks of 256 numbers out of −1, 0 and 1 with one F16 scale: {@code x = d · (q - 1)}.
 *
 * <pre>
 *   TQ1_0, 54 bytes   qs: 48   qh: 4   d: 2
 *   TQ2_0, 66 bytes   qs: 64           d: 2
 * </pre>
 *
 * <p>A byte of TQ1_0 holds five q as the digits of a fraction: its value, less than 256/256, is
 * {@code ∑ q_n / 3^(n+1)}, rounded up. Element n · 32 + j of the first 160 is digit n of {@code
 * qs[j]}, element n · 16 + j of the next 80 that of {@code qs[32 + j]}, and element n · 4 + j of
 * the last 16 that of {@code qh[j]}, which has four digits.
 *
 * <p>A byte of TQ2_0 holds four q, the first one lowest: of the 32 bytes of each half, byte j holds
 * element n · 32 + j. Two bits may say 3, which counts as any other q.
 *
 * <p>Decoding is exact. Encoding follows ggml's {@code quantize_row_*_ref} to the bit: d is the
 * largest magnitude, and numbers are rounded, ties away from zero. That suits numbers that are
 * ternary already.
 */
public final class TernaryFormats {
  private static final int SUPER_BLOCK = 256;
  private static final int TQ1_0_BYTES = 54;
  private static final int TQ2_0_BYTES = 66;

  /** Values of five ternary digits. */
  private static final int DIGITS = 243;

  private TernaryFormats() {}

  /**
   * Decodes TQ1_0. Parameters as in {@link RowDecoder}.
   *
   * @param src the super-blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many super-blocks
   */
  public static void decodeTQ1_0(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * TQ1_0_BYTES;
      float d = Bytes.half(src, block + TQ1_0_BYTES - 2);
      for (int j = 0; j < SUPER_BLOCK; j++) {
        dst[dstOffset + b * SUPER_BLOCK + j] = d * (tq1(src, block, j) - 1);
      }
    }
  }

  /**
   * Decodes TQ2_0. Parameters as in {@link RowDecoder}.
   *
   * @param src the super-blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many super-blocks
   */
  public static void decodeTQ2_0(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * TQ2_0_BYTES;
      float d = Bytes.half(src, block + TQ2_0_BYTES - 2);
      for (int j = 0; j < SUPER_BLOCK; j++) {
        dst[dstOffset + b * SUPER_BLOCK + j] = d * (tq2(src, block, j) - 1);
      }
    }
  }

  /**
   * Encodes TQ1_0. Parameters as in {@link RowEncoder}.
   *
   * @param src the numbers
   * @param srcOffset in numbers
   * @param dst receives the super-blocks
   * @param dstOffset in bytes
   * @param blocks how many super-blocks
   * @throws IllegalArgumentException if a number is not finite or a scale does not fit F16
   */
  public static void encodeTQ1_0(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      int in = srcOffset + b * SUPER_BLOCK;
      long block = dstOffset + (long) b * TQ1_0_BYTES;
      float inverse = putScale(src, in, dst, block + TQ1_0_BYTES - 2);
      for (int j = 0; j < 32; j++) {
        Bytes.put8(dst, block + j, fraction(src, in + j, 32, 5, inverse));
      }
      for (int j = 0; j < 16; j++) {
        Bytes.put8(dst, block + 32 + j, fraction(src, in + 160 + j, 16, 5, inverse));
      }
      for (int j = 0; j < 4; j++) {
        Bytes.put8(dst, block + 48 + j, fraction(src, in + 240 + j, 4, 4, inverse));
      }
    }
  }

  /**
   * Encodes TQ2_0. Parameters as in {@link RowEncoder}.
   *
   * @param src the numbers
   * @param srcOffset in numbers
   * @param dst receives the super-blocks
   * @param dstOffset in bytes
   * @param blocks how many super-blocks
   * @throws IllegalArgumentException if a number is not finite or a scale does not fit F16
   */
  public static void encodeTQ2_0(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      int in = srcOffset + b * SUPER_BLOCK;
      long block = dstOffset + (long) b * TQ2_0_BYTES;
      float inverse = putScale(src, in, dst, block + TQ2_0_BYTES - 2);
      for (int j = 0; j < 64; j++) {
        int first = in + j / 32 * 128 + j % 32;
        int bits = 0;
        for (int n = 0; n < 4; n++) {
          bits |= q(src[first + n * 32], inverse) << (2 * n);
        }
        Bytes.put8(dst, block + j, bits);
      }
    }
  }

  /** Writes the scale of a super-block and returns its inverse. */
  private static float putScale(float[] src, int in, MemorySegment dst, long at) {
    float d = Math.abs(Quants.largestMagnitude(src, in, SUPER_BLOCK));
    Quants.putScale(dst, at, d, in);
    return Quants.inverse(d);
  }

  private static int q(float x, float inverse) {
    return Quants.roundAway(x * inverse) + 1;
  }

  /** The byte whose first digits are those of {@code count} numbers. */
  private static int fraction(float[] src, int first, int step, int count, float inverse) {
    int value = 0;
    for (int n = 0; n < 5; n++) {
      value = 3 * value + (n < count ? q(src[first + n * step], inverse) : 0);
    }
    return (value * 256 + DIGITS - 1) / DIGITS;
  }

  /**
   * Takes a super-block of TQ1_0 apart: q of each number, and 1 as the scale of each run.
   * Parameters as in {@link SuperBlockReader}.
   *
   * @param src the super-blocks
   * @param block in bytes
   * @param codes receives 256 numbers
   * @param scales receives ones
   * @return d
   */
  public static short readTQ1_0(MemorySegment src, long block, byte[] codes, byte[] scales) {
    for (int j = 0; j < SUPER_BLOCK; j++) {
      codes[j] = (byte) tq1(src, block, j);
    }
    Arrays.fill(scales, (byte) 1);
    return src.get(Bytes.SHORT, block + TQ1_0_BYTES - 2);
  }

  /**
   * Takes a super-block of TQ2_0 apart: q of each number, and 1 as the scale of each run.
   * Parameters as in {@link SuperBlockReader}.
   *
   * @param src the super-blocks
   * @param block in bytes
   * @param codes receives 256 numbers
   * @param scales receives ones
   * @return d
   */
  public static short readTQ2_0(MemorySegment src, long block, byte[] codes, byte[] scales) {
    for (int j = 0; j < SUPER_BLOCK; j += 8) {
      long bytes = Bytes.i64(src, block + j / 128 * 32L + j % 32);
      EightBytes.put(codes, j, EightBytes.pairs(bytes, j / 32 % 4 * 2));
    }
    Arrays.fill(scales, (byte) 1);
    return src.get(Bytes.SHORT, block + TQ2_0_BYTES - 2);
  }

  /** q of an element of a super-block of TQ1_0: 0, 1 or 2. */
  private static int tq1(MemorySegment src, long block, int element) {
    if (element < 160) {
      return digit(Bytes.u8(src, block + element % 32), element / 32);
    }
    if (element < 240) {
      return digit(Bytes.u8(src, block + 32 + element % 16), (element - 160) / 16);
    }
    return digit(Bytes.u8(src, block + 48 + element % 4), (element - 240) / 4);
  }

  /** q of an element of a super-block of TQ2_0: 0, 1 or 2; 3 where the bits say so. */
  private static int tq2(MemorySegment src, long block, int element) {
    long at = block + element / 128 * 32L + element % 32;
    return (Bytes.u8(src, at) >>> (2 * (element / 32 % 4))) & 3;
  }

  /** The n-th ternary digit after the point of a byte that is a fraction. */
  private static int digit(int fraction, int n) {
    int shifted = fraction;
    for (int i = 0; i < n; i++) {
      shifted = (shifted * 3) & 0xFF;
    }
    return (shifted * 3) >>> 8;
  }
}
