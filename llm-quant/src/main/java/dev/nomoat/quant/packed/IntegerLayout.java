package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * Types whose weights are {@code scale · q + minimum} with integers q out of so few that products
 * with 8-bit activations stay exact in 16-bit lanes. A group is a sequence of panels of {@link
 * BitPanel#WIDTH} columns, the last one narrower: a {@link BitPanel}, then its scales. Scale and
 * minimum hold for a run of {@link #runColumns()} columns.
 *
 * <p>What is stored is q plus {@link #zero()}, or q's place in a {@link #table()}.
 */
public abstract sealed class IntegerLayout extends PackedLayout
    permits BlockLayout, MicroscalingLayout, RunScaleLayout, SuperBlockLayout, TwoBitLayout {
  /** What is added to the integers of a {@link #table()}, so that none is negative. */
  public static final int BIAS = 128;

  /** Bytes of the widest vector: so often is a table repeated. */
  private static final int TABLE_BYTES = 64;

  /** Largest magnitude of an 8-bit activation. */
  private static final int MOST = 127;

  private final int bits;
  private final int runColumns;
  private final int zero;
  private final boolean minimum;
  private final byte[] table;
  private final int partColumns;
  private final FactorForm form;

  /**
   * Makes a layout.
   *
   * @param zero what is stored for 0, unless there is a table
   * @param table the integers by what is stored for them; empty for none
   */
  IntegerLayout(
      TensorType type,
      int cols,
      int bits,
      int runColumns,
      int zero,
      boolean minimum,
      byte... table) {
    super(type, cols);
    this.bits = bits;
    this.runColumns = runColumns;
    this.zero = zero;
    this.minimum = minimum;
    this.table = new byte[table.length == 0 ? 0 : TABLE_BYTES];
    for (int i = 0; i < this.table.length; i++) {
      this.table[i] = (byte) (table[i % table.length] + BIAS);
    }
    int largest = Math.max(zero, (1 << bits) - 1 - zero);
    if (hasTable()) {
      largest = 0;
      for (byte q : table) {
        largest = Math.max(largest, Math.abs(q));
      }
    }
    this.partColumns = partColumns(largest, runColumns);
    this.form = FactorForm.of(bits, hasTable(), isSplit());
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
   * What is stored for q = 0 where there is no table.
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
   * Whether the integers are so large that activations are split: into their lowest four bits, −8
   * to 7, and 16 times the rest, −8 to 8. Then the sum of each of these over a run fits 16 bits.
   *
   * @return true when sums with whole activations would not
   */
  public final boolean isSplit() {
    return partColumns == 0;
  }

  /**
   * Raw sums of a run: of as many parts of its columns, or of both parts of its activations.
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
   * @return 4 where activations are split, else 0
   */
  public final int secondShift() {
    return isSplit() ? 4 : 0;
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

  /** Bytes of a panel with its scales. */
  abstract int panelBytes(int columns);

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
    int blockBytes = type().blockBytes();
    int blocks = cols() / blockColumns;
    StripTile tile = new StripTile(bits, blockColumns, shortLines, byteLines);
    int bad = GROUP;
    for (int firstRow = 0; firstRow < GROUP; firstRow += BitPanel.STRIP) {
      int end = Math.clamp(rows - firstRow, 0, BitPanel.STRIP);
      if (end < BitPanel.STRIP) {
        clear(tile);
      }
      for (int b = 0; b < blocks; b++) {
        for (int row = 0; row < end; row++) {
          int from = ((firstRow + row) * blocks + b) * blockBytes;
          if (!packer.pack(source, from, tile, row)) {
            bad = Math.min(bad, firstRow + row);
          }
        }
        int column = b * blockColumns;
        int first = column % BitPanel.WIDTH;
        tile.writeWords(target, panel(offset, column), panelColumns(column), first, firstRow);
        for (int i = 0; i < shortLines; i++) {
          tile.writeShorts(i, target, shortLine(offset, column, i) + 2L * firstRow);
        }
        for (int i = 0; i < byteLines; i++) {
          tile.writeBytes(i, target, byteLine(offset, column, i) + firstRow);
        }
      }
    }
    return bad == GROUP ? -1 : bad;
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
    int stored = BitPanel.get(bits, packed, panel, columns, column % BitPanel.WIDTH, row);
    return hasTable() ? (table[stored] & 0xff) - BIAS : stored - zero;
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
