package dev.nomoat.quant.packed;

import static dev.nomoat.quant.format.EightBytes.apart;
import static dev.nomoat.quant.format.EightBytes.highNibbles;
import static dev.nomoat.quant.format.EightBytes.lowNibbles;

import dev.nomoat.quant.TensorType;
import dev.nomoat.quant.format.EightBytes;
import dev.nomoat.quant.format.LevelFormats;
import java.lang.foreign.MemorySegment;

/**
 * Q4_0, Q4_1, Q5_0, Q5_1 and IQ4_NL. Behind the integers of a panel stand {@code [runs][64]} F16
 * scales, then for Q4_1 and Q5_1 {@code [runs][64]} F16 minima.
 */
public final class BlockLayout extends IntegerLayout {
  BlockLayout(TensorType type, int cols) {
    super(
        type,
        cols,
        bits(type),
        RUN,
        BitPanel.centre(bits(type)),
        type == TensorType.Q4_1 || type == TensorType.Q5_1);
  }

  /** IQ4_NL: integers that are looked up. */
  BlockLayout(int cols) {
    super(TensorType.IQ4_NL, cols, 4, RUN, LevelFormats.levels());
  }

  private static int bits(TensorType type) {
    return type == TensorType.Q5_0 || type == TensorType.Q5_1 ? 5 : 4;
  }

  /**
   * Where the scales of some columns begin.
   *
   * @param offset where the group begins, in bytes
   * @param column first column, a multiple of 32
   * @return bytes from the start of the packed memory
   */
  public long scales(long offset, int column) {
    return scalesOfPanel(offset, column)
        + (long) (column % BitPanel.WIDTH / RUN) * Short.BYTES * GROUP;
  }

  /**
   * Where the minima of some columns begin.
   *
   * @param offset where the group begins, in bytes
   * @param column first column, a multiple of 32
   * @return bytes from the start of the packed memory
   */
  public long minima(long offset, int column) {
    return scales(offset, column) + (long) (panelColumns(column) / RUN) * Short.BYTES * GROUP;
  }

  @Override
  int panelBytes(int columns) {
    return columns / RUN * GROUP * type().blockBytes();
  }

  @Override
  public int pack(byte[] source, int rows, MemorySegment target, long offset) {
    return packBlocks(source, rows, target, offset, hasMinimum() ? 2 : 1, 0, this::packBlock);
  }

  @Override
  long shortLine(long offset, int column, int line) {
    return line == 0 ? scales(offset, column) : minima(offset, column);
  }

  /** Moves one block of one row; false when its scale or minimum is not finite. */
  private boolean packBlock(byte[] source, int from, StripTile tile, int row) {
    short scale = RowBytes.i16(source, from);
    tile.putShort(0, row, scale);
    boolean finite = finiteHalf(scale);
    int at = from + 2;
    if (hasMinimum()) {
      short min = RowBytes.i16(source, at);
      tile.putShort(1, row, min);
      finite &= finiteHalf(min);
      at += 2;
    }
    int upper = 0;
    if (bits() == 5) {
      upper = RowBytes.i32(source, at);
      at += 4;
    }
    long first = EightBytes.get(source, at);
    long second = EightBytes.get(source, at + 8);
    tile.put(
        0,
        row,
        lowNibbles(first) | apart(upper) << 4,
        lowNibbles(second) | apart(upper >>> 8) << 4);
    tile.put(
        16,
        row,
        highNibbles(first) | apart(upper >>> 16) << 4,
        highNibbles(second) | apart(upper >>> 24) << 4);
    return finite;
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
    for (int k = from, i = 0; k < to; k += RUN, i += GROUP) {
      long scales = scales(offset, k);
      long minima = minima(offset, k);
      for (int row = firstRow; row < endRow; row++) {
        scale[i + row] = Float.float16ToFloat(packed.get(SHORT, scales + 2L * row));
        if (hasMinimum()) {
          min[i + row] = Float.float16ToFloat(packed.get(SHORT, minima + 2L * row));
        }
      }
    }
  }
}
