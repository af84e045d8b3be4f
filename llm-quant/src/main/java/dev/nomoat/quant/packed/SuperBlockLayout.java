package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * Q4_K, Q5_K and Q6_K. A panel is a super-block.
 *
 * <p>Behind the integers of Q4_K and Q5_K stand {@code [64]} F16 scales, {@code [64]} F16 minima,
 * {@code [8][64]} bytes of sub-scales, {@code [8][64]} bytes of sub-minima. The file packs
 * sub-scales into 6 bits; here they take a byte each, which costs 4 bytes in 144 and saves the
 * kernels the unpacking. Behind those of Q6_K stand {@code [64]} F16 scales, {@code [16][64]}
 * signed bytes of sub-scales.
 */
public final class SuperBlockLayout extends IntegerLayout {
  private static final int COLUMNS = BitPanel.WIDTH;
  private static final int RUNS = COLUMNS / RUN;
  private static final long FIRST_BITS = 0x0101010101010101L;
  private static final long FIRST_PAIRS = 0x0303030303030303L;

  SuperBlockLayout(TensorType type, int cols) {
    super(
        type,
        cols,
        bits(type),
        type == TensorType.Q6_K ? 16 : RUN,
        BitPanel.centre(bits(type)),
        type != TensorType.Q6_K);
  }

  private static int bits(TensorType type) {
    return switch (type) {
      case Q4_K -> 4;
      case Q5_K -> 5;
      default -> 6;
    };
  }

  /**
   * Where the scales of a column's super-block begin; the minima, if any, follow them.
   *
   * @param offset where the group begins, in bytes
   * @param column a column
   * @return bytes from the start of the packed memory
   */
  public long scales(long offset, int column) {
    return scalesOfPanel(offset, column);
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
  int panelBytes(int columns) {
    return columns == 0 ? 0 : BitPanel.bytes(bits(), columns) + subScaleOffset() + 16 * GROUP;
  }

  @Override
  public int pack(MemorySegment source, int rows, MemorySegment target, long offset) {
    return packBlocks(
        source, rows, target, offset, hasMinimum() ? this::packWithMinimum : this::packSix);
  }

  private boolean packWithMinimum(
      MemorySegment source, long from, MemorySegment target, long offset, int column, int row) {
    long to = scales(offset, column) + 2L * row;
    short scale = source.get(SHORT, from);
    short min = source.get(SHORT, from + 2);
    target.set(SHORT, to, scale);
    target.set(SHORT, to + 2L * GROUP, min);
    long sub = subScales(offset, column) + row;
    for (int i = 0; i < RUNS; i++, sub += GROUP) {
      target.set(BYTE, sub, (byte) subScale(source, from + 4, i));
      target.set(BYTE, sub + (long) RUNS * GROUP, (byte) subMinimum(source, from + 4, i));
    }
    long quants = from + 16 + (bits() == 5 ? 32 : 0);
    long panel = panel(offset, column);
    for (int i = 0; i < RUNS; i++) {
      long mask = (i & 1) == 0 ? LOW_NIBBLES : ~LOW_NIBBLES;
      for (int half = 0; half < 2; half++) {
        long at = quants + 32L * (i >> 1) + 16L * half;
        int upper = bits() == 5 ? upper(source, from + 16 + 16L * half, FIRST_BITS << i, 8) : 0;
        BitPanel.put16(
            bits(),
            target,
            panel,
            COLUMNS,
            RUN * i + 16 * half,
            row,
            nibbles(source, at, mask),
            upper);
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
    long panel = panel(offset, column);
    for (int i = 0; i < 2 * RUNS; i++) {
      int half = i >> 3;
      int part = (i >> 1) & 3;
      long low = from + 64L * half + 32L * (part & 1) + 16L * (i & 1);
      long high = from + 128 + 32L * half + 16L * (i & 1);
      BitPanel.put16(
          bits(),
          target,
          panel,
          COLUMNS,
          16 * i,
          row,
          nibbles(source, low, part < 2 ? LOW_NIBBLES : ~LOW_NIBBLES),
          upper(source, high, FIRST_PAIRS << (2 * part), 16));
    }
    return finiteHalf(scale);
  }

  /** The bits that a mask leaves of 16 bytes, side by side; {@code each} of eight bytes. */
  private static int upper(MemorySegment source, long at, long mask, int each) {
    long low = Long.compress(source.get(LONG, at), mask);
    return (int) (low | Long.compress(source.get(LONG, at + 8), mask) << each);
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
          min[i * GROUP + row] = m * packed.get(BYTE, sub + (long) (RUNS + i) * GROUP);
        }
      }
    }
  }
}
