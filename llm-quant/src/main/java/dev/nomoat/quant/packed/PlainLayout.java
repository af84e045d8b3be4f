package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;

/** F32, F16 and BF16: {@code [cols][64]} numbers of the type. */
public final class PlainLayout extends PackedLayout {
  /** Columns that are turned at once: so many stay in the first cache. */
  private static final int TILE_COLUMNS = 32;

  private final int bytes;

  PlainLayout(TensorType type, int cols) {
    super(type, cols);
    this.bytes = type.blockBytes();
  }

  @Override
  public long groupBytes() {
    return (long) cols() * GROUP * bytes;
  }

  @Override
  public long offsetOf(int column) {
    return (long) column * GROUP * type().blockBytes();
  }

  @Override
  public int pack(byte[] source, int rows, MemorySegment target, long offset) {
    int[] ints = new int[bytes == 4 ? TILE_COLUMNS * GROUP : 0];
    short[] shorts = new short[bytes == 4 ? 0 : TILE_COLUMNS * GROUP];
    int bad = GROUP;
    for (int k = 0; k < cols(); k += TILE_COLUMNS) {
      int columns = Math.min(TILE_COLUMNS, cols() - k);
      for (int row = 0; row < rows; row++) {
        int from = (row * cols() + k) * bytes;
        boolean finite =
            bytes == 4
                ? turnInts(source, from, columns, ints, row)
                : turnShorts(source, from, columns, shorts, row);
        if (!finite) {
          bad = Math.min(bad, row);
        }
      }
      long to = offset + (long) k * GROUP * bytes;
      if (bytes == 4) {
        MemorySegment.copy(ints, 0, target, INT, to, columns * GROUP);
      } else {
        MemorySegment.copy(shorts, 0, target, SHORT, to, columns * GROUP);
      }
    }
    return bad == GROUP ? -1 : bad;
  }

  private static boolean turnInts(byte[] source, int from, int columns, int[] tile, int row) {
    boolean finite = true;
    for (int k = 0; k < columns; k++) {
      int bits = RowBytes.i32(source, from + 4 * k);
      finite &= (bits & 0x7f800000) != 0x7f800000;
      tile[k * GROUP + row] = bits;
    }
    return finite;
  }

  private boolean turnShorts(byte[] source, int from, int columns, short[] tile, int row) {
    int exponent = type() == TensorType.F16 ? 0x7c00 : 0x7f80;
    boolean finite = true;
    for (int k = 0; k < columns; k++) {
      short bits = RowBytes.i16(source, from + 2 * k);
      finite &= (bits & exponent) != exponent;
      tile[k * GROUP + row] = bits;
    }
    return finite;
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
      long at = offset + (long) k * GROUP * bytes;
      int first = (k - from) * GROUP;
      switch (type()) {
        case F32 -> {
          for (int row = firstRow; row < endRow; row++) {
            target[first + row] = packed.get(FLOAT, at + 4L * row);
          }
        }
        case F16 -> {
          for (int row = firstRow; row < endRow; row++) {
            target[first + row] = Float.float16ToFloat(packed.get(SHORT, at + 2L * row));
          }
        }
        default -> {
          for (int row = firstRow; row < endRow; row++) {
            target[first + row] = Float.intBitsToFloat(packed.get(SHORT, at + 2L * row) << 16);
          }
        }
      }
    }
  }
}
