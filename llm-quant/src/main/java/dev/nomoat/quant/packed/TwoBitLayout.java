package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import dev.nomoat.quant.format.EightBytes;
import java.lang.foreign.MemorySegment;

/**
 * Q2_K. A panel is a super-block. Behind its integers stand {@code [64]} F16 scales, {@code [64]}
 * F16 minima, and {@code [16][64]} bytes, each with the factor of a run's scale in its low and that
 * of its minimum in its high half, as in the file.
 */
public final class TwoBitLayout extends IntegerLayout {
  private static final int BITS = 2;
  private static final int COLUMNS = BitPanel.WIDTH;
  private static final int RUNS = 16;
  private static final int SCALES_BYTES = (4 + RUNS) * GROUP;

  TwoBitLayout(int cols) {
    super(TensorType.Q2_K, cols, BITS, COLUMNS / RUNS, BitPanel.centre(BITS), true);
  }

  /**
   * Where the scales of a column's super-block begin; the minima follow them.
   *
   * @param offset where the group begins, in bytes
   * @param column a column
   * @return bytes from the start of the packed memory
   */
  public long scales(long offset, int column) {
    return scalesOfPanel(offset, column);
  }

  /**
   * Where the factors of some columns begin, {@code [run][64]} bytes.
   *
   * @param offset where the group begins, in bytes
   * @param column first column, a multiple of 16
   * @return bytes from the start of the packed memory
   */
  public long factors(long offset, int column) {
    int run = column % COLUMNS / runColumns();
    return scales(offset, column) + (4L + run) * GROUP;
  }

  @Override
  int panelBytes(int columns) {
    return columns == 0 ? 0 : BitPanel.bytes(BITS, columns) + SCALES_BYTES;
  }

  @Override
  public int pack(byte[] source, int rows, MemorySegment target, long offset) {
    return packBlocks(source, rows, target, offset, 2, RUNS, this::packBlock);
  }

  @Override
  long shortLine(long offset, int column, int line) {
    return scales(offset, column) + 2L * GROUP * line;
  }

  @Override
  long byteLine(long offset, int column, int line) {
    return factors(offset, column) + (long) GROUP * line;
  }

  private boolean packBlock(byte[] source, int from, StripTile tile, int row) {
    short scale = RowBytes.i16(source, from + 80);
    short min = RowBytes.i16(source, from + 82);
    tile.putShort(0, row, scale);
    tile.putShort(1, row, min);
    for (int run = 0; run < RUNS; run++) {
      tile.putByte(run, row, source[from + run]);
      int at = from + 16 + 32 * (run / 8) + 16 * (run % 2);
      int shift = 2 * (run / 2 % 4);
      tile.put(
          16 * run,
          row,
          EightBytes.pairs(EightBytes.get(source, at), shift),
          EightBytes.pairs(EightBytes.get(source, at + 8), shift));
    }
    return finiteHalf(scale) && finiteHalf(min);
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
      float m = -Float.float16ToFloat(packed.get(SHORT, block + 2L * (GROUP + row)));
      long factor = factors(offset, from) + row;
      for (int i = 0; i < runs; i++) {
        int both = packed.get(BYTE, factor + (long) i * GROUP) & 0xff;
        scale[i * GROUP + row] = d * (both & 15);
        min[i * GROUP + row] = m * (both >>> 4);
      }
    }
  }
}
