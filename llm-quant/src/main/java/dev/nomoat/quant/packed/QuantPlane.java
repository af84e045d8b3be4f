package dev.nomoat.quant.packed;

import static dev.nomoat.quant.packed.PackedLayout.BYTE;
import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.packed.PackedLayout.INT;

import java.lang.foreign.MemorySegment;

/**
 * The integers of 64 rows × 32 columns, as unsigned numbers of 4, 5 or 6 bits or signed ones of 8.
 *
 * <p>8 bits: {@code [32 columns][64 rows]} bytes.
 *
 * <p>4 bits: {@code [4][64 rows]} ints. Int {@code j} of a row holds eight columns as two 16-bit
 * halves of four nibbles each, so that a kernel working in 16-bit lanes gets a pair of columns by
 * one shift and one mask. Nibble {@code m} of the low half is column {@link #column}{@code (4 j +
 * m)}, that of the high half the column two further on. With this order the int is the one that
 * stands in a Q4_0 block: packing only moves ints.
 *
 * <p>5 bits: the same, then {@code [64 rows]} ints: bit {@code 4 j + m} of each half is the fifth
 * bit of that nibble.
 *
 * <p>6 bits: the same, then {@code [2][64 rows]} ints: of int {@code j / 2}, bits {@code 8 (j % 2)
 * + 2 m} and the next one of each half are the two upper bits of that nibble.
 */
public final class QuantPlane {
  /** Columns of a plane. */
  public static final int COLUMNS = 32;

  /** Pairs of columns: a pair shares a 32-bit lane. */
  public static final int PAIRS = COLUMNS / 2;

  /** Bytes from one int of nibbles to the row's next one. */
  public static final int NIBBLE_STRIDE = 4 * GROUP;

  /** Bytes of the nibbles of a plane, before the upper bits. */
  public static final int NIBBLE_BYTES = 4 * NIBBLE_STRIDE;

  private QuantPlane() {}

  /**
   * First column of a pair; the second is two further on.
   *
   * @param pair 0 to 15
   * @return column in the plane
   */
  public static int column(int pair) {
    int j = pair >> 2;
    int m = pair & 3;
    return 4 * j + (m >> 1) + 16 * (m & 1);
  }

  static int bytes(int bits) {
    return GROUP * COLUMNS * bits / 8;
  }

  /** Spreads 32 bits, bit k for column k, to the order of the pairs. */
  static int upperBits(int byColumn) {
    int result = 0;
    for (int pair = 0; pair < PAIRS; pair++) {
      int low = column(pair);
      result |= ((byColumn >>> low) & 1) << pair;
      result |= ((byColumn >>> (low + 2)) & 1) << (pair + 16);
    }
    return result;
  }

  /**
   * Reads rows of one plane: {@code panel[(at + k) · 64 + row] = q}, the stored integer minus
   * {@code centre}.
   */
  static void read(
      int bits,
      MemorySegment packed,
      long offset,
      int centre,
      int firstRow,
      int endRow,
      float[] panel,
      int at) {
    if (bits == 8) {
      for (int k = 0; k < COLUMNS; k++) {
        for (int row = firstRow; row < endRow; row++) {
          panel[(at + k) * GROUP + row] = packed.get(BYTE, offset + (long) k * GROUP + row);
        }
      }
      return;
    }
    for (int pair = 0; pair < PAIRS; pair++) {
      int low = (at + column(pair)) * GROUP;
      int shift = 4 * (pair & 3);
      long nibbles = offset + (long) (pair >> 2) * NIBBLE_STRIDE;
      for (int row = firstRow; row < endRow; row++) {
        int value = packed.get(INT, nibbles + 4L * row) >>> shift;
        panel[low + row] = (value & 15) - centre;
        panel[low + 2 * GROUP + row] = ((value >>> 16) & 15) - centre;
      }
      if (bits > 4) {
        addUpper(bits, packed, offset + NIBBLE_BYTES, pair, firstRow, endRow, panel, low);
      }
    }
  }

  private static void addUpper(
      int bits,
      MemorySegment packed,
      long offset,
      int pair,
      int firstRow,
      int endRow,
      float[] panel,
      int low) {
    int shift = bits == 5 ? pair : 2 * (pair & 7);
    long at = bits == 5 ? offset : offset + (long) (pair >> 3) * 4 * GROUP;
    int mask = bits == 5 ? 1 : 3;
    for (int row = firstRow; row < endRow; row++) {
      int value = packed.get(INT, at + 4L * row) >>> shift;
      panel[low + row] += 16 * (value & mask);
      panel[low + 2 * GROUP + row] += 16 * ((value >>> 16) & mask);
    }
  }
}
