package dev.nomoat.quant.packed;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.packed.PackedLayout.SHORT;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.VectorShape;

/**
 * The integers of a panel, 64 rows × up to {@value #WIDTH} columns, as unsigned numbers of 2 to 6
 * bits.
 *
 * <p>The integers of a row are a stream of bits, column k from bit {@code bits · k} on, cut into
 * words of 16 bits. After a unit of words the cuts fall on the same places again: 8 columns in one
 * word (2 bits), 16 columns in 3 words (3 bits), 4 columns in one word (4 bits), 16 columns in 5
 * words (5 bits), 8 columns in 3 words (6 bits).
 *
 * <p>In memory they are {@code [strips of rows][units][words of a unit][rows of a strip]}, so that
 * a 16-bit lane is a row, and a strip is read from its first byte to its last.
 */
public final class BitPanel {
  /** Columns of a panel, fewer only at the end of a row. */
  public static final int WIDTH = 256;

  /**
   * Rows whose words stand side by side: 64 where two vectors hold so many, else 32. Processors
   * bring memory along before it is asked for only while it is read without gaps, and by few loads.
   */
  public static final int STRIP =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() && Shape.isLong() ? 64 : 32;

  /** Bytes from a word to that of the next unit. */
  public static final int WORD_BYTES = 2 * STRIP;

  private static final int WORD_BITS = 16;

  /** Loaded only when the vector module is present. */
  private static final class Shape {
    static boolean isLong() {
      return VectorShape.preferredShape().vectorBitSize() >= 512;
    }
  }

  private BitPanel() {}

  /**
   * The middle of the range of a stored integer.
   *
   * @param bits 2 to 6
   * @return 2 to 32
   */
  public static int centre(int bits) {
    return 1 << (bits - 1);
  }

  /**
   * Words of a unit.
   *
   * @param bits 2 to 6
   * @return 1, 3 or 5
   */
  public static int unitWords(int bits) {
    return switch (bits) {
      case 2, 4 -> 1;
      case 5 -> 5;
      default -> 3;
    };
  }

  /**
   * Columns of a unit.
   *
   * @param bits 2 to 6
   * @return 4, 8 or 16
   */
  public static int unitColumns(int bits) {
    return unitWords(bits) * WORD_BITS / bits;
  }

  /**
   * Size of a panel.
   *
   * @param bits 2 to 6
   * @param columns columns of the panel, a multiple of 32
   * @return bytes
   */
  public static int bytes(int bits, int columns) {
    return GROUP * columns * bits / 8;
  }

  /**
   * Where the words of a row begin.
   *
   * @param bits 2 to 6
   * @param columns columns of the panel
   * @param row a row of the group
   * @return bytes from the start of the panel
   */
  public static int row(int bits, int columns, int row) {
    return row / STRIP * (bytes(bits, columns) / (GROUP / STRIP)) + 2 * (row % STRIP);
  }

  /**
   * Where a word of a row stands.
   *
   * @param bits 2 to 6
   * @param unit which unit
   * @param word which word of the unit
   * @return bytes from the row's first word
   */
  public static int word(int bits, int unit, int word) {
    return (unit * unitWords(bits) + word) * WORD_BYTES;
  }

  /**
   * Columns of which a word holds bits, at most.
   *
   * @param bits 2 to 6
   * @return 8, 6 or 4
   */
  public static int maxFields(int bits) {
    return bits == 2 ? 8 : bits == 3 ? 6 : 4;
  }

  /** The first column of a unit of which a word holds bits. */
  static int firstColumn(int bits, int word) {
    return word * WORD_BITS / bits;
  }

  /** How many columns a word holds bits of. */
  static int fields(int bits, int word) {
    return Math.ceilDiv((word + 1) * WORD_BITS, bits) - firstColumn(bits, word);
  }

  /**
   * Where the bits of a column begin in a word; above the columns of the word, past its end.
   *
   * @param bits 2 to 6
   * @param word which word of a unit
   * @param field which of the columns that the word holds bits of, from 0
   * @return 0 to 15 for a column of the word
   */
  public static int shift(int bits, int word, int field) {
    return Math.max(0, bits * (firstColumn(bits, word) + field) - WORD_BITS * word);
  }

  /** How many bits of a column stand in the word before. */
  private static int bitsBefore(int bits, int word, int field) {
    return Math.max(0, WORD_BITS * word - bits * (firstColumn(bits, word) + field));
  }

  /** The stored integer of a column of a panel. */
  static int get(int bits, MemorySegment packed, long panel, int columns, int column, int row) {
    int unit = column / unitColumns(bits);
    int bit = column % unitColumns(bits) * bits;
    long at = panel + row(bits, columns, row);
    int first = bit / WORD_BITS;
    int last = (bit + bits - 1) / WORD_BITS;
    int low = packed.get(SHORT, at + word(bits, unit, first)) & 0xffff;
    int high = packed.get(SHORT, at + word(bits, unit, last)) & 0xffff;
    return ((low | high << WORD_BITS) >>> bit % WORD_BITS) & ((1 << bits) - 1);
  }

  /**
   * Numbers of {@link #factors} for some columns.
   *
   * @param bits 2 to 6
   * @param columns how many, a multiple of 32
   * @return how many
   */
  public static int factorCount(int bits, int columns) {
    return maxFields(bits) * bits * columns / WORD_BITS;
  }

  /**
   * Makes factors with which a panel is multiplied without taking its words apart.
   *
   * <p>A word W holds numbers that begin at the bits s₀ = 0, s₁, s₂ …; the i-th is {@code (W >> sᵢ)
   * − 2^(sᵢ₊₁ − sᵢ) · (W >> sᵢ₊₁)}. So the sum of their products with the activations xᵢ is the sum
   * of {@code (W >> sᵢ) · fᵢ} with {@code fᵢ = xᵢ − 2^(sᵢ − sᵢ₋₁) · xᵢ₋₁}, without any mask; and
   * modulo 2¹⁶ it is exact, as long as the sum itself fits. An activation whose number began in the
   * word before counts 2^n-fold, n being the bits that stand there.
   *
   * @param bits 2 to 6
   * @param x activations, each in both halves of an int
   * @param at where the panel's first column is
   * @param columns columns of the panel
   * @param factors receives {@code [units][words of a unit][maxFields]} numbers, each in both
   *     halves; 0 where a word has fewer fields
   * @param to where
   */
  public static void factors(int bits, int[] x, int at, int columns, int[] factors, int to) {
    int unitColumns = unitColumns(bits);
    int units = columns / unitColumns;
    if (unitWords(bits) == 1) {
      uncutFactors(bits, x, at, columns, factors, to);
      return;
    }
    int maxFields = maxFields(bits);
    for (int word = 0; word < unitWords(bits); word++) {
      int first = at + firstColumn(bits, word);
      int base = to + word * maxFields;
      int fields = fields(bits, word);
      int before = 0; // how far the number of the field before has to be shifted, 0 for none
      for (int field = 0; field < maxFields; field++) {
        int weight = bitsBefore(bits, word, field);
        int next = shift(bits, word, field + 1) - shift(bits, word, field) + weight;
        for (int unit = 0; unit < units; unit++) {
          int column = first + unit * unitColumns + field;
          int f = 0;
          if (field < fields) {
            f = (x[column] << weight) - (before == 0 ? 0 : x[column - 1] << before);
          }
          factors[base + unit * unitWords(bits) * maxFields + field] = (f & 0xffff) | f << 16;
        }
        before = next;
      }
    }
  }

  /** The same where no integer is cut, in loops that C2 makes vectors of. */
  private static void uncutFactors(int bits, int[] x, int at, int columns, int[] factors, int to) {
    for (int i = 1; i < columns; i++) {
      int f = x[at + i] - (x[at + i - 1] << bits);
      factors[to + i] = (f & 0xffff) | f << 16;
    }
    int fields = maxFields(bits);
    for (int i = 0; i < columns; i += fields) {
      factors[to + i] = x[at + i];
    }
  }
}
