package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import dev.nomoat.quant.format.EightBytes;
import java.lang.foreign.MemorySegment;

/**
 * Q4_K, Q5_K and Q6_K. A panel is a super-block.
 *
 * <p>Behind the integers of Q4_K and Q5_K stand {@code [64]} F16 scales, {@code [64]} F16 minima,
 * {@code [8][64]} bytes of sub-scales, {@code [8][64]} bytes of sub-minima. The file packs
 * sub-scales into 6 bits; here they take a byte each, which costs 4 bytes in 144 and saves the
 * kernels the unpacking. Behind those of Q6_K stand {@code [64]} F16 scales, {@code [16][64]}
 * signed bytes of sub-scales.
 */
public final class SuperBlockLayout extends IntegerLayout {
  private static final int COLUMNS = BitPanel.WIDTH;
  private static final int RUNS = COLUMNS / RUN;

  SuperBlockLayout(TensorType type, int cols) {
    super(
        type,
        cols,
        bits(type),
        type == TensorType.Q6_K ? 16 : RUN,
        BitPanel.centre(bits(type)),
        type != TensorType.Q6_K);
  }

  private static int bits(TensorType type) {
    return switch (type) {
      case Q4_K -> 4;
      case Q5_K -> 5;
      default -> 6;
    };
  }

  /**
   * Where the scales of a column's super-block begin; the minima, if any, follow them.
   *
   * @param offset where the group begins, in bytes
   * @param column a column
   * @return bytes from the start of the packed memory
   */
  public long scales(long offset, int column) {
    return scalesOfPanel(offset, column);
  }

  /**
   * Where the sub-scales of some columns begin, {@code [run][64]} bytes; the sub-minima, if any,
   * stand 8 · 64 bytes behind them.
   *
   * @param offset where the group begins, in bytes
   * @param column first column, a multiple of 32
   * @return bytes from the start of the packed memory
   */
  public long subScales(long offset, int column) {
    int run = column % COLUMNS / runColumns();
    return scales(offset, column) + subScaleOffset() + (long) run * GROUP;
  }

  private int subScaleOffset() {
    return hasMinimum() ? 4 * GROUP : 2 * GROUP;
  }

  @Override
  int panelBytes(int columns) {
    return columns == 0 ? 0 : BitPanel.bytes(bits(), columns) + subScaleOffset() + 16 * GROUP;
  }

  @Override
  public int pack(byte[] source, int rows, MemorySegment target, long offset) {
    return hasMinimum()
        ? packBlocks(source, rows, target, offset, 2, 2 * RUNS, this::packWithMinimum)
        : packBlocks(source, rows, target, offset, 1, 2 * RUNS, this::packSix);
  }

  @Override
  long shortLine(long offset, int column, int line) {
    return scales(offset, column) + 2L * GROUP * line;
  }

  @Override
  long byteLine(long offset, int column, int line) {
    return subScales(offset, column) + (long) GROUP * line;
  }

  private boolean packWithMinimum(byte[] source, int from, StripTile tile, int row) {
    short scale = RowBytes.i16(source, from);
    short min = RowBytes.i16(source, from + 2);
    tile.putShort(0, row, scale);
    tile.putShort(1, row, min);
    for (int i = 0; i < RUNS; i++) {
      tile.putByte(i, row, (byte) subScale(source, from + 4, i));
      tile.putByte(RUNS + i, row, (byte) subMinimum(source, from + 4, i));
    }
    int quants = from + 16 + (bits() == 5 ? 32 : 0);
    for (int k = 0; k < COLUMNS; k += 16) {
      int run = k / RUN;
      int at = quants + 32 * (run / 2) + k % RUN;
      long first = nibbles(EightBytes.get(source, at), run % 2);
      long second = nibbles(EightBytes.get(source, at + 8), run % 2);
      if (bits() == 5) {
        first |= EightBytes.ones(EightBytes.get(source, from + 16 + k % RUN), run) << 4;
        second |= EightBytes.ones(EightBytes.get(source, from + 24 + k % RUN), run) << 4;
      }
      tile.put(k, row, first, second);
    }
    return finiteHalf(scale) && finiteHalf(min);
  }

  private boolean packSix(byte[] source, int from, StripTile tile, int row) {
    short scale = RowBytes.i16(source, from + 208);
    tile.putShort(0, row, scale);
    for (int i = 0; i < 2 * RUNS; i++) {
      tile.putByte(i, row, source[from + 192 + i]);
    }
    for (int k = 0; k < COLUMNS; k += 16) {
      int half = k / 128;
      int part = k / RUN % 4;
      int low = from + 64 * half + 32 * (part % 2) + k % RUN;
      int high = from + 128 + 32 * half + k % RUN;
      tile.put(
          k,
          row,
          six(EightBytes.get(source, low), EightBytes.get(source, high), part),
          six(EightBytes.get(source, low + 8), EightBytes.get(source, high + 8), part));
    }
    return finiteHalf(scale);
  }

  private static long nibbles(long bytes, int half) {
    return half == 0 ? EightBytes.lowNibbles(bytes) : EightBytes.highNibbles(bytes);
  }

  /** Eight integers of Q6_K, of which four parts share the bytes of the upper bits. */
  private static long six(long low, long high, int part) {
    return nibbles(low, part / 2) | EightBytes.pairs(high, 2 * part) << 4;
  }

  /** The j-th of eight 6-bit scales in the 12 bytes that Q4_K and Q5_K share. */
  private static int subScale(byte[] source, int at, int j) {
    if (j < 4) {
      return source[at + j] & 63;
    }
    return (source[at + j + 4] & 15) | (((source[at + j - 4] >>> 6) & 3) << 4);
  }

  private static int subMinimum(byte[] source, int at, int j) {
    if (j < 4) {
      return source[at + j + 4] & 63;
    }
    return ((source[at + j + 4] >>> 4) & 15) | (((source[at + j] >>> 6) & 3) << 4);
  }

  @Override
  public void readScales(
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int firstRow,
      int endRow,
      float[] scale,
      float[] min) {
    long block = scales(offset, from);
    int runs = (to - from) / runColumns();
    for (int row = firstRow; row < endRow; row++) {
      float d = Float.float16ToFloat(packed.get(SHORT, block + 2L * row));
      long sub = subScales(offset, from) + row;
      for (int i = 0; i < runs; i++) {
        scale[i * GROUP + row] = d * packed.get(BYTE, sub + (long) i * GROUP);
      }
      if (hasMinimum()) {
        float m = -Float.float16ToFloat(packed.get(SHORT, block + 2L * (GROUP + row)));
        for (int i = 0; i < runs; i++) {
          min[i * GROUP + row] = m * packed.get(BYTE, sub + (long) (RUNS + i) * GROUP);
        }
      }
    }
  }
}
