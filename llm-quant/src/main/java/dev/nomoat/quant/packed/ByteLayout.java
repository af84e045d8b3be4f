package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import dev.nomoat.quant.format.EightBytes;
import java.lang.foreign.MemorySegment;

/**
 * Q8_0. A group is a sequence of blocks of 32 columns; a block is {@code [64]} F16 scales, then
 * {@code [32 columns][64]} signed bytes. Of a column, 32 bits hold four rows that are 16 apart:
 * each is brought to the upper end of them by a shift and a mask, and makes a float 2²⁴ times as
 * large.
 */
public final class ByteLayout extends PackedLayout {
  /** Columns of a block. */
  public static final int COLUMNS = 32;

  /** Bytes of a block of 64 rows × 32 columns. */
  public static final int BLOCK_BYTES = GROUP * (2 + COLUMNS);

  /** Where the bytes begin in a block, after the scales. */
  public static final int BYTES_OFFSET = 2 * GROUP;

  /** From a row to the next one in the same 32 bits. */
  public static final int APART = 16;

  ByteLayout(int cols) {
    super(TensorType.Q8_0, cols);
  }

  /** Where the byte of a row stands in a column. */
  private static int place(int row) {
    return row % APART * (GROUP / APART) + row / APART;
  }

  @Override
  public long groupBytes() {
    return (long) (cols() / COLUMNS) * BLOCK_BYTES;
  }

  @Override
  public long offsetOf(int column) {
    return (long) (column / COLUMNS) * BLOCK_BYTES;
  }

  @Override
  public int pack(byte[] source, int rows, MemorySegment target, long offset) {
    byte[] block = new byte[BLOCK_BYTES];
    int bad = GROUP;
    int blocks = cols() / COLUMNS;
    for (int b = 0; b < blocks; b++) {
      for (int row = 0; row < rows; row++) {
        int from = (row * blocks + b) * type().blockBytes();
        int place = BYTES_OFFSET + place(row);
        block[2 * row] = source[from];
        block[2 * row + 1] = source[from + 1];
        for (int k = 0; k < COLUMNS; k += 8) {
          long eight = EightBytes.get(source, from + 2 + k);
          for (int i = 0; i < 8; i++) {
            block[place + (k + i) * GROUP] = (byte) (eight >>> (8 * i));
          }
        }
        if (!finiteHalf(RowBytes.i16(source, from))) {
          bad = Math.min(bad, row);
        }
      }
      MemorySegment.copy(block, 0, target, BYTE, offset + (long) b * BLOCK_BYTES, BLOCK_BYTES);
    }
    return bad == GROUP ? -1 : bad;
  }

  @Override
  public void readWeights(
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
      long block = offset + (long) (k / COLUMNS) * BLOCK_BYTES;
      long bytes = block + BYTES_OFFSET + (long) (k % COLUMNS) * GROUP;
      for (int row = firstRow; row < endRow; row++) {
        float s = Float.float16ToFloat(packed.get(SHORT, block + 2L * row));
        target[(k - from) * GROUP + row] = s * packed.get(BYTE, bytes + place(row));
      }
    }
  }
}
