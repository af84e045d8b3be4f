package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * Q4_K, Q5_K and Q6_K. A group is a sequence of super-blocks of 256 columns.
 *
 * <p>Q4_K and Q5_K: eight {@link QuantPlane}s, {@code [64]} F16 scales, {@code [64]} F16 minima,
 * {@code [8][64]} bytes of sub-scales, {@code [8][64]} bytes of sub-minima. The file packs
 * sub-scales into 6 bits; here they take a byte each, which costs 4 bytes in 144 and saves the
 * kernels the unpacking.
 *
 * <p>Q6_K: eight {@link QuantPlane}s, {@code [64]} F16 scales, {@code [16][64]} signed bytes of
 * sub-scales.
 */
public final class SuperBlockLayout extends IntegerLayout {
  /** Columns of a super-block. */
  public static final int COLUMNS = 256;

  private static final int BLOCKS = COLUMNS / QuantPlane.COLUMNS;
  private static final long NIBBLES = 0x0f0f0f0f0f0f0f0fL;

  private final int planeBytes;
  private final int superBlockBytes;

  SuperBlockLayout(TensorType type) {
    super(
        type,
        switch (type) {
          case Q4_K -> 4;
          case Q5_K -> 5;
          default -> 6;
        },
        type != TensorType.Q6_K);
    this.planeBytes = QuantPlane.bytes(bits());
    this.superBlockBytes = BLOCKS * planeBytes + subScaleOffset() + 16 * GROUP;
  }

  /**
   * Where the scales of a column's super-block begin; the minima, if any, follow them.
   *
   * @param offset where the group begins, in bytes
   * @param column a column
   * @return bytes from the start of the packed memory
   */
  public long scales(long offset, int column) {
    return superBlock(offset, column) + (long) BLOCKS * planeBytes;
  }

  private long superBlock(long offset, int column) {
    return offset + (long) (column / COLUMNS) * superBlockBytes;
  }

  /**
   * Where the sub-scales of some columns begin, {@code [run][64]} bytes; the sub-minima, if any,
   * stand 8 · 64 bytes behind them.
   *
   * @param offset where the group begins, in bytes
   * @param column first column, a multiple of 32
   * @return bytes from the start of the packed memory
   */
  public long subScales(long offset, int column) {
    int run = column % COLUMNS / runColumns();
    return scales(offset, column) + subScaleOffset() + (long) run * GROUP;
  }

  private int subScaleOffset() {
    return hasMinimum() ? 4 * GROUP : 2 * GROUP;
  }

  @Override
  public long plane(long offset, int column) {
    int block = column % COLUMNS / QuantPlane.COLUMNS;
    return superBlock(offset, column) + (long) block * planeBytes;
  }

  @Override
  public int planeStride() {
    return planeBytes;
  }

  @Override
  public long groupBytes(int cols) {
    return (long) (cols / COLUMNS) * superBlockBytes;
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
        boolean finite =
            hasMinimum()
                ? packWithMinimum(source, from, target, offset, b * COLUMNS, row)
                : packSix(source, from, target, offset, b * COLUMNS, row);
        if (!finite) {
          bad = Math.min(bad, row);
        }
      }
    }
    return bad == GROUP ? -1 : bad;
  }

  private boolean packWithMinimum(
      MemorySegment source, long from, MemorySegment target, long offset, int column, int row) {
    long to = scales(offset, column) + 2L * row;
    short scale = source.get(SHORT, from);
    short min = source.get(SHORT, from + 2);
    target.set(SHORT, to, scale);
    target.set(SHORT, to + 2L * GROUP, min);
    long sub = subScales(offset, column) + row;
    for (int i = 0; i < BLOCKS; i++, sub += GROUP) {
      target.set(BYTE, sub, (byte) subScale(source, from + 4, i));
      target.set(BYTE, sub + (long) BLOCKS * GROUP, (byte) subMinimum(source, from + 4, i));
    }
    long quants = from + 16 + (bits() == 5 ? 32 : 0);
    long plane = plane(offset, column);
    for (int i = 0; i < BLOCKS; i++, plane += planeBytes) {
      putNibbles(source, quants + (long) (i >> 1) * 32, i & 1, target, plane, row);
      if (bits() == 5) {
        int upper = QuantPlane.byNibble(QuantPlane.bitOfEach(source, from + 16, i));
        QuantPlane.putUpper(5, target, plane, row, upper);
      }
    }
    return finiteHalf(scale) && finiteHalf(min);
  }

  private boolean packSix(
      MemorySegment source, long from, MemorySegment target, long offset, int column, int row) {
    short scale = source.get(SHORT, from + 208);
    target.set(SHORT, scales(offset, column) + 2L * row, scale);
    long sub = subScales(offset, column) + row;
    for (int i = 0; i < 16; i++, sub += GROUP) {
      target.set(BYTE, sub, source.get(BYTE, from + 192 + i));
    }
    long plane = plane(offset, column);
    for (int i = 0; i < BLOCKS; i++, plane += planeBytes) {
      int half = i >> 2;
      int part = i & 3;
      putNibbles(source, from + 64L * half + 32L * (part & 1), part >> 1, target, plane, row);
      long bytes = from + 128 + 32L * half;
      int low = QuantPlane.byNibble(QuantPlane.bitOfEach(source, bytes, 2 * part));
      int high = QuantPlane.byNibble(QuantPlane.bitOfEach(source, bytes, 2 * part + 1));
      long upper = QuantPlane.spread(low) | QuantPlane.spread(high) << 1;
      QuantPlane.putUpper(6, target, plane, row, upper);
    }
    return finiteHalf(scale);
  }

  /** Packs 32 low or high nibbles, column k in byte k. */
  private void putNibbles(
      MemorySegment source, long at, int high, MemorySegment target, long plane, int row) {
    int shift = 4 * high;
    long a = (source.get(LONG, at) >>> shift) & NIBBLES;
    long b = (source.get(LONG, at + 8) >>> shift) & NIBBLES;
    long c = (source.get(LONG, at + 16) >>> shift) & NIBBLES;
    long d = (source.get(LONG, at + 24) >>> shift) & NIBBLES;
    QuantPlane.putNibbles(bits(), target, plane, row, a | c << 4, b | d << 4);
  }

  /** The j-th of eight 6-bit scales in the 12 bytes that Q4_K and Q5_K share. */
  private static int subScale(MemorySegment source, long at, int j) {
    if (j < 4) {
      return source.get(BYTE, at + j) & 63;
    }
    return (source.get(BYTE, at + j + 4) & 15) | (((source.get(BYTE, at + j - 4) >>> 6) & 3) << 4);
  }

  private static int subMinimum(MemorySegment source, long at, int j) {
    if (j < 4) {
      return source.get(BYTE, at + j + 4) & 63;
    }
    return ((source.get(BYTE, at + j + 4) >>> 4) & 15)
        | (((source.get(BYTE, at + j) >>> 6) & 3) << 4);
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
      float d = Float.float16ToFloat(packed.get(SHORT, block + 2L * row));
      long sub = subScales(offset, from) + row;
      for (int i = 0; i < runs; i++) {
        scale[i * GROUP + row] = d * packed.get(BYTE, sub + (long) i * GROUP);
      }
      if (hasMinimum()) {
        float m = -Float.float16ToFloat(packed.get(SHORT, block + 2L * (GROUP + row)));
        for (int i = 0; i < runs; i++) {
          min[i * GROUP + row] = m * packed.get(BYTE, sub + (long) (BLOCKS + i) * GROUP);
        }
      }
    }
  }
}
