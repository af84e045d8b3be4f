package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * A format whose super-blocks of 256 numbers are points of a {@link Codebook}: {@code x = d · unit
 * · s · level}, with d in F16 for the super-block, s a small odd integer for a run of 16 or 32
 * numbers, and one of a few levels for each number.
 *
 * <p>Decoding is exact: d, s and a level have 11, 5 and 6 bits, and unit is a power of two.
 */
public abstract sealed class CodebookFormat implements RowDecoder, SuperBlockReader
    permits Iq1Format, Iq2Format, Iq3Format {
  /** Numbers of a super-block. */
  public static final int SUPER_BLOCK = 256;

  private final int blockBytes;
  private final int runColumns;
  private final float unit;
  private final byte[] levels;

  CodebookFormat(int blockBytes, int runColumns, float unit, byte... levels) {
    this.blockBytes = blockBytes;
    this.runColumns = runColumns;
    this.unit = unit;
    this.levels = levels;
  }

  /**
   * Numbers that share s.
   *
   * @return 16 or 32
   */
  public final int runColumns() {
    return runColumns;
  }

  /**
   * What the products of d and s are multiplied by.
   *
   * @return a power of two
   */
  public final float unit() {
    return unit;
  }

  /**
   * The levels by code.
   *
   * @return a copy: 8 levels or 16
   */
  public final byte[] levels() {
    return levels.clone();
  }

  @Override
  public final void decode(
      MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
    byte[] codes = new byte[SUPER_BLOCK];
    byte[] scales = new byte[SUPER_BLOCK / runColumns];
    for (int b = 0; b < blocks; b++) {
      long block = srcOffset + (long) b * blockBytes;
      int out = dstOffset + b * SUPER_BLOCK;
      float d = Float.float16ToFloat(read(src, block, codes, scales)) * unit;
      for (int j = 0; j < SUPER_BLOCK; j++) {
        dst[out + j] = d * scales[j / runColumns] * levels[codes[j]];
      }
    }
  }
}
