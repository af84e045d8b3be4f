package dev.nomoat.quant.packed;

import static dev.nomoat.quant.packed.PackedLayout.SHORT;

import java.lang.foreign.MemorySegment;

/**
 * Codes of 3 bits of a panel, 64 rows × {@value BitPanel#WIDTH} columns, so that two of them are
 * looked up at a time, one in each byte of a word.
 *
 * <p>A unit of 16 columns takes three words of 16 bits. Each holds four columns: the first two at
 * the bits 0 and 3, the others at 8 and 11. The last four columns of the unit make a fourth word
 * like that, of which two bits of each byte are the highest bits of each of the three, those of the
 * first lowest: see {@link #REST}.
 *
 * <p>In memory they are {@code [strips of rows][units][3 words][rows of a strip]}, a strip being
 * {@link BitPanel#STRIP} rows.
 */
public final class PairPanel {
  /** Bits of a code. */
  public static final int BITS = 3;

  /** Columns of a unit. */
  public static final int UNIT_COLUMNS = 16;

  /** Words of a unit. */
  public static final int UNIT_WORDS = 3;

  /** Columns of a word. */
  public static final int WORD_COLUMNS = 4;

  /** The bits of a word that make a part of the fourth one. */
  public static final int REST = 0xc0c0;

  /** Where those bits begin in a byte. */
  public static final int REST_SHIFT = 6;

  private static final int MASK = (1 << BITS) - 1;
  private static final int REST_MASK = REST >> REST_SHIFT;

  private PairPanel() {}

  /**
   * Where a column begins in a word.
   *
   * @param column which of its columns
   * @return the first bit
   */
  public static int shift(int column) {
    return column / 2 * Byte.SIZE + column % 2 * BITS;
  }

  /** Where the first word of a unit of a row stands. */
  private static long unit(long panel, int column, int row) {
    long strip = panel + BitPanel.row(BITS, BitPanel.WIDTH, row);
    return strip + (long) (column / UNIT_COLUMNS) * UNIT_WORDS * BitPanel.WORD_BYTES;
  }

  /**
   * Where a word of a row stands.
   *
   * @param unit which unit
   * @param word which word of the unit
   * @return bytes from the row's first word
   */
  static int word(int unit, int word) {
    return (unit * UNIT_WORDS + word) * BitPanel.WORD_BYTES;
  }

  /** The code of a column of a panel. */
  static int get(MemorySegment packed, long panel, int column, int row) {
    long at = unit(panel, column, row);
    int word = column % UNIT_COLUMNS / WORD_COLUMNS;
    int codes = 0;
    if (word < UNIT_WORDS) {
      codes = packed.get(SHORT, at + (long) word * BitPanel.WORD_BYTES);
    } else {
      for (int i = 0; i < UNIT_WORDS; i++) {
        int part = packed.get(SHORT, at + (long) i * BitPanel.WORD_BYTES) & REST;
        codes |= part >> REST_SHIFT << (2 * i);
      }
    }
    return codes >> shift(column % WORD_COLUMNS) & MASK;
  }

  /**
   * The words of a unit.
   *
   * @param first the codes of the first eight columns, each in a byte, that of the first lowest
   * @param second those of the others
   * @return three words, the first one lowest
   */
  static long words(long first, long second) {
    long low = twoWords(first);
    long high = twoWords(second);
    long words = (low & 0xffff) | (low >>> 32 << 16) | ((high & 0xffff) << 32);
    long rest = high >>> 32;
    for (int i = 0; i < UNIT_WORDS; i++) {
      long part = ((rest >>> (2 * i)) & REST_MASK) << REST_SHIFT;
      words |= part << (Short.SIZE * i);
    }
    return words;
  }

  /** A word of the first four codes in the lower half, one of the others in the upper half. */
  private static long twoWords(long codes) {
    long pairs = (codes & 0x0007000700070007L) | ((codes >>> 5) & 0x0038003800380038L);
    return (pairs | (pairs >>> 8)) & 0x0000ffff0000ffffL;
  }
}
