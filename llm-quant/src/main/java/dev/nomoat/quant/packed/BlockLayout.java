package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * Q4_0, Q4_1, Q5_0 and Q5_1. A group is a sequence of blocks of 32 columns; a block is {@code [64]}
 * F16 scales, for Q4_1 and Q5_1 {@code [64]} F16 minima, then a {@link QuantPlane}.
 */
public final class BlockLayout extends IntegerLayout {
  private static final int COLUMNS = QuantPlane.COLUMNS;

  private final int blockBytes;

  BlockLayout(TensorType type) {
    super(
        type,
        type == TensorType.Q4_0 || type == TensorType.Q4_1 ? 4 : 5,
        type == TensorType.Q4_1 || type == TensorType.Q5_1);
    this.blockBytes = GROUP * type.blockBytes();
  }

  /**
   * Where the scales of some columns begin; the minima, if any, follow them.
   *
   * @param offset where the group begins, in bytes
   * @param column first column, a multiple of 32
   * @return bytes from the start of the packed memory
   */
  public long scales(long offset, int column) {
    return offset + (long) (column / COLUMNS) * blockBytes;
  }

  @Override
  public long plane(long offset, int column) {
    return scales(offset, column) + (hasMinimum() ? 4 * GROUP : 2 * GROUP);
  }

  @Override
  public int planeStride() {
    return blockBytes;
  }

  @Override
  public long groupBytes(int cols) {
    return (long) (cols / COLUMNS) * blockBytes;
  }

  @Override
  public int pack(MemorySegment source, int rows, int cols, MemorySegment target, long offset) {
    int blocks = cols / COLUMNS;
    if (rows < GROUP) {
      target.asSlice(offset, groupBytes(cols)).fill((byte) 0);
    }
    int bad = GROUP;
    for (int b = 0; b < blocks; b++) {
      for (int row = 0; row < rows; row++) {
        long from = ((long) row * blocks + b) * type().blockBytes();
        if (!packBlock(source, from, target, offset, b * COLUMNS, row)) {
          bad = Math.min(bad, row);
        }
      }
    }
    return bad == GROUP ? -1 : bad;
  }

  /** Moves one block of one row; false when its scale or minimum is not finite. */
  private boolean packBlock(
      MemorySegment source, long from, MemorySegment target, long offset, int column, int row) {
    long scales = scales(offset, column);
    long plane = plane(offset, column);
    short scale = source.get(SHORT, from);
    target.set(SHORT, scales + 2L * row, scale);
    boolean finite = finiteHalf(scale);
    long at = from + 2;
    if (hasMinimum()) {
      short min = source.get(SHORT, at);
      target.set(SHORT, scales + 2L * (GROUP + row), min);
      finite &= finiteHalf(min);
      at += 2;
    }
    if (bits() == 5) {
      QuantPlane.putUpper(5, target, plane, row, QuantPlane.byNibble(source.get(INT, at)));
      at += 4;
    }
    QuantPlane.putNibbles(
        bits(), target, plane, row, source.get(LONG, at), source.get(LONG, at + 8));
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
    for (int k = from, i = 0; k < to; k += COLUMNS, i += GROUP) {
      long at = scales(offset, k);
      for (int row = firstRow; row < endRow; row++) {
        scale[i + row] = Float.float16ToFloat(packed.get(SHORT, at + 2L * row));
        if (hasMinimum()) {
          min[i + row] = Float.float16ToFloat(packed.get(SHORT, at + 2L * (GROUP + row)));
        }
      }
    }
  }
}
