package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * Types whose weights are {@code scale · q + minimum} with integers q of 4 to 6 bits, so few that
 * products with 8-bit activations stay exact in 16-bit lanes. A group is a sequence of panels of
 * {@link BitPanel#WIDTH} columns, the last one narrower: a {@link BitPanel}, then its scales. Scale
 * and minimum hold for a run of {@link #runColumns()} columns.
 */
public abstract sealed class IntegerLayout extends PackedLayout
    permits BlockLayout, SuperBlockLayout {
  /** The low nibbles of eight bytes; the high ones are those that it leaves out. */
  static final long LOW_NIBBLES = 0x0f0f0f0f0f0f0f0fL;

  private final int bits;
  private final boolean minimum;

  IntegerLayout(TensorType type, int cols, int bits, boolean minimum) {
    super(type, cols);
    this.bits = bits;
    this.minimum = minimum;
  }

  /**
   * Bits of a stored integer.
   *
   * @return 4, 5 or 6
   */
  public final int bits() {
    return bits;
  }

  /**
   * Whether the weights have a minimum beside the scale. Then q is the stored integer, without one
   * it is that less {@link BitPanel#centre}.
   *
   * @return true for the types whose weights are {@code scale · q + minimum}
   */
  public final boolean hasMinimum() {
    return minimum;
  }

  /**
   * Columns that share a scale.
   *
   * @return 16 for 6 bits, else 32
   */
  public final int runColumns() {
    return bits == 6 ? 16 : 32;
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

  /** The nibbles that a mask leaves of 16 bytes, side by side. */
  static long nibbles(MemorySegment source, long at, long mask) {
    long low = Long.compress(source.get(LONG, at), mask);
    return low | Long.compress(source.get(LONG, at + 8), mask) << 32;
  }

  /** Bytes of a panel with its scales. */
  abstract int panelBytes(int columns);

  @Override
  public final long groupBytes() {
    long whole = (long) (cols() / BitPanel.WIDTH) * panelBytes(BitPanel.WIDTH);
    return whole + panelBytes(cols() % BitPanel.WIDTH);
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
   * Reads integers of one group: {@code target[(k - from) · 64 + row]} is the stored integer less
   * {@link BitPanel#centre}. Other rows are left alone.
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
        int q = get(packed, offset, k, row);
        target[(k - from) * GROUP + row] = (short) (q - BitPanel.centre(bits));
      }
    }
  }

  private int get(MemorySegment packed, long offset, int column, int row) {
    int columns = panelColumns(column);
    return BitPanel.get(bits, packed, panel(offset, column), columns, column % BitPanel.WIDTH, row);
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
    int centre = minimum ? 0 : BitPanel.centre(bits);
    for (int k = from; k < to; k++) {
      if (k % RUN == 0) {
        readScales(packed, offset, k, k + RUN, firstRow, endRow, scale, min);
      }
      int run = k % RUN / runColumns() * GROUP;
      for (int row = firstRow; row < endRow; row++) {
        int q = get(packed, offset, k, row) - centre;
        target[(k - from) * GROUP + row] =
            minimum ? Math.fma(scale[run + row], q, min[row]) : scale[run + row] * q;
      }
    }
  }
}
