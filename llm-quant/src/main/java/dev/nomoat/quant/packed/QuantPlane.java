package dev.nomoat.quant.packed;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.packed.PackedLayout.LONG;
import static dev.nomoat.quant.packed.PackedLayout.SHORT;

import java.lang.foreign.MemorySegment;

/**
 * The integers of 64 rows × 32 columns, as unsigned numbers of 4, 5 or 6 bits. They stand in 16-bit
 * words, the same word of all 64 rows side by side, so that a 16-bit lane is a row and gets a
 * number by one shift and one mask.
 *
 * <p>4 bits: {@code [8][64 rows]} words. Word j holds columns j, 16 + j, 8 + j and 24 + j, lowest
 * nibble first; nibbles are counted through all words.
 *
 * <p>5 bits: a further word before each four of these: its bit {@code n % 16} is the fifth bit of
 * nibble n.
 *
 * <p>6 bits: a further word before each two: its bits {@code 2 (n % 8)} and the next one are the
 * two upper bits of nibble n.
 */
public final class QuantPlane {
  /** Columns of a plane. */
  public static final int COLUMNS = 32;

  /** Words of nibbles of a row. */
  public static final int WORDS = 8;

  /** Bytes from one word to the row's next one. */
  public static final int WORD_STRIDE = 2 * GROUP;

  private QuantPlane() {}

  /**
   * The middle of the range of a stored integer.
   *
   * @param bits 4, 5 or 6
   * @return 8, 16 or 32
   */
  public static int centre(int bits) {
    return 1 << (bits - 1);
  }

  static int bytes(int bits) {
    return GROUP * COLUMNS * bits / 8;
  }

  /** The stored integer of a column. */
  static int get(int bits, MemorySegment packed, long plane, int column, int row) {
    int n = 4 * (column & 7) + 2 * ((column >> 3) & 1) + (column >> 4);
    long at = plane + 2L * row;
    int nibble = (packed.get(SHORT, at + nibbles(bits, n >> 2)) >>> (4 * (n & 3))) & 15;
    if (bits == 4) {
      return nibble;
    }
    int each = bits - 4; // upper bits of a nibble
    int shift = each * n;
    int upper = packed.get(SHORT, at + upper(bits, shift >> 4)) >>> (shift & 15);
    return nibble | (upper & ((1 << each) - 1)) << 4;
  }

  /** Where a word of nibbles stands. */
  private static long nibbles(int bits, int j) {
    int before = bits == 4 ? 0 : bits == 5 ? 1 + j / 4 : 1 + j / 2; // words of upper bits
    return (long) (before + j) * WORD_STRIDE;
  }

  /** Where a word of upper bits stands. */
  private static long upper(int bits, int j) {
    return (long) j * (bits == 5 ? 5 : 3) * WORD_STRIDE;
  }

  /**
   * Writes the nibbles of a row: byte k of the sixteen holds column k in its low nibble and column
   * k + 16 in its high one.
   *
   * @param low bytes 0 to 7
   * @param high bytes 8 to 15
   */
  static void putNibbles(int bits, MemorySegment target, long plane, int row, long low, long high) {
    long at = plane + 2L * row;
    for (int j = 0; j < WORDS; j++) {
      long word = (low >>> (8 * j) & 0xff) | (high >>> (8 * j) & 0xff) << 8;
      target.set(SHORT, at + nibbles(bits, j), (short) word);
    }
  }

  /** Writes the upper bits of a row, those of nibble 0 lowest. */
  static void putUpper(int bits, MemorySegment target, long plane, int row, long upper) {
    long at = plane + 2L * row;
    for (int j = 0; j < 2 * (bits - 4); j++) {
      target.set(SHORT, at + upper(bits, j), (short) (upper >>> (16 * j)));
    }
  }

  /** Moves bit k, of column k, to the nibble of that column. */
  static int byNibble(int byColumn) {
    return fourApart(byColumn & 0xff)
        | fourApart(byColumn >>> 16 & 0xff) << 1
        | fourApart(byColumn >>> 8 & 0xff) << 2
        | fourApart(byColumn >>> 24) << 3;
  }

  private static int fourApart(int bits) {
    return (int) spread((int) spread(bits));
  }

  /** Moves bit k to bit 2 k. */
  static long spread(int bits) {
    long x = Integer.toUnsignedLong(bits);
    x = (x | x << 16) & 0x0000ffff0000ffffL;
    x = (x | x << 8) & 0x00ff00ff00ff00ffL;
    x = (x | x << 4) & 0x0f0f0f0f0f0f0f0fL;
    x = (x | x << 2) & 0x3333333333333333L;
    return (x | x << 1) & 0x5555555555555555L;
  }

  /** Takes the same bit of 32 bytes, bit k from byte k. */
  static int bitOfEach(MemorySegment source, long at, int bit) {
    int result = 0;
    for (int i = 0; i < 4; i++) {
      long bits = (source.get(LONG, at + 8L * i) >>> bit) & 0x0101010101010101L;
      // the product gathers bit 8 k at bit 56 + k, without a carry
      result |= (int) ((bits * 0x0102040810204080L) >>> 56) << (8 * i);
    }
    return result;
  }
}
