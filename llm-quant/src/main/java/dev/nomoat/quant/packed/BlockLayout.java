package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0. A group is a sequence of blocks of 32 columns; a block is {@code
 * [64]} F16 scales, for Q4_1 and Q5_1 {@code [64]} F16 minima, then a {@link QuantPlane}.
 */
public final class BlockLayout extends PackedLayout {
  private static final int COLUMNS = QuantPlane.COLUMNS;

  private final int bits;
  private final int centre;
  private final boolean minimum;
  private final int blockBytes;

  BlockLayout(TensorType type) {
    super(type);
    this.bits =
        switch (type) {
          case Q4_0, Q4_1 -> 4;
          case Q5_0, Q5_1 -> 5;
          default -> 8;
        };
    this.minimum = type == TensorType.Q4_1 || type == TensorType.Q5_1;
    this.centre = minimum || bits == 8 ? 0 : 1 << (bits - 1);
    this.blockBytes = GROUP * type.blockBytes();
  }

  @Override
  public int scaleColumns() {
    return COLUMNS;
  }

  @Override
  public boolean hasMinimum() {
    return minimum;
  }

  @Override
  public boolean smallIntegers() {
    return bits < 8;
  }

  /**
   * Bits of a stored integer.
   *
   * @return 4, 5 or 8
   */
  public int bits() {
    return bits;
  }

  /**
   * What is subtracted from a stored integer to give q.
   *
   * @return 0, 8 or 16
   */
  public int centre() {
    return centre;
  }

  /**
   * Bytes of a block of 64 rows × 32 columns.
   *
   * @return bytes
   */
  public int blockBytes() {
    return blockBytes;
  }

  /**
   * Where the integers begin in a block.
   *
   * @return bytes from the block's start
   */
  public int planeOffset() {
    return minimum ? 4 * GROUP : 2 * GROUP;
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
      long to = offset + (long) b * blockBytes;
      for (int row = 0; row < rows; row++) {
        long from = ((long) row * blocks + b) * type().blockBytes();
        if (!packBlock(source, from, target, to, row)) {
          bad = Math.min(bad, row);
        }
      }
    }
    return bad == GROUP ? -1 : bad;
  }

  /** Moves one block of one row; false when its scale or minimum is not finite. */
  private boolean packBlock(
      MemorySegment source, long from, MemorySegment target, long to, int row) {
    short scale = source.get(SHORT, from);
    target.set(SHORT, to + 2L * row, scale);
    boolean finite = finiteHalf(scale);
    long at = from + 2;
    if (minimum) {
      short min = source.get(SHORT, at);
      target.set(SHORT, to + 2L * (GROUP + row), min);
      finite &= finiteHalf(min);
      at += 2;
    }
    long plane = to + planeOffset();
    if (bits == 8) {
      for (int k = 0; k < COLUMNS; k++) {
        target.set(BYTE, plane + (long) k * GROUP + row, source.get(BYTE, at + k));
      }
      return finite;
    }
    if (bits == 5) {
      int upper = QuantPlane.upperBits(source.get(INT, at));
      target.set(INT, plane + QuantPlane.NIBBLE_BYTES + 4L * row, upper);
      at += 4;
    }
    for (int j = 0; j < 4; j++) {
      target.set(
          INT,
          plane + (long) j * QuantPlane.NIBBLE_STRIDE + 4L * row,
          source.get(INT, at + 4L * j));
    }
    return finite;
  }

  @Override
  public void readPanel(
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int firstRow,
      int endRow,
      float[] panel) {
    for (int k = from; k < to; k += COLUMNS) {
      long block = offset + (long) (k / COLUMNS) * blockBytes;
      QuantPlane.read(
          bits, packed, block + planeOffset(), centre, firstRow, endRow, panel, k - from);
    }
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
    for (int b = from / COLUMNS, i = 0; b < to / COLUMNS; b++, i += GROUP) {
      long block = offset + (long) b * blockBytes;
      for (int row = firstRow; row < endRow; row++) {
        scale[i + row] = Float.float16ToFloat(packed.get(SHORT, block + 2L * row));
      }
      if (minimum) {
        for (int row = firstRow; row < endRow; row++) {
          min[i + row] = Float.float16ToFloat(packed.get(SHORT, block + 2L * (GROUP + row)));
        }
      }
    }
  }
}
