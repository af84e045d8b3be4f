package dev.nomoat.quant.packed;

/**
 * A form of the 8-bit activations of few tokens, with which a panel is multiplied without being
 * unpacked.
 */
public enum FactorForm {
  /** For integers of 2 bits: {@link BitPanel#factors}. */
  TWO_BITS(2, 0),
  /** For integers of 3 bits. */
  THREE_BITS(3, 0),
  /** For integers of 4 bits. */
  FOUR_BITS(4, 0),
  /** For integers of 5 bits. */
  FIVE_BITS(5, 0),
  /** For integers of 6 bits. */
  SIX_BITS(6, 0),
  /** For integers that are looked up, by pairs: see {@link #make}. */
  PAIRS(4, 1),
  /** The same for both parts of split activations. */
  SPLIT_PAIRS(4, 2),
  /** There is none: panels are unpacked. */
  NONE(0, 0);

  private static final int WORD_COLUMNS = 4;

  private final int bits;
  private final int planes;

  FactorForm(int bits, int planes) {
    this.bits = bits;
    this.planes = planes;
  }

  static FactorForm of(int bits, boolean table, boolean split) {
    return switch (bits) {
      case 2 -> TWO_BITS;
      case 3 -> table ? NONE : THREE_BITS;
      case 4 -> !table ? FOUR_BITS : split ? SPLIT_PAIRS : PAIRS;
      case 5 -> FIVE_BITS;
      default -> SIX_BITS;
    };
  }

  /**
   * Numbers of the form.
   *
   * @param columns columns of some panels, a multiple of 32
   * @return how many
   */
  public int count(int columns) {
    return planes == 0 ? BitPanel.factorCount(bits, columns) : planes * planeCount(columns);
  }

  /**
   * Numbers of a part of split activations: of each column one, then the sum of those of each word.
   */
  private static int planeCount(int columns) {
    return columns + columns / WORD_COLUMNS;
  }

  /**
   * Where the numbers for the higher part of split activations begin, after those for the lower.
   *
   * @param columns columns of the panel
   * @return how many numbers further on
   */
  public static int higher(int columns) {
    return planeCount(columns);
  }

  /**
   * Where the sums of the activations of words begin.
   *
   * @param columns columns of the panel
   * @return after so many numbers of a part
   */
  public static int sums(int columns) {
    return columns;
  }

  /**
   * Makes the form of a panel.
   *
   * <p>For pairs: of the four 4-bit numbers of a word W, a, b, c and d from the lowest bits on,
   * {@code W & 0x0f0f} holds a and c in its bytes, {@code (W >> 4) & 0x0f0f} b and d. When P has in
   * their place bytes A and C that were looked up, {@code A · x₀ + C · x₂ = P · x₀ + (P >> 8) · (x₂
   * − 256 · x₀)}, modulo 2¹⁶. So the numbers of a word are {@code x₀, x₂ − 256 · x₀, x₁, x₃ − 256 ·
   * x₁}, each in both halves of an int. Behind those of all words stand the sums of the activations
   * of each.
   *
   * @param x activations, each in both halves of an int
   * @param at where the panel's first column is
   * @param columns columns of the panel
   * @param factors receives {@link #count} numbers
   * @param to where
   */
  public void make(int[] x, int at, int columns, int[] factors, int to) {
    switch (planes) {
      case 0 -> BitPanel.factors(bits, x, at, columns, factors, to);
      case 1 -> {
        for (int i = 0; i < columns; i++) {
          factors[to + i] = (short) x[at + i];
        }
        makePairs(columns, factors, to);
      }
      default -> {
        int next = to + higher(columns);
        for (int i = 0; i < columns; i++) {
          factors[to + i] = lower((short) x[at + i]);
          factors[next + i] = higherOf((short) x[at + i]);
        }
        makePairs(columns, factors, to);
        makePairs(columns, factors, next);
      }
    }
  }

  /**
   * The lower part of a split activation.
   *
   * @param x the activation
   * @return −8 to 7
   */
  public static int lower(int x) {
    return ((x + 8) & 15) - 8;
  }

  /**
   * The higher part of a split activation: {@code x = 16 · higher + lower}.
   *
   * @param x the activation, −127 to 127
   * @return −8 to 8
   */
  public static int higherOf(int x) {
    return (x + 8) >> 4;
  }

  /** Turns the activations of columns into the numbers of their words. */
  private static void makePairs(int columns, int[] factors, int to) {
    int sum = to + sums(columns);
    for (int i = to; i < to + columns; i += WORD_COLUMNS) {
      int a = factors[i];
      int b = factors[i + 1];
      int c = factors[i + 2];
      int d = factors[i + 3];
      factors[sum++] = a + b + c + d;
      factors[i] = twice(a);
      factors[i + 1] = twice(c - (a << 8));
      factors[i + 2] = twice(b);
      factors[i + 3] = twice(d - (b << 8));
    }
  }

  private static int twice(int x) {
    return (x & 0xffff) | x << 16;
  }
}
