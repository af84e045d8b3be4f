package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * Formats of 4-bit codes for 16 levels that lie closer together near zero.
 *
 * <pre>
 *   IQ4_NL,  18 bytes   d: 2   qs: 16                                   x = d · level
 *   IQ4_XS, 136 bytes   d: 2   upper bits of s: 2   lower: 4   qs: 128  x = d · (s - 32) · level
 * </pre>
 *
 * <p>IQ4_NL has blocks of 32 numbers. IQ4_XS has super-blocks of 256, cut into 8 sub-blocks of 32
 * with a 6-bit s each: two bits in the two bytes, four in the four, the first sub-block lowest. A
 * nibble of the 16 bytes of a block or sub-block holds element j in its low and element j + 16 in
 * its high half.
 *
 * <p>Decoding is exact: d takes 11 bits, s 6 and a level 7.
 */
public final class LevelFormats {
  private static final byte[] LEVELS = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private static final int BLOCK = 32;
  private static final int HALF = BLOCK / 2;
  private static final int SUPER_BLOCK = 256;

  private static final int IQ4_NL_BYTES = 18;
  private static final int IQ4_XS_BYTES = 136;

  private LevelFormats() {}

  /**
   * The levels by code.
   *
   * @return a copy: 16 levels, ascending
   */
  public static byte[] levels() {
    return LEVELS.clone();
  }

  /**
   * Decodes IQ4_NL. Parameters as in {@link RowDecoder}.
   *
   * @param src the blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many blocks
   */
  public static void decodeIQ4_NL(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * IQ4_NL_BYTES;
      decode(src, block + 2, Bytes.half(src, block), dst, dstOffset + b * BLOCK);
    }
  }

  /**
   * Decodes IQ4_XS. Parameters as in {@link RowDecoder}.
   *
   * @param src the super-blocks
   * @param srcOffset in bytes
   * @param dst receives the numbers
   * @param dstOffset in numbers
   * @param blocks how many super-blocks
   */
  public static void decodeIQ4_XS(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * IQ4_XS_BYTES;
      int out = dstOffset + b * SUPER_BLOCK;
      float d = Bytes.half(src, block);
      for (int sub = 0; sub < SUPER_BLOCK / BLOCK; sub++) {
        float scale = d * subScale(src, block, sub);
        decode(src, block + 8 + (long) sub * HALF, scale, dst, out + sub * BLOCK);
      }
    }
  }

  /**
   * Takes a super-block of IQ4_XS apart: places among the levels, s - 32 of each sub-block.
   * Parameters as in {@link SuperBlockReader}.
   *
   * @param src the super-blocks
   * @param block in bytes
   * @param codes receives 256 numbers
   * @param scales receives 8
   * @return d
   */
  public static short readIQ4_XS(MemorySegment src, long block, byte[] codes, byte[] scales) {
    for (int sub = 0; sub < SUPER_BLOCK / BLOCK; sub++) {
      scales[sub] = (byte) subScale(src, block, sub);
      for (int j = 0; j < HALF; j += 8) {
        long nibbles = Bytes.i64(src, block + 8 + (long) sub * HALF + j);
        EightBytes.put(codes, sub * BLOCK + j, EightBytes.lowNibbles(nibbles));
        EightBytes.put(codes, sub * BLOCK + j + HALF, EightBytes.highNibbles(nibbles));
      }
    }
    return src.get(Bytes.SHORT, block);
  }

  private static int subScale(MemorySegment src, long block, int sub) {
    int upper = (Bytes.u16(src, block + 2) >>> (2 * sub)) & 3;
    int lower = Bytes.nibble(src, block + 4, sub);
    return (lower | (upper << 4)) - 32;
  }

  private static void decode(MemorySegment src, long qs, float scale, float[] dst, int out) {
    for (int j = 0; j < HALF; j++) {
      int nibbles = Bytes.u8(src, qs + j);
      dst[out + j] = scale * LEVELS[nibbles & 0xF];
      dst[out + j + HALF] = scale * LEVELS[nibbles >>> 4];
    }
  }
}
