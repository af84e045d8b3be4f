package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * Super-blocks of 256 numbers, cut into sub-blocks with scales of their own that are multiples of
 * the super-block's F16 scale.
 *
 * <pre>
 *   Q2_K,  84 bytes   scales: 16   qs: 64   d: 2   dmin: 2             x = d·sc·q - dmin·m
 *   Q3_K, 110 bytes   qh: 32   qs: 64   scales: 12   d: 2              x = d·(sc - 32)·(q - 4)
 *   Q4_K, 144 bytes   d: 2   dmin: 2   scales: 12            qs: 128    x = d·sc·q - dmin·m
 *   Q5_K, 176 bytes   d: 2   dmin: 2   scales: 12   qh: 32   qs: 128    x = d·sc·q - dmin·m
 *   Q6_K, 210 bytes   ql: 128   qh: 64   scales: 16 × int8   d: 2       x = d·sc·(q - 32)
 *   Q8_K, 292 bytes   d: 4   qs: 256 × int8   sums: 32                 x = d·q
 * </pre>
 *
 * <p>Q2_K has 16 sub-blocks of 16, each with a byte of sc in its low and m in its high half; Q3_K
 * 16 of 16 with 6-bit sc; Q4_K and Q5_K 8 of 32 with 6-bit sc and m; Q6_K 16 of 16. Q8_K is a
 * format of activations, with an F32 scale and 16-bit sums of 16 numbers each, which decoding does
 * not need.
 *
 * <p>Decoding rounds once in Q2_K, Q4_K and Q5_K and is exact in Q3_K and Q6_K: {@code d·sc} takes
 * 11 + 6 (Q6_K: 11 + 7) bits, times q at most 5 more, and so fits a float, as does {@code dmin·m};
 * only the difference of the two is rounded. In Q8_K the product is rounded.
 */
public final class KFormats {

  private static final int SUPER_BLOCK = 256;

  private static final int Q2_K_BYTES = 84;
  private static final int Q3_K_BYTES = 110;
  private static final int Q4_K_BYTES = 144;
  private static final int Q5_K_BYTES = 176;
  private static final int Q6_K_BYTES = 210;
  private static final int Q8_K_BYTES = 292;

  /** Where the packed 6-bit scales and minima start in Q4_K and Q5_K. */
  private static final int SCALES = 4;

  private KFormats() {}

  /**
   * Decodes Q2_K. Parameters as in {@link RowDecoder}.
   *
   * <p>Each half of a super-block, 128 numbers, has 32 bytes of {@code qs}; its quarter k, 32
   * numbers, takes bits 2k and 2k + 1 of them.
   *
   * @param src the super-blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many super-blocks
   */
  public static void decodeQ2_K(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * Q2_K_BYTES;
      int out = dstOffset + b * SUPER_BLOCK;
      float d = Bytes.half(src, block + 80);
      float dmin = Bytes.half(src, block + 82);
      for (int sub = 0; sub < 16; sub++) {
        int both = Bytes.u8(src, block + sub);
        float scale = d * (both & 0xF);
        float min = dmin * (both >>> 4);
        for (int j = 0; j < 16; j++) {
          dst[out + sub * 16 + j] = scale * twoBits(src, block + 16, sub * 16 + j) - min;
        }
      }
    }
  }

  /**
   * Decodes Q3_K. Parameters as in {@link RowDecoder}.
   *
   * <p>Two bits of q as in Q2_K; bit s of {@code qh[j]} is the third bit of element j of the s-th
   * 32 numbers.
   *
   * @param src the super-blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many super-blocks
   */
  public static void decodeQ3_K(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * Q3_K_BYTES;
      int out = dstOffset + b * SUPER_BLOCK;
      float d = Bytes.half(src, block + 108);
      for (int j = 0; j < SUPER_BLOCK; j++) {
        dst[out + j] = d * scaleQ3_K(src, block, j / 16) * (quantQ3_K(src, block, j) - 4);
      }
    }
  }

  /** Element j of the two-bit numbers of a super-block of Q2_K or Q3_K. */
  private static int twoBits(MemorySegment src, long qs, int j) {
    return (Bytes.u8(src, qs + j / 128 * 32L + j % 32) >>> (j / 32 % 4 * 2)) & 3;
  }

  /**
   * Takes a super-block of Q3_K apart: q of each number, sc - 32 of each sub-block. Parameters as
   * in {@link SuperBlockReader}.
   *
   * @param src the super-blocks
   * @param block in bytes
   * @param codes receives 256 numbers
   * @param scales receives 16
   * @return d
   */
  public static short readQ3_K(MemorySegment src, long block, byte[] codes, byte[] scales) {
    for (int j = 0; j < SUPER_BLOCK; j += 8) {
      long twoBits = Bytes.i64(src, block + 32 + j / 128 * 32L + j % 32);
      long thirdBits = EightBytes.ones(Bytes.i64(src, block + j % 32), j / 32);
      EightBytes.put(codes, j, EightBytes.pairs(twoBits, j / 32 % 4 * 2) | (thirdBits << 2));
    }
    for (int sub = 0; sub < 16; sub++) {
      scales[sub] = (byte) scaleQ3_K(src, block, sub);
    }
    return src.get(Bytes.SHORT, block + 108);
  }

  private static int quantQ3_K(MemorySegment src, long block, int j) {
    int thirdBit = (Bytes.u8(src, block + j % 32) >>> (j / 32)) & 1;
    return twoBits(src, block + 32, j) | (thirdBit << 2);
  }

  /**
   * {@code sc - 32} of a sub-block of Q3_K: four bits of the 16 are in the nibbles of eight bytes,
   * the low ones first, and two in four bytes, in byte i for sub-blocks i, i + 4, i + 8 and i + 12.
   */
  private static int scaleQ3_K(MemorySegment src, long block, int sub) {
    long scales = block + 96;
    int lower = (Bytes.u8(src, scales + sub % 8) >>> (sub / 8 * 4)) & 0xF;
    int upper = (Bytes.u8(src, scales + 8 + sub % 4) >>> (sub / 4 * 2)) & 3;
    return (lower | (upper << 4)) - 32;
  }

  /**
   * Decodes Q4_K. Parameters as in {@link RowDecoder}.
   *
   * <p>The 32 bytes g of {@code qs} hold sub-block 2g in their low and 2g + 1 in their high
   * nibbles.
   *
   * @param src the super-blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many super-blocks
   */
  public static void decodeQ4_K(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * Q4_K_BYTES;
      int out = dstOffset + b * SUPER_BLOCK;
      float d = Bytes.half(src, block);
      float dmin = Bytes.half(src, block + 2);
      for (int sub = 0; sub < 8; sub++) {
        float scale = d * scale(src, block + SCALES, sub);
        float min = dmin * min(src, block + SCALES, sub);
        long qs = block + 16 + sub / 2 * 32L;
        int shift = sub % 2 * 4;
        for (int j = 0; j < 32; j++) {
          int q = (Bytes.u8(src, qs + j) >>> shift) & 0xF;
          dst[out + sub * 32 + j] = scale * q - min;
        }
      }
    }
  }

  /**
   * Decodes Q5_K. Parameters as in {@link RowDecoder}.
   *
   * <p>Nibbles as in Q4_K; bit s of {@code qh[j]} is the fifth bit of element j of sub-block s.
   *
   * @param src the super-blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many super-blocks
   */
  public static void decodeQ5_K(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * Q5_K_BYTES;
      int out = dstOffset + b * SUPER_BLOCK;
      float d = Bytes.half(src, block);
      float dmin = Bytes.half(src, block + 2);
      long qh = block + 16;
      for (int sub = 0; sub < 8; sub++) {
        float scale = d * scale(src, block + SCALES, sub);
        float min = dmin * min(src, block + SCALES, sub);
        long qs = block + 48 + sub / 2 * 32L;
        int shift = sub % 2 * 4;
        for (int j = 0; j < 32; j++) {
          int nibble = (Bytes.u8(src, qs + j) >>> shift) & 0xF;
          int fifthBit = (Bytes.u8(src, qh + j) >>> sub) & 1;
          dst[out + sub * 32 + j] = scale * (nibble | (fifthBit << 4)) - min;
        }
      }
    }
  }

  /**
   * Decodes Q6_K. Parameters as in {@link RowDecoder}.
   *
   * <p>Each half of a super-block, 128 numbers, has 64 bytes of {@code ql} and 32 of {@code qh}.
   * Its quarter k, 32 numbers, takes the low (k &lt; 2) or high nibbles of the even (k = 0, 2) or
   * odd 32 bytes of {@code ql}, and bits 2k and 2k + 1 of {@code qh}.
   *
   * @param src the super-blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many super-blocks
   */
  public static void decodeQ6_K(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * Q6_K_BYTES;
      int out = dstOffset + b * SUPER_BLOCK;
      float d = Bytes.half(src, block + 208);
      for (int quarter = 0; quarter < 8; quarter++) {
        int half = quarter / 4;
        int k = quarter % 4;
        long ql = block + half * 64L + k % 2 * 32L;
        long qh = block + 128 + half * 32L;
        for (int j = 0; j < 32; j++) {
          float scale = d * Bytes.s8(src, block + 192 + quarter * 2L + j / 16);
          int nibble = (Bytes.u8(src, ql + j) >>> (k / 2 * 4)) & 0xF;
          int upperBits = (Bytes.u8(src, qh + j) >>> (2 * k)) & 3;
          dst[out + quarter * 32 + j] = scale * ((nibble | (upperBits << 4)) - 32);
        }
      }
    }
  }

  /**
   * Decodes Q8_K. Parameters as in {@link RowDecoder}.
   *
   * @param src the super-blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many super-blocks
   */
  public static void decodeQ8_K(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * Q8_K_BYTES;
      float d = src.get(Bytes.FLOAT, block);
      for (int j = 0; j < SUPER_BLOCK; j++) {
        dst[dstOffset + b * SUPER_BLOCK + j] = d * Bytes.s8(src, block + 4 + j);
      }
    }
  }

  // The 12 bytes of 6-bit scales sc and minima m in Q4_K and Q5_K, high bits left:
  //   bytes 0-3:   sc[i+4] bits 5-4, sc[i] bits 5-0
  //   bytes 4-7:   m[i+4] bits 5-4, m[i] bits 5-0
  //   bytes 8-11:  m[i+4] bits 3-0, sc[i+4] bits 3-0

  private static int scale(MemorySegment src, long scales, int sub) {
    return sub < 4
        ? Bytes.u8(src, scales + sub) & 63
        : (Bytes.u8(src, scales + sub + 4) & 0xF) | ((Bytes.u8(src, scales + sub - 4) >>> 6) << 4);
  }

  private static int min(MemorySegment src, long scales, int sub) {
    return sub < 4
        ? Bytes.u8(src, scales + sub + 4) & 63
        : (Bytes.u8(src, scales + sub + 4) >>> 4) | ((Bytes.u8(src, scales + sub) >>> 6) << 4);
  }
}
