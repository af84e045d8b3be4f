package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * Formats with one scale for 32 signed numbers: {@code x = d·q}, d in F16.
 *
 * <p>Bytes of a block; a nibble {@code qs[j]} holds element j in its low and element j + 16 in its
 * high half, and bit j of {@code qh} is the fifth bit of element j:
 *
 * <pre>
 *   Q8_0, 34 bytes   d: 2   qs: 32 × int8                q = qs
 *   Q8_1, 36 bytes   d: 2   sum: 2   qs: 32 × int8       q = qs
 *   Q4_0, 18 bytes   d: 2   qs: 16 bytes of nibbles      q = nibble - 8
 *   Q5_0, 22 bytes   d: 2   qh: 4   qs: 16               q = (nibble | bit &lt;&lt; 4) - 16
 * </pre>
 *
 * <p>Q8_1 is a format of activations: its F16 sum, d times that of all q, is not needed to decode
 * it.
 *
 * <p>Decoding is exact: a product of an 11-bit and an up to 8-bit integer fits a float.
 *
 * <p>Encoding follows ggml's {@code quantize_row_*_ref} to the bit. The scale is rounded to F16
 * only when it is stored: quants are computed with the unrounded one.
 */
public final class SymmetricFormats {

  private static final int BLOCK = 32;
  private static final int HALF = BLOCK / 2;

  private static final int Q8_0_BYTES = 34;
  private static final int Q8_1_BYTES = 36;
  private static final int Q4_0_BYTES = 18;
  private static final int Q5_0_BYTES = 22;

  private SymmetricFormats() {}

  /**
   * Decodes Q8_0. Parameters as in {@link RowDecoder}.
   *
   * @param src the blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many blocks
   */
  public static void decodeQ8_0(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    decodeBytes(src, srcOffset, Q8_0_BYTES, dst, dstOffset, blocks);
  }

  /**
   * Decodes Q8_1. Parameters as in {@link RowDecoder}.
   *
   * @param src the blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many blocks
   */
  public static void decodeQ8_1(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    decodeBytes(src, srcOffset, Q8_1_BYTES, dst, dstOffset, blocks);
  }

  private static void decodeBytes(
      MemorySegment src, long srcOffset, int blockBytes, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * blockBytes;
      long qs = block + blockBytes - BLOCK;
      int out = dstOffset + b * BLOCK;
      float d = Bytes.half(src, block);
      for (int j = 0; j < BLOCK; j++) {
        dst[out + j] = d * Bytes.s8(src, qs + j);
      }
    }
  }

  /**
   * Decodes Q4_0. Parameters as in {@link RowDecoder}.
   *
   * @param src the blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many blocks
   */
  public static void decodeQ4_0(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * Q4_0_BYTES;
      int out = dstOffset + b * BLOCK;
      float d = Bytes.half(src, block);
      for (int j = 0; j < HALF; j++) {
        int nibbles = Bytes.u8(src, block + 2 + j);
        dst[out + j] = d * ((nibbles & 0xF) - 8);
        dst[out + j + HALF] = d * ((nibbles >>> 4) - 8);
      }
    }
  }

  /**
   * Decodes Q5_0. Parameters as in {@link RowDecoder}.
   *
   * @param src the blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many blocks
   */
  public static void decodeQ5_0(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * Q5_0_BYTES;
      int out = dstOffset + b * BLOCK;
      float d = Bytes.half(src, block);
      int fifthBits = Bytes.i32(src, block + 2);
      for (int j = 0; j < HALF; j++) {
        int nibbles = Bytes.u8(src, block + 6 + j);
        dst[out + j] = d * (Quants.withFifthBit(nibbles & 0xF, fifthBits, j) - 16);
        dst[out + j + HALF] = d * (Quants.withFifthBit(nibbles >>> 4, fifthBits, j + HALF) - 16);
      }
    }
  }

  /**
   * Encodes Q8_0: {@code d = max|x| / 127}, quants rounded to nearest, ties away from zero.
   * Parameters as in {@link RowEncoder}.
   *
   * @param src the numbers
   * @param srcOffset in numbers
   * @param dst receives the blocks
   * @param dstOffset in bytes
   * @param blocks how many blocks
   * @throws IllegalArgumentException if a number is not finite or a scale does not fit F16
   */
  public static void encodeQ8_0(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      int in = srcOffset + b * BLOCK;
      long block = dstOffset + (long) b * Q8_0_BYTES;
      float d = Math.abs(Quants.largestMagnitude(src, in, BLOCK)) / 127;
      float inverse = Quants.inverse(d);
      Quants.putScale(dst, block, d, in);
      for (int j = 0; j < BLOCK; j++) {
        Bytes.put8(dst, block + 2 + j, Quants.roundAway(src[in + j] * inverse));
      }
    }
  }

  /**
   * Encodes Q4_0: the number of largest magnitude gets q = -8, whatever its sign. Parameters as in
   * {@link RowEncoder}.
   *
   * @param src the numbers
   * @param srcOffset in numbers
   * @param dst receives the blocks
   * @param dstOffset in bytes
   * @param blocks how many blocks
   * @throws IllegalArgumentException if a number is not finite or a scale does not fit F16
   */
  public static void encodeQ4_0(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      int in = srcOffset + b * BLOCK;
      long block = dstOffset + (long) b * Q4_0_BYTES;
      float d = Quants.largestMagnitude(src, in, BLOCK) / -8;
      float inverse = Quants.inverse(d);
      Quants.putScale(dst, block, d, in);
      for (int j = 0; j < HALF; j++) {
        int low = Quants.round(src[in + j] * inverse, 8, 15);
        int high = Quants.round(src[in + j + HALF] * inverse, 8, 15);
        Bytes.put8(dst, block + 2 + j, low | (high << 4));
      }
    }
  }

  /**
   * Encodes Q5_0: the number of largest magnitude gets q = -16, whatever its sign. Parameters as in
   * {@link RowEncoder}.
   *
   * @param src the numbers
   * @param srcOffset in numbers
   * @param dst receives the blocks
   * @param dstOffset in bytes
   * @param blocks how many blocks
   * @throws IllegalArgumentException if a number is not finite or a scale does not fit F16
   */
  public static void encodeQ5_0(
      float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      int in = srcOffset + b * BLOCK;
      long block = dstOffset + (long) b * Q5_0_BYTES;
      float d = Quants.largestMagnitude(src, in, BLOCK) / -16;
      float inverse = Quants.inverse(d);
      Quants.putScale(dst, block, d, in);
      int fifthBits = 0;
      for (int j = 0; j < HALF; j++) {
        int low = Quants.round(src[in + j] * inverse, 16, 31);
        int high = Quants.round(src[in + j + HALF] * inverse, 16, 31);
        Bytes.put8(dst, block + 6 + j, (low & 0xF) | ((high & 0xF) << 4));
        fifthBits |= ((low >>> 4) << j) | ((high >>> 4) << (j + HALF));
      }
      Bytes.put32(dst, block + 2, fifthBits);
    }
  }
}
