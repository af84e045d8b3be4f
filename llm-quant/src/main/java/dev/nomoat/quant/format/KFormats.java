package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * Super-blocks of 256 numbers, cut into sub-blocks with scales of their own that are multiples of
 * the super-block's F16 scale.
 *
 * <pre>
 *   Q4_K, 144 bytes   d: 2   dmin: 2   scales: 12            qs: 128    x = d·sc·q - dmin·m
 *   Q5_K, 176 bytes   d: 2   dmin: 2   scales: 12   qh: 32   qs: 128    x = d·sc·q - dmin·m
 *   Q6_K, 210 bytes   ql: 128   qh: 64   scales: 16 × int8   d: 2       x = d·sc·(q - 32)
 * </pre>
 *
 * <p>Q4_K and Q5_K have 8 sub-blocks of 32 with 6-bit sc and m; Q6_K has 16 sub-blocks of 16.
 *
 * <p>Decoding rounds once in Q4_K and Q5_K and is exact in Q6_K: {@code d·sc} takes 11 + 6 (Q6_K:
 * 11 + 7) bits, times q at most 5 more, and so fits a float, as does {@code dmin·m}; only the
 * difference of the two is rounded.
 */
public final class KFormats {

  private static final int SUPER_BLOCK = 256;

  private static final int Q4_K_BYTES = 144;
  private static final int Q5_K_BYTES = 176;
  private static final int Q6_K_BYTES = 210;

  /** Where the packed 6-bit scales and minima start in Q4_K and Q5_K. */
  private static final int SCALES = 4;

  private KFormats() {}

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
