package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import dev.nomoat.quant.format.CodebookFormat;
import dev.nomoat.quant.format.SuperBlockReader;
import java.lang.foreign.MemorySegment;

/**
 * Types with super-blocks of 256 numbers {@code d · unit · s · q}, with s a small integer for each
 * run and unit a power of two: Q3_K, IQ4_XS, the ternary ones and those with a codebook, of whose
 * points the coordinates are stored. A panel is a super-block.
 *
 * <p>Behind its integers stand {@code [64]} F16 scales d, then {@code [runs][64]} signed bytes s.
 */
public final class RunScaleLayout extends IntegerLayout {
  private static final int COLUMNS = BitPanel.WIDTH;

  private final SuperBlockReader reader;
  private final float unit;

  /** Integers that are stored plus a number. */
  RunScaleLayout(
      TensorType type, int cols, int bits, int runColumns, int zero, SuperBlockReader reader) {
    super(type, cols, bits, runColumns, zero, false);
    this.reader = reader;
    this.unit = 1;
  }

  /** Integers that are looked up. */
  RunScaleLayout(
      TensorType type,
      int cols,
      int bits,
      int runColumns,
      SuperBlockReader reader,
      float unit,
      byte... table) {
    super(type, cols, bits, runColumns, 0, false, table);
    this.reader = reader;
    this.unit = unit;
  }

  /** Coordinates of points. */
  RunScaleLayout(TensorType type, int cols, int bits, CodebookFormat format) {
    this(type, cols, bits, format.runColumns(), format, format.unit(), format.levels());
  }

  /**
   * What the products of the scales of super-blocks and runs are multiplied by.
   *
   * @return a power of two
   */
  public float unit() {
    return unit;
  }

  /**
   * Where the scales of a column's super-block begin.
   *
   * @param offset where the group begins, in bytes
   * @param column a column
   * @return bytes from the start of the packed memory
   */
  public long scales(long offset, int column) {
    return scalesOfPanel(offset, column);
  }

  /**
   * Where the scales of some runs begin, {@code [run][64]} signed bytes.
   *
   * @param offset where the group begins, in bytes
   * @param column first column, a multiple of 32
   * @return bytes from the start of the packed memory
   */
  public long runScales(long offset, int column) {
    int run = column % COLUMNS / runColumns();
    return scales(offset, column) + (2L + run) * GROUP;
  }

  @Override
  int panelBytes(int columns) {
    int scales = (2 + COLUMNS / runColumns()) * GROUP;
    return columns == 0 ? 0 : BitPanel.bytes(bits(), columns) + scales;
  }

  @Override
  public int pack(byte[] source, int rows, MemorySegment target, long offset) {
    MemorySegment blocks = MemorySegment.ofArray(source);
    byte[] codes = new byte[COLUMNS];
    byte[] runScales = new byte[COLUMNS / runColumns()];
    BlockPacker packer =
        (bytes, from, tile, row) -> {
          short scale = reader.read(blocks, from, codes, runScales);
          tile.putShort(0, row, scale);
          for (int run = 0; run < runScales.length; run++) {
            tile.putByte(run, row, runScales[run]);
          }
          for (int k = 0; k < COLUMNS; k += 16) {
            tile.put(k, row, RowBytes.i64(codes, k), RowBytes.i64(codes, k + 8));
          }
          return finiteHalf(scale);
        };
    return packBlocks(source, rows, target, offset, 1, runScales.length, packer);
  }

  @Override
  long shortLine(long offset, int column, int line) {
    return scales(offset, column);
  }

  @Override
  long byteLine(long offset, int column, int line) {
    return runScales(offset, column) + (long) GROUP * line;
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
      float d = Float.float16ToFloat(packed.get(SHORT, block + 2L * row)) * unit;
      long s = runScales(offset, from) + row;
      for (int i = 0; i < runs; i++) {
        scale[i * GROUP + row] = d * packed.get(BYTE, s + (long) i * GROUP);
      }
    }
  }
}
