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
 * <p>4 bits: {@code [8][64 rows]} words. Nibble {@code n % 4} of word {@code n / 4} is column
 * {@code 2 (n / 4) + n % 4 / 2}, and 16 more for odd n: with this order the words are those of a
 * Q4_0 block, and packing only moves them.
 *
 * <p>5 bits: the same, then {@code [2][64 rows]} words: bit {@code n % 16} of word {@code n / 16}
 * is the fifth bit of nibble n.
 *
 * <p>6 bits: the same, then {@code [4][64 rows]} words: bits {@code 2 (n % 8)} and the next one of
 * word {@code n / 8} are the two upper bits of nibble n.
 *
 * <p>Unpacked integers and activations stand in the order of positions instead: the same nibble of
 * all words, then the next one, such that columns 0 to 15 come before 16 to 31.
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
   * Column of a position.
   *
   * @param p position, 0 to 31
   * @return column in the plane
   */
  public static int column(int p) {
    return 2 * (p & 7) + ((p >> 3) & 1) + 16 * (p >> 4);
  }

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

  /** The stored integer of a position. */
  static int get(int bits, MemorySegment packed, long plane, int p, int row) {
    int n = 4 * (p & 7) + 2 * ((p >> 3) & 1) + (p >> 4);
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
    for (int j = 0; j < 4; j++) {
      target.set(SHORT, at + nibbles(bits, j), (short) (low >>> (16 * j)));
      target.set(SHORT, at + nibbles(bits, 4 + j), (short) (high >>> (16 * j)));
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
    // columns 0 to 15 are the even nibbles, 16 to 31 the odd ones
    return (int) (spread(byColumn & 0xffff) | spread(byColumn >>> 16) << 1);
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
