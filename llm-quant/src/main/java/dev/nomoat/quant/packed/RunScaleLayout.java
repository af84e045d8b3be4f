package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import dev.nomoat.quant.format.CodebookFormat;
import dev.nomoat.quant.format.EightBytes;
import dev.nomoat.quant.format.SuperBlockReader;
import java.lang.foreign.MemorySegment;

/**
 * Types with super-blocks of 256 numbers {@code d · unit · s · q}, with s a small integer for each
 * run and unit a power of two: Q3_K, IQ4_XS, the ternary ones and those with a codebook, of whose
 * points the coordinates are stored. A panel is a super-block.
 *
 * <p>Behind its integers stand {@code [64]} F16 scales d, then {@code [runs][64]} signed bytes s.
 * Behind these, where there are offsets, stand {@code [2][64]} words of 16 bits, the first for the
 * first half of the columns: bit i of a word adds two to the integers of its i-th eight columns.
 */
public final class RunScaleLayout extends IntegerLayout {
  private static final int COLUMNS = BitPanel.WIDTH;

  /** Columns that share an offset. */
  private static final int EIGHT = 8;

  /** Columns whose offsets are in a word. */
  private static final int WORD_COLUMNS = EIGHT * Short.SIZE;

  private static final int OFFSET_BYTES = COLUMNS / WORD_COLUMNS * Short.BYTES * GROUP;

  private final SuperBlockReader reader;
  private final float unit;
  private final boolean offsets;

  /** Integers that are stored plus a number. */
  RunScaleLayout(
      TensorType type, int cols, int bits, int runColumns, int zero, SuperBlockReader reader) {
    super(type, cols, bits, runColumns, zero, false);
    this.reader = reader;
    this.unit = 1;
    this.offsets = false;
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
    super(type, cols, bits, runColumns, table);
    this.reader = reader;
    this.unit = unit;
    this.offsets = false;
  }

  /** Coordinates of points, looked up. */
  RunScaleLayout(TensorType type, int cols, int bits, CodebookFormat format) {
    this(type, cols, bits, format.runColumns(), format, format.unit(), format.levels());
  }

  /** Coordinates of points, from {@code -zero} to {@code zero}. */
  RunScaleLayout(
      TensorType type,
      int cols,
      int bits,
      int shift,
      int zero,
      boolean offsets,
      CodebookFormat format) {
    super(type, cols, bits, format.runColumns(), shift, zero, zero, false);
    this.reader = format;
    this.unit = format.unit();
    this.offsets = offsets;
  }

  /**
   * Whether two is added to the integers of some eight columns of a row.
   *
   * @return true for the types of 1 bit
   */
  public boolean hasOffsets() {
    return offsets;
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

  /**
   * Where the offsets of a column's super-block begin.
   *
   * @param offset where the group begins, in bytes
   * @param column a column
   * @return bytes from the start of the packed memory
   */
  public long offsets(long offset, int column) {
    return scales(offset, column) + scalesBytes();
  }

  private int scalesBytes() {
    return (2 + COLUMNS / runColumns()) * GROUP;
  }

  @Override
  int offset(MemorySegment packed, long offset, int column, int row) {
    if (!offsets) {
      return 0;
    }
    int bit = column % WORD_COLUMNS / EIGHT;
    return 2 * (packed.get(SHORT, offsetWord(offset, column, row)) >>> bit & 1);
  }

  private long offsetWord(long offset, int column, int row) {
    int word = column % COLUMNS / WORD_COLUMNS;
    return offsets(offset, column) + (long) (word * GROUP + row) * Short.BYTES;
  }

  @Override
  int panelBytes(int columns) {
    int bytes = BitPanel.bytes(bits(), columns) + scalesBytes() + (offsets ? OFFSET_BYTES : 0);
    return columns == 0 ? 0 : bytes;
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
            long first = EightBytes.get(codes, k);
            long second = EightBytes.get(codes, k + 8);
            if (hasPairs()) {
              tile.putWords(k, row, PairPanel.words(first, second));
            } else {
              tile.put(k, row, first, second);
            }
          }
          if (offsets) {
            putOffsets(codes, bits(), tile, row);
          }
          return finiteHalf(scale);
        };
    int shortLines = offsets ? 1 + COLUMNS / WORD_COLUMNS : 1;
    return packBlocks(source, rows, target, offset, shortLines, runScales.length, packer);
  }

  /**
   * Puts in the bit above the coordinate of the first of each eight codes, which is that of all.
   */
  private static void putOffsets(byte[] codes, int bits, StripTile tile, int row) {
    for (int first = 0; first < COLUMNS; first += WORD_COLUMNS) {
      int word = 0;
      for (int i = 0; i < Short.SIZE; i++) {
        word |= codes[first + EIGHT * i] >> bits << i;
      }
      tile.putShort(1 + first / WORD_COLUMNS, row, (short) word);
    }
  }

  @Override
  long shortLine(long offset, int column, int line) {
    return line == 0
        ? scales(offset, column)
        : offsets(offset, column) + (line - 1L) * Short.BYTES * GROUP;
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
