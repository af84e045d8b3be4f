package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import dev.nomoat.quant.format.MicroscalingFormats;
import java.lang.foreign.MemorySegment;

/**
 * MXFP4 and NVFP4: 4-bit floating point. Doubled, the numbers are integers of 5 bits, and so they
 * are kept: it takes a bit more for each, but no lookup, and products are twice as fast where
 * vectors have no lookup of their own across all bytes. Behind the integers of a panel stand {@code
 * [runs][64]} bytes that stand for the scales.
 *
 * <p>The byte of MXFP4 is the file's exponent, 0 where all numbers of the run are: then any
 * exponent says the same, and not all are finite. Other runs with numbers beyond a float, or with
 * the exponent that the standard calls NaN, count as not finite. The byte of NVFP4 is the file's
 * with the highest bit cleared; what it means is {@link MicroscalingFormats#halfOfE4M3} of it with
 * that bit set, as then no byte has a meaning of its own.
 */
public final class MicroscalingLayout extends IntegerLayout {
  private static final int BITS = 5;
  private static final byte[] DOUBLED = MicroscalingFormats.levels();

  private static final int HIGHEST_BIT = 0x80;

  /** The exponent that the standard calls NaN. */
  private static final int NAN = 255;

  /** The greatest exponent with which all numbers are finite. */
  private static final int MOST = 252;

  /** A code but for its sign. */
  private static final int MAGNITUDE = 7;

  MicroscalingLayout(TensorType type, int cols) {
    super(type, cols, BITS, type == TensorType.MXFP4 ? 32 : 16, BitPanel.centre(BITS), false);
  }

  /**
   * Whether scales are powers of two.
   *
   * @return true for MXFP4
   */
  public boolean hasExponents() {
    return type() == TensorType.MXFP4;
  }

  /**
   * Where the scales of some columns begin.
   *
   * @param offset where the group begins, in bytes
   * @param column first column, a multiple of {@link #runColumns()}
   * @return bytes from the start of the packed memory
   */
  public long scales(long offset, int column) {
    int run = column % BitPanel.WIDTH / runColumns();
    return scalesOfPanel(offset, column) + (long) run * GROUP;
  }

  @Override
  int panelBytes(int columns) {
    return BitPanel.bytes(BITS, columns) + columns / runColumns() * GROUP;
  }

  @Override
  public int pack(MemorySegment source, int rows, MemorySegment target, long offset) {
    int bad =
        packBlocks(source, rows, target, offset, hasExponents() ? this::packE8M0 : this::packE4M3);
    putZeros(target, offset, rows);
    return bad;
  }

  private boolean packE8M0(
      MemorySegment source, long from, MemorySegment target, long offset, int column, int row) {
    long low = nibbles(source, from + 1, LOW_NIBBLES);
    long high = nibbles(source, from + 1, ~LOW_NIBBLES);
    int exponent = source.get(BYTE, from) & 0xff;
    int largest = exponent <= MOST ? 0 : Math.max(largest(low), largest(high));
    boolean zeros = exponent > MOST && largest == 0;
    target.set(BYTE, scales(offset, column) + row, (byte) (zeros ? 0 : exponent));
    put(target, offset, column, row, low);
    put(target, offset, column + 16, row, high);
    float most = MicroscalingFormats.halfOfE8M0(exponent) * largest;
    return zeros || (exponent != NAN && Float.isFinite(most));
  }

  /** The largest doubled magnitude of sixteen codes. */
  private static int largest(long codes) {
    int largest = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 4) {
      largest = Math.max(largest, (int) (codes >>> shift) & MAGNITUDE);
    }
    return DOUBLED[largest];
  }

  private boolean packE4M3(
      MemorySegment source, long from, MemorySegment target, long offset, int column, int row) {
    for (int run = 0; run < 4; run++) {
      int scale = source.get(BYTE, from + run);
      int stored = MicroscalingFormats.halfOfE4M3(scale) == 0 ? 0 : scale & ~HIGHEST_BIT;
      int first = column + 16 * run;
      target.set(BYTE, scales(offset, first) + row, (byte) stored);
      long codes = source.get(LONG, from + 4 + 8L * run);
      long low = Long.compress(codes, LOW_NIBBLES);
      put(target, offset, first, row, low | Long.compress(codes, ~LOW_NIBBLES) << 32);
    }
    return true;
  }

  /** Zeros in the rows that there are not: no exponent makes a zero of another number. */
  private void putZeros(MemorySegment target, long offset, int firstRow) {
    for (int row = firstRow; row < GROUP; row++) {
      for (int column = 0; column < cols(); column += 16) {
        put(target, offset, column, row, 0);
      }
    }
  }

  /** Writes the integers of sixteen codes. */
  private void put(MemorySegment target, long offset, int column, int row, long codes) {
    long nibbles = 0;
    int upper = 0;
    for (int i = 0; i < 16; i++) {
      int stored = DOUBLED[(int) (codes >>> (4 * i)) & 15] + zero();
      nibbles |= (stored & 15L) << (4 * i);
      upper |= stored >> 4 << i;
    }
    int columns = panelColumns(column);
    int first = column % BitPanel.WIDTH;
    long panel = panel(offset, column);
    BitPanel.put16(BITS, target, panel, columns, first, row, nibbles, upper);
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
    long bytes = scales(offset, from);
    for (int i = 0; i < (to - from) / runColumns() * GROUP; i += GROUP) {
      for (int row = firstRow; row < endRow; row++) {
        int b = packed.get(BYTE, bytes + i + row);
        scale[i + row] =
            hasExponents()
                ? MicroscalingFormats.halfOfE8M0(b)
                : MicroscalingFormats.halfOfE4M3(b | HIGHEST_BIT);
      }
    }
  }
}
