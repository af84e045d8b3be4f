package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * Types whose weights are {@code scale · q + minimum} with integers q of 4 to 6 bits, so few that
 * products with 8-bit activations stay exact in 16-bit lanes. The integers of 64 rows × 32 columns
 * are a {@link QuantPlane}; scale and minimum hold for a run of {@link #runColumns()} columns.
 */
public abstract sealed class IntegerLayout extends PackedLayout
    permits BlockLayout, SuperBlockLayout {
  private final int bits;
  private final boolean minimum;

  IntegerLayout(TensorType type, int bits, boolean minimum) {
    super(type);
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
   * it is that less {@link QuantPlane#centre}.
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
   * Where the plane of a column begins.
   *
   * @param offset where the group begins, in bytes
   * @param column a column
   * @return bytes from the start of the packed memory
   */
  public abstract long plane(long offset, int column);

  /**
   * From one plane to the next, inside a super-block if there are any.
   *
   * @return bytes
   */
  public abstract int planeStride();

  /**
   * Reads the scales and minima of columns: {@code scale[i · 64 + row]} for the i-th run. Other
   * rows are left alone.
   *
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column, a multiple of 32
   * @param to end column, a multiple of 32; in the same super-block if there are any
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
   * {@link QuantPlane#centre}. Other rows are left alone.
   *
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column, a multiple of 32
   * @param to end column, a multiple of 32; in the same super-block if there are any
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
      long plane = plane(offset, k);
      for (int row = firstRow; row < endRow; row++) {
        int q = QuantPlane.get(bits, packed, plane, k % QuantPlane.COLUMNS, row);
        target[(k - from) * GROUP + row] = (short) (q - QuantPlane.centre(bits));
      }
    }
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
    int centre = minimum ? 0 : QuantPlane.centre(bits);
    for (int k = from; k < to; k++) {
      int column = k % QuantPlane.COLUMNS;
      if (column == 0) {
        readScales(packed, offset, k, k + QuantPlane.COLUMNS, firstRow, endRow, scale, min);
      }
      long plane = plane(offset, k);
      int run = column / runColumns() * GROUP;
      for (int row = firstRow; row < endRow; row++) {
        int q = QuantPlane.get(bits, packed, plane, column, row) - centre;
        target[(k - from) * GROUP + row] =
            minimum ? Math.fma(scale[run + row], q, min[row]) : scale[run + row] * q;
      }
    }
  }
}
