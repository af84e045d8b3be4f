package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * Formats with a scale and a minimum for 32 unsigned numbers: {@code x = d·q + m}, both in F16.
 *
 * <p>Bytes of a block; a nibble {@code qs[j]} holds element j in its low and element j + 16 in its
 * high half, and bit j of {@code qh} is the fifth bit of element j:
 *
 * <pre>
 *   Q4_1, 20 bytes   d: 2   m: 2           qs: 16 bytes of nibbles   q = nibble
 *   Q5_1, 24 bytes   d: 2   m: 2   qh: 4   qs: 16                    q = nibble | bit &lt;&lt; 4
 * </pre>
 *
 * <p>Decoding rounds once: {@code d·q} is exact (11 bits by 5), the sum is rounded.
 *
 * <p>Encoding follows ggml's {@code quantize_row_*_ref} to the bit. Scale and minimum are rounded
 * to F16 only when they are stored: quants are computed with the unrounded ones.
 */
public final class AffineFormats {

  private static final int BLOCK = 32;
  private static final int HALF = BLOCK / 2;

  private static final int Q4_1_BYTES = 20;
  private static final int Q5_1_BYTES = 24;

  private AffineFormats() {}

  /**
   * Decodes Q4_1. Parameters as in {@link RowDecoder}.
   *
   * @param src the blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many blocks
   */
  public static void decodeQ4_1(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * Q4_1_BYTES;
      int out = dstOffset + b * BLOCK;
      float d = Bytes.half(src, block);
      float m = Bytes.half(src, block + 2);
      for (int j = 0; j < HALF; j++) {
        int nibbles = Bytes.u8(src, block + 4 + j);
        dst[out + j] = d * (nibbles & 0xF) + m;
        dst[out + j + HALF] = d * (nibbles >>> 4) + m;
      }
    }
  }

  /**
   * Decodes Q5_1. Parameters as in {@link RowDecoder}.
   *
   * @param src the blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many blocks
   */
  public static void decodeQ5_1(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * Q5_1_BYTES;
      int out = dstOffset + b * BLOCK;
      float d = Bytes.half(src, block);
      float m = Bytes.half(src, block + 2);
      int fifthBits = Bytes.i32(src, block + 4);
      for (int j = 0; j < HALF; j++) {
        int nibbles = Bytes.u8(src, block + 8 + j);
        dst[out + j] = d * Quants.withFifthBit(nibbles & 0xF, fifthBits, j) + m;
        dst[out + j + HALF] = d * Quants.withFifthBit(nibbles >>> 4, fifthBits, j + HALF) + m;
      }
    }
  }

  /**
   * Encodes Q4_1: the smallest number gets q = 0, the largest q = 15. Parameters as in {@link
   * RowEncoder}.
   *
   * @param src the numbers
   * @param srcOffset in numbers
   * @param dst receives the blocks
   * @param dstOffset in bytes
   * @param blocks how many blocks
   * @throws IllegalArgumentException if a number is not finite, or a scale or minimum does not fit
   *     F16
   */
  public static void encodeQ4_1(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      int in = srcOffset + b * BLOCK;
      long block = dstOffset + (long) b * Q4_1_BYTES;
      float min = min(src, in);
      float d = (max(src, in) - min) / 15;
      float inverse = Quants.inverse(d);
      Quants.putScale(dst, block, d, in);
      Quants.putScale(dst, block + 2, min, in);
      for (int j = 0; j < HALF; j++) {
        int low = Quants.round((src[in + j] - min) * inverse, 0, 15);
        int high = Quants.round((src[in + j + HALF] - min) * inverse, 0, 15);
        Bytes.put8(dst, block + 4 + j, low | (high << 4));
      }
    }
  }

  /**
   * Encodes Q5_1: the smallest number gets q = 0, the largest q = 31. Parameters as in {@link
   * RowEncoder}.
   *
   * @param src the numbers
   * @param srcOffset in numbers
   * @param dst receives the blocks
   * @param dstOffset in bytes
   * @param blocks how many blocks
   * @throws IllegalArgumentException if a number is not finite, or a scale or minimum does not fit
   *     F16
   */
  public static void encodeQ5_1(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      int in = srcOffset + b * BLOCK;
      long block = dstOffset + (long) b * Q5_1_BYTES;
      float min = min(src, in);
      float d = (max(src, in) - min) / 31;
      float inverse = Quants.inverse(d);
      Quants.putScale(dst, block, d, in);
      Quants.putScale(dst, block + 2, min, in);
      int fifthBits = 0;
      for (int j = 0; j < HALF; j++) {
        int low = Quants.round((src[in + j] - min) * inverse, 0, 31);
        int high = Quants.round((src[in + j + HALF] - min) * inverse, 0, 31);
        Bytes.put8(dst, block + 8 + j, (low & 0xF) | ((high & 0xF) << 4));
        fifthBits |= ((low >>> 4) << j) | ((high >>> 4) << (j + HALF));
      }
      Bytes.put32(dst, block + 4, fifthBits);
    }
  }

  // Comparisons instead of Math.min and Math.max: of 0.0 and -0.0 the first in the block counts,
  // and
  // its sign is stored.

  private static float min(float[] src, int offset) {
    float min = Quants.finite(src, offset);
    for (int j = 1; j < BLOCK; j++) {
      float x = Quants.finite(src, offset + j);
      if (x < min) {
        min = x;
      }
    }
    return min;
  }

  private static float max(float[] src, int offset) {
    float max = src[offset];
    for (int j = 1; j < BLOCK; j++) {
      if (src[offset + j] > max) {
        max = src[offset + j];
      }
    }
    return max;
  }
}
