package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;

/** F32, F16 and BF16: {@code [cols][64]} numbers of the type. */
public final class PlainLayout extends PackedLayout {
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
  public int pack(MemorySegment source, int rows, MemorySegment target, long offset) {
    clear(rows, target, offset);
    int bad = -1;
    for (int row = rows - 1; row >= 0; row--) {
      long from = (long) row * cols() * bytes;
      boolean finite =
          bytes == 4
              ? packInts(source, from, target, offset + row * 4L)
              : packShorts(source, from, target, offset + row * 2L);
      if (!finite) {
        bad = row;
      }
    }
    return bad;
  }

  private boolean packInts(MemorySegment source, long from, MemorySegment target, long to) {
    boolean finite = true;
    for (int k = 0; k < cols(); k++) {
      int bits = source.get(INT, from + 4L * k);
      finite &= (bits & 0x7f800000) != 0x7f800000;
      target.set(INT, to + 4L * GROUP * k, bits);
    }
    return finite;
  }

  private boolean packShorts(MemorySegment source, long from, MemorySegment target, long to) {
    int exponent = type() == TensorType.F16 ? 0x7c00 : 0x7f80;
    boolean finite = true;
    for (int k = 0; k < cols(); k++) {
      short bits = source.get(SHORT, from + 2L * k);
      finite &= (bits & exponent) != exponent;
      target.set(SHORT, to + 2L * GROUP * k, bits);
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
