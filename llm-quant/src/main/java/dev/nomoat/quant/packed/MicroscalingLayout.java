package dev.nomoat.quant.packed;

import static dev.nomoat.quant.format.EightBytes.highNibbles;
import static dev.nomoat.quant.format.EightBytes.lowNibbles;

import dev.nomoat.quant.TensorType;
import dev.nomoat.quant.format.EightBytes;
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
  public int pack(byte[] source, int rows, MemorySegment target, long offset) {
    return hasExponents()
        ? packBlocks(source, rows, target, offset, 0, 1, this::packE8M0)
        : packBlocks(source, rows, target, offset, 0, 4, this::packE4M3);
  }

  @Override
  long byteLine(long offset, int column, int line) {
    return scales(offset, column) + (long) GROUP * line;
  }

  private boolean packE8M0(byte[] source, int from, StripTile tile, int row) {
    long first = EightBytes.get(source, from + 1);
    long second = EightBytes.get(source, from + 9);
    int exponent = source[from] & 0xff;
    int largest = exponent <= MOST ? 0 : Math.max(largest(first), largest(second));
    boolean zeros = exponent > MOST && largest == 0;
    tile.putByte(0, row, (byte) (zeros ? 0 : exponent));
    tile.put(0, row, stored(lowNibbles(first)), stored(lowNibbles(second)));
    tile.put(16, row, stored(highNibbles(first)), stored(highNibbles(second)));
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

  private boolean packE4M3(byte[] source, int from, StripTile tile, int row) {
    for (int run = 0; run < 4; run++) {
      int scale = source[from + run];
      int stored = MicroscalingFormats.halfOfE4M3(scale) == 0 ? 0 : scale & ~HIGHEST_BIT;
      tile.putByte(run, row, (byte) stored);
      long codes = EightBytes.get(source, from + 4 + 8 * run);
      tile.put(
          16 * run, row % BitPanel.STRIP, stored(lowNibbles(codes)), stored(highNibbles(codes)));
    }
    return true;
  }

  /** Zeros: no exponent makes a zero of another number. */
  @Override
  void clear(StripTile tile) {
    tile.clear();
    for (int row = 0; row < BitPanel.STRIP; row++) {
      for (int column = 0; column < type().blockElements(); column += 16) {
        tile.put(column, row, stored(0), stored(0));
      }
    }
  }

  /** What is stored for eight codes, each in a byte. */
  private static long stored(long codes) {
    long stored = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 8) {
      stored |= (long) (DOUBLED[(int) (codes >>> shift) & 15] + BitPanel.centre(BITS)) << shift;
    }
    return stored;
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
