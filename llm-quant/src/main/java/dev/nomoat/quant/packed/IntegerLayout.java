package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * Types whose weights are {@code scale · q + minimum} with integers q out of so few that products
 * with 8-bit activations stay exact in 16-bit lanes. A group is a sequence of panels of {@link
 * BitPanel#WIDTH} columns, the last one narrower: a {@link BitPanel} or {@link PairPanel}, then its
 * scales. Scale and minimum hold for a run of {@link #runColumns()} columns.
 *
 * <p>What is stored is the n of {@code q = n · 2^shift − zero}, see {@link #shift()} and {@link
 * #zero()}, to which two may be added for eight columns, see {@link RunScaleLayout#hasOffsets()};
 * or q's place in a {@link #table()}.
 */
public abstract sealed class IntegerLayout extends PackedLayout
    permits BlockLayout, MicroscalingLayout, RunScaleLayout, SuperBlockLayout, TwoBitLayout {
  /** What is added to the integers of a {@link #table()}, so that none is negative. */
  public static final int BIAS = 128;

  /** Bytes of the widest vector: so often is a table repeated. */
  private static final int TABLE_BYTES = 64;

  /** Largest magnitude of an 8-bit activation. */
  private static final int MOST = 127;

  /** Bits of a product that are in the first part of a split sum. */
  private static final int LOW_BITS = 8;

  private final int bits;
  private final int runColumns;
  private final int shift;
  private final int zero;
  private final boolean minimum;
  private final byte[] table;
  private final int partColumns;
  private final FactorForm form;

  /** Makes a layout of integers that are stored plus {@code zero}. */
  IntegerLayout(TensorType type, int cols, int bits, int runColumns, int zero, boolean minimum) {
    this(type, cols, bits, runColumns, 0, zero, Math.max(zero, (1 << bits) - 1 - zero), minimum);
  }

  /**
   * Makes a layout of integers that are looked up.
   *
   * @param table the integers by what is stored for them
   */
  IntegerLayout(TensorType type, int cols, int bits, int runColumns, byte[] table) {
    this(type, cols, bits, runColumns, 0, 0, largest(table), false, table);
  }

  /**
   * Makes a layout.
   *
   * @param largest the largest magnitude of an integer
   * @param table the integers by what is stored for them; empty for none
   */
  IntegerLayout(
      TensorType type,
      int cols,
      int bits,
      int runColumns,
      int shift,
      int zero,
      int largest,
      boolean minimum,
      byte... table) {
    super(type, cols);
    this.bits = bits;
    this.runColumns = runColumns;
    this.shift = shift;
    this.zero = zero;
    this.minimum = minimum;
    this.table = new byte[table.length == 0 ? 0 : TABLE_BYTES];
    for (int i = 0; i < this.table.length; i++) {
      this.table[i] = (byte) (table[i % table.length] + BIAS);
    }
    this.partColumns = partColumns(largest, runColumns);
    this.form =
        hasTable()
            ? FactorForm.ofCodes(bits, summedColumns(largest))
            : FactorForm.ofIntegers(bits, shift);
    if (bits > 2 && !hasTable() && !form.hasStarts(zero, partColumns)) {
      throw new IllegalStateException(type + " does not fit " + form);
    }
  }

  private static int largest(byte[] table) {
    int largest = 0;
    for (byte q : table) {
      largest = Math.max(largest, Math.abs(q));
    }
    return largest;
  }

  /** So many columns of those of a word that their sum fits 16 bits. */
  private static int summedColumns(int largest) {
    return largest * MOST * 4 <= Short.MAX_VALUE ? 4 : 2;
  }

  /** So many columns that their sum fits 16 bits, or 0 when that would be fewer than eight. */
  private static int partColumns(int largest, int runColumns) {
    for (int columns = runColumns; columns >= 8; columns /= 2) {
      if (largest * MOST * columns <= Short.MAX_VALUE) {
        return columns;
      }
    }
    return 0;
  }

  /**
   * Bits of a stored integer.
   *
   * @return 2 to 6
   */
  public final int bits() {
    return bits;
  }

  /**
   * The unit of what is stored, where there is no table.
   *
   * @return the exponent of a power of two: 0 for one
   */
  public final int shift() {
    return shift;
  }

  /**
   * What is taken off {@code n · 2^shift}, n being what is stored, where there is no table.
   *
   * @return the number
   */
  public final int zero() {
    return zero;
  }

  /**
   * Whether q is looked up in a {@link #table()}.
   *
   * @return true for the types whose integers are not evenly spaced
   */
  public final boolean hasTable() {
    return table.length > 0;
  }

  /**
   * Whether panels are {@link PairPanel}s instead of {@link BitPanel}s.
   *
   * @return true for codes of 3 bits
   */
  public final boolean hasPairs() {
    return hasTable() && bits == PairPanel.BITS;
  }

  /**
   * The integers by what is stored for them, plus {@link #BIAS}, again and again for as many bytes
   * as a vector may have. It must not be written.
   *
   * @return 64 bytes, or none without a table
   */
  public final byte[] table() {
    return table;
  }

  /**
   * Whether the weights have a minimum beside the scale. Then the scale counts for what is stored:
   * {@code scale · (q + zero) + minimum}.
   *
   * @return true for the types whose weights are {@code scale · q + minimum}
   */
  public final boolean hasMinimum() {
    return minimum;
  }

  /**
   * Columns that share a scale.
   *
   * @return 16 or 32
   */
  public final int runColumns() {
    return runColumns;
  }

  /**
   * Whether the integers are so large that not even the sum of eight columns fits 16 bits. Then
   * that of a run is kept in two parts: of the products, or of the sums of so few that they fit,
   * the low eight bits are added up, and the bits above.
   *
   * @return true for two parts of the bits instead of the columns
   */
  public final boolean isSplit() {
    return partColumns == 0;
  }

  /**
   * Raw sums of a run: of as many parts of its columns, or of both parts of its bits.
   *
   * @return 1 or 2
   */
  public final int parts() {
    return isSplit() ? 2 : runColumns / partColumns;
  }

  /**
   * Columns of a raw sum.
   *
   * @return 8, 16 or 32
   */
  public final int partColumns() {
    return isSplit() ? runColumns : partColumns;
  }

  /**
   * By how many bits the second of two raw sums is shifted to the left before it is added.
   *
   * @return 8 where sums are split, else 0
   */
  public final int secondShift() {
    return isSplit() ? LOW_BITS : 0;
  }

  /**
   * How activations are prepared for products straight from packed memory.
   *
   * @return their form, the same for layouts that can share it
   */
  public final FactorForm form() {
    return form;
  }

  /**
   * Columns of the panel that holds a column.
   *
   * @param column a column
   * @return {@link BitPanel#WIDTH}, or fewer in the last panel
   */
  public final int panelColumns(int column) {
    return Math.min(BitPanel.WIDTH, cols() - column / BitPanel.WIDTH * BitPanel.WIDTH);
  }

  /**
   * Where the panel of a column begins.
   *
   * @param offset where the group begins, in bytes
   * @param column a column
   * @return bytes from the start of the packed memory
   */
  public final long panel(long offset, int column) {
    return offset + (long) (column / BitPanel.WIDTH) * panelBytes(BitPanel.WIDTH);
  }

  /** Where the scales of the panel of a column begin. */
  final long scalesOfPanel(long offset, int column) {
    return panel(offset, column) + BitPanel.bytes(bits, panelColumns(column));
  }

  /**
   * Bytes of the scales, and what else belongs to them, behind the integers of the panel of a
   * column.
   *
   * @param column a column
   * @return a multiple of 64
   */
  public final int scaleBytes(int column) {
    int columns = panelColumns(column);
    return panelBytes(columns) - BitPanel.bytes(bits, columns);
  }

  /**
   * Where a group would have to begin for the scales of the panel of a column to begin at 0: for
   * {@link #readScales} out of a copy of them.
   *
   * @param column a column
   * @return a negative number of bytes
   */
  public final long offsetOfScales(int column) {
    return -scalesOfPanel(0, column);
  }

  /** Bytes of a panel with its scales. */
  abstract int panelBytes(int columns);

  @Override
  public final long offsetOf(int column) {
    return panel(0, column);
  }

  @Override
  public final long groupBytes() {
    long whole = (long) (cols() / BitPanel.WIDTH) * panelBytes(BitPanel.WIDTH);
    return whole + panelBytes(cols() % BitPanel.WIDTH);
  }

  /** Moves one block of one row to a tile. */
  @FunctionalInterface
  interface BlockPacker {
    /**
     * Moves it.
     *
     * @param source the rows as in a file
     * @param from where the block begins in them, in bytes
     * @param tile receives integers, scales and minima
     * @param row in the strip
     * @return false when a scale or minimum is not finite
     */
    boolean pack(byte[] source, int from, StripTile tile, int row);
  }

  /**
   * Packs a group block by block; other parameters and result as of {@link #pack}.
   *
   * @param shortLines lines of F16 numbers that belong to a block
   * @param byteLines lines of bytes that belong to a block
   */
  final int packBlocks(
      byte[] source,
      int rows,
      MemorySegment target,
      long offset,
      int shortLines,
      int byteLines,
      BlockPacker packer) {
    int blockColumns = type().blockElements();
    int blocks = cols() / blockColumns;
    StripTile tile = new StripTile(bits, blockColumns, shortLines, byteLines);
    int bad = GROUP;
    for (int firstRow = 0; firstRow < GROUP; firstRow += BitPanel.STRIP) {
      int end = Math.clamp(rows - firstRow, 0, BitPanel.STRIP);
      if (end < BitPanel.STRIP) {
        clear(tile);
      }
      for (int b = 0; b < blocks; b++) {
        bad = Math.min(bad, firstRow + packStrip(source, firstRow, end, b, packer, tile));
        writeStrip(tile, firstRow, b * blockColumns, target, offset);
      }
    }
    return bad == GROUP ? -1 : bad;
  }

  /**
   * Moves a block of each row of a strip to a tile. A method of its own, so that it is compiled as
   * one: a long loop around it would be compiled while it runs, again and again.
   *
   * @return the first row in the strip with a scale or minimum that is not finite, or {@link
   *     #GROUP}
   */
  private int packStrip(
      byte[] source, int firstRow, int rows, int block, BlockPacker packer, StripTile tile) {
    int blockBytes = type().blockBytes();
    int rowBytes = cols() / type().blockElements() * blockBytes;
    int bad = GROUP;
    for (int row = 0; row < rows; row++) {
      if (!packer.pack(source, (firstRow + row) * rowBytes + block * blockBytes, tile, row)) {
        bad = Math.min(bad, row);
      }
    }
    return bad;
  }

  /** Writes a tile, whose first column is given. */
  private void writeStrip(
      StripTile tile, int firstRow, int column, MemorySegment target, long offset) {
    int columns = panelColumns(column);
    int inPanel = column % BitPanel.WIDTH;
    tile.writeWords(target, panel(offset, column), columns, inPanel, firstRow, hasPairs());
    for (int i = 0; i < tile.shortLines(); i++) {
      tile.writeShorts(i, target, shortLine(offset, column, i) + 2L * firstRow);
    }
    for (int i = 0; i < tile.byteLines(); i++) {
      tile.writeBytes(i, target, byteLine(offset, column, i) + firstRow);
    }
  }

  /**
   * Where a line of 64 F16 numbers begins that belongs to a block.
   *
   * @param column the first column of the block
   */
  long shortLine(long offset, int column, int line) {
    throw new IllegalStateException(type() + " has no such lines");
  }

  /**
   * Where a line of 64 bytes begins that belongs to a block.
   *
   * @param column the first column of the block
   */
  long byteLine(long offset, int column, int line) {
    throw new IllegalStateException(type() + " has no such lines");
  }

  /** Makes a tile hold what stands for rows that there are not. */
  void clear(StripTile tile) {
    tile.clear();
  }

  /**
   * Reads the scales and minima of columns: {@code scale[i · 64 + row]} for the i-th run. Other
   * rows are left alone.
   *
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column, a multiple of 32
   * @param to end column, a multiple of 32; in the same panel
   * @param firstRow first row in the group
   * @param endRow end row in the group, at most {@link #GROUP}
   * @param scale receives the scales
   * @param min receives the minima; left alone when {@link #hasMinimum()} is false
   */
  public abstract void readScales(
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int firstRow,
      int endRow,
      float[] scale,
      float[] min);

  /**
   * Reads integers of one group: {@code target[(k - from) · 64 + row]} is q, which with a minimum
   * is what is stored less {@link #zero()}. Other rows are left alone.
   *
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column, a multiple of 32
   * @param to end column, a multiple of 32
   * @param firstRow first row in the group
   * @param endRow end row in the group, at most {@link #GROUP}
   * @param target receives the integers; {@code (to - from) · 64} long or longer
   */
  public final void readIntegers(
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int firstRow,
      int endRow,
      short[] target) {
    for (int k = from; k < to; k++) {
      for (int row = firstRow; row < endRow; row++) {
        target[(k - from) * GROUP + row] = (short) get(packed, offset, k, row);
      }
    }
  }

  /** The integer q of a column and row. */
  private int get(MemorySegment packed, long offset, int column, int row) {
    int columns = panelColumns(column);
    long panel = panel(offset, column);
    int inPanel = column % BitPanel.WIDTH;
    if (hasTable()) {
      int code =
          hasPairs()
              ? PairPanel.get(packed, panel, inPanel, row)
              : BitPanel.get(bits, packed, panel, columns, inPanel, row);
      return (table[code] & 0xff) - BIAS;
    }
    int stored = BitPanel.get(bits, packed, panel, columns, inPanel, row);
    return (stored << shift) - zero + offset(packed, offset, column, row);
  }

  /** What is added to the integers of eight columns of a row. */
  int offset(MemorySegment packed, long offset, int column, int row) {
    return 0;
  }

  @Override
  public final void readWeights(
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int firstRow,
      int endRow,
      float[] target,
      float[] scale,
      float[] min) {
    for (int k = from; k < to; k++) {
      if (k % RUN == 0) {
        readScales(packed, offset, k, k + RUN, firstRow, endRow, scale, min);
      }
      int run = k % RUN / runColumns * GROUP;
      for (int row = firstRow; row < endRow; row++) {
        int q = get(packed, offset, k, row);
        target[(k - from) * GROUP + row] =
            minimum ? Math.fma(scale[run + row], q + zero, min[run + row]) : scale[run + row] * q;
      }
    }
  }
}
