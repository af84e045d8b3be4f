package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
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
        type == TensorType.Q4_1 || type == TensorType.Q5_1,
        type == TensorType.IQ4_NL ? LevelFormats.levels() : new byte[0]);
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
  public int pack(MemorySegment source, int rows, MemorySegment target, long offset) {
    return packBlocks(source, rows, target, offset, this::packBlock);
  }

  /** Moves one block of one row; false when its scale or minimum is not finite. */
  private boolean packBlock(
      MemorySegment source, long from, MemorySegment target, long offset, int column, int row) {
    short scale = source.get(SHORT, from);
    target.set(SHORT, scales(offset, column) + 2L * row, scale);
    boolean finite = finiteHalf(scale);
    long at = from + 2;
    if (hasMinimum()) {
      short min = source.get(SHORT, at);
      target.set(SHORT, minima(offset, column) + 2L * row, min);
      finite &= finiteHalf(min);
      at += 2;
    }
    int upper = 0;
    if (bits() == 5) {
      upper = source.get(INT, at);
      at += 4;
    }
    long low = nibbles(source, at, LOW_NIBBLES);
    long high = nibbles(source, at, ~LOW_NIBBLES);
    long panel = panel(offset, column);
    int columns = panelColumns(column);
    int first = column % BitPanel.WIDTH;
    BitPanel.put16(bits(), target, panel, columns, first, row, low, upper & 0xffff);
    BitPanel.put16(bits(), target, panel, columns, first + 16, row, high, upper >>> 16);
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
