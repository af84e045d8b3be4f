package dev.nomoat.quant.packed;

/**
 * A form of the 8-bit activations of few tokens, with which a panel is multiplied without being
 * unpacked.
 */
public enum FactorForm {
  /** For integers of 2 bits: {@link BitPanel#factors}. */
  TWO_BITS(2, 0, 0, 0, 0),
  /** For integers of 3 bits. */
  THREE_BITS(3, 0, 0, 4, 16),
  /** For integers of 4 bits. */
  FOUR_BITS(4, 0, 0, 8, 32),
  /** For integers of 5 bits. */
  FIVE_BITS(5, 0, 0, 16, 16),
  /** For integers of 6 bits. */
  SIX_BITS(6, 0, 0, 32, 8),
  /** For integers of 2 bits that stand for eight times themselves. */
  EIGHTFOLD_TWO_BITS(2, 3, 0, 0, 0),
  /** For integers of 4 bits that stand for twice themselves. */
  TWOFOLD_FOUR_BITS(4, 1, 0, 15, 16),
  /** For integers that are looked up, whose sums are of two columns: see {@link #make}. */
  PAIRS(4, 0, 2, 0, 0),
  /** The same with sums of four columns. */
  FOURS(4, 0, 4, 0, 0),
  /** The same for the words of a {@link PairPanel}. */
  PAIR_FOURS(3, 0, 4, 0, 0);

  /** Rows of activations that are multiplied straight from packed memory with any form. */
  public static final int FEW_ROWS = 7;

  /** Rows of which that is so with forms for 4 bits, of which words hold whole numbers. */
  public static final int MOST_ROWS = 24;

  private static final int WORD_COLUMNS = 4;

  /** Columns of the sums of activations that are kept. */
  private static final int QUARTER = 8;

  /** Words of a unit of a {@link PairPanel} with the fourth one. */
  private static final int UNIT_WORDS = PairPanel.UNIT_COLUMNS / WORD_COLUMNS;

  private final int bits;
  private final int shift;
  private final int summedColumns;
  private final int zero;
  private final int partColumns;

  FactorForm(int bits, int shift, int summedColumns, int zero, int partColumns) {
    this.bits = bits;
    this.shift = shift;
    this.summedColumns = summedColumns;
    this.zero = zero;
    this.partColumns = partColumns;
  }

  /** The form for integers that are looked up by codes of some bits, in sums of some columns. */
  static FactorForm ofCodes(int bits, int summedColumns) {
    return of(bits, 0, summedColumns);
  }

  /** The form for integers that are stored in a unit of {@code 2^shift}. */
  static FactorForm ofIntegers(int bits, int shift) {
    return of(bits, shift, 0);
  }

  private static FactorForm of(int bits, int shift, int summedColumns) {
    for (FactorForm form : values()) {
      if (form.bits == bits && form.shift == shift && form.summedColumns == summedColumns) {
        return form;
      }
    }
    throw new IllegalArgumentException(
        "no form for %d bits, shift %d, sums of %d".formatted(bits, shift, summedColumns));
  }

  /**
   * Numbers of the form.
   *
   * @param columns columns of some panels, a multiple of 32
   * @return how many
   */
  public int count(int columns) {
    if (isOfCodes()) {
      return columns + columns / summedColumns;
    }
    return starts(columns) + (partColumns == 0 ? 0 : columns / partColumns);
  }

  /**
   * Whether what the sums begin with is part of the form: for integers of 3 and more bits that are
   * not looked up, of which the same number is always taken off.
   *
   * @param zero that number
   * @param partColumns columns of a raw sum
   * @return true where it stands behind the numbers of the words
   */
  boolean hasStarts(int zero, int partColumns) {
    return this.zero == zero && this.partColumns == partColumns;
  }

  /**
   * Where the sums of the activations begin, of a form for integers that are looked up.
   *
   * @param columns columns of the panel
   * @return after so many numbers
   */
  public static int sums(int columns) {
    return columns;
  }

  /**
   * Makes the form of a panel.
   *
   * <p>For integers that are looked up: of the four 4-bit numbers of a word W, a, b, c and d from
   * the lowest bits on, {@code W & 0x0f0f} holds a and c in its bytes, {@code (W >> 4) & 0x0f0f} b
   * and d. When P has in their place bytes A and C that were looked up, {@code A · x₀ + C · x₂ = P
   * · x₀ + (P >> 8) · (x₂ − 256 · x₀)}, modulo 2¹⁶. So the numbers of a word are {@code x₀, x₂ −
   * 256 · x₀, x₁, x₃ − 256 · x₁}, each in both halves of an int. Behind those of all words stand
   * the sums of the activations of each word, or of each of its pairs, times {@link
   * IntegerLayout#BIAS}, likewise twice.
   *
   * <p>For other integers of 3 and more bits {@link BitPanel#factors}, and behind these {@code
   * −zero · Σ x} of the columns of each raw sum, which it begins with, likewise twice.
   *
   * @param x activations, each in both halves of an int
   * @param at where the panel's first column is
   * @param columns columns of the panel
   * @param quarterSums sums of the activations, of 8 columns each
   * @param sumsAt where the panel's begin
   * @param factors receives {@link #count} numbers
   * @param to where
   */
  public void make(
      int[] x, int at, int columns, int[] quarterSums, int sumsAt, int[] factors, int to) {
    if (isOfCodes()) {
      for (int word = 0; word < columns / WORD_COLUMNS; word++) {
        makeWord(x, at + word * WORD_COLUMNS, columns, place(word, columns), factors, to);
      }
    } else {
      makeFactors(x, at, columns, factors, to);
      makeStarts(quarterSums, sumsAt, columns, factors, to);
    }
  }

  /**
   * Whether the form is for integers that are looked up.
   *
   * @return false where numbers of the words come first, and behind them what sums begin with
   */
  public boolean isOfCodes() {
    return summedColumns > 0;
  }

  /**
   * Whether there are loops for tiles of tokens, whose numbers stand side by side.
   *
   * @return true for integers of 4 and more bits that are not looked up
   */
  public boolean hasTiles() {
    return bits >= 4 && !isOfCodes();
  }

  /**
   * Up to so many rows of activations are multiplied straight from packed memory; for more,
   * unpacking the weights costs less than it saves.
   *
   * @return how many
   */
  public int mostRows() {
    return hasTiles() && bits == 4 ? MOST_ROWS : FEW_ROWS;
  }

  /**
   * Where what sums begin with stands, of a form for integers that are not looked up.
   *
   * @param columns columns of the panel
   * @return after so many numbers
   */
  public int starts(int columns) {
    return BitPanel.factorCount(bits, columns);
  }

  /**
   * Makes the numbers of the words, for integers that are not looked up.
   *
   * @param x activations, each in both halves of an int
   * @param at where the panel's first column is
   * @param columns columns of the panel
   * @param factors receives {@link #starts} numbers
   * @param to where
   */
  public void makeFactors(int[] x, int at, int columns, int[] factors, int to) {
    BitPanel.factors(bits, x, at, columns, factors, to);
    int end = to + starts(columns);
    for (int i = to; shift > 0 && i < end; i++) {
      factors[i] = twice((short) factors[i] << shift);
    }
  }

  /**
   * Makes what sums begin with, for integers that are not looked up.
   *
   * @param quarterSums sums of the activations, of 8 columns each
   * @param sumsAt where the panel's begin
   * @param columns columns of the panel
   * @param factors receives the numbers
   * @param to where those of the panel begin
   */
  public void makeStarts(int[] quarterSums, int sumsAt, int columns, int[] factors, int to) {
    int starts = partColumns == 0 ? 0 : columns / partColumns;
    int quarters = partColumns / QUARTER;
    for (int part = 0; part < starts; part++) {
      int sum = 0;
      for (int i = 0; i < quarters; i++) {
        sum += quarterSums[sumsAt + part * quarters + i];
      }
      factors[to + starts(columns) + part] = twice(-zero * sum);
    }
  }

  /** Which of the words of a form one of a panel is: the fourth ones of units come last. */
  private int place(int word, int columns) {
    int unit = word / UNIT_WORDS;
    if (this != PAIR_FOURS) {
      return word;
    }
    boolean fourth = word % UNIT_WORDS == PairPanel.UNIT_WORDS;
    return fourth ? wordsOf(columns) + unit : word - unit;
  }

  /**
   * Words of a panel, without the fourth ones of the units of a {@link PairPanel}.
   *
   * @param columns columns of the panel
   * @return how many there are in memory
   */
  public int wordsOf(int columns) {
    return columns * bits / Short.SIZE;
  }

  private void makeWord(int[] x, int at, int columns, int place, int[] factors, int to) {
    int a = (short) x[at];
    int b = (short) x[at + 1];
    int c = (short) x[at + 2];
    int d = (short) x[at + 3];
    int i = to + place * WORD_COLUMNS;
    factors[i] = twice(a);
    factors[i + 1] = twice(c - (a << 8));
    factors[i + 2] = twice(b);
    factors[i + 3] = twice(d - (b << 8));
    int sum = to + sums(columns) + place * (WORD_COLUMNS / summedColumns);
    if (summedColumns == WORD_COLUMNS) {
      factors[sum] = twice(-IntegerLayout.BIAS * (a + b + c + d));
    } else {
      factors[sum] = twice(-IntegerLayout.BIAS * (a + c));
      factors[sum + 1] = twice(-IntegerLayout.BIAS * (b + d));
    }
  }

  private static int twice(int x) {
    return (x & 0xffff) | x << 16;
  }
}
