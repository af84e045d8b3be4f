package dev.nomoat.quant;

import dev.nomoat.quant.packed.BitPanel;
import dev.nomoat.quant.packed.FactorForm;
import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.simd.InnerLoops;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A batch of activations, shape [tokens, cols], prepared once for products with any number of
 * matrices.
 *
 * <p>Use: {@link #reset}, write the numbers into {@link #values()}, {@link #quantize} every token
 * when a matrix needs the 8-bit form, then multiply. The memory is reused from batch to batch and
 * only grows. Different threads may quantise different tokens; while products run nothing may be
 * written.
 *
 * <p>The 8-bit form: 32 columns share the scale {@code max|x| / 127}; each number is divided by it
 * and rounded to the nearest integer, ties to even. A second level may hold what the first one
 * leaves, in units of a 254th of its scale: 16 bits together, for twice the arithmetic; the
 * products of both are added.
 */
public final class Activations {
  /** From this many tokens on, products decode weights to f32 once for all of them. */
  static final int FEW_TOKENS = 4;

  private static final int QUARTERS = InnerLoops.QUARTERS;

  /** Between the factors of two rows, lest a power of two puts all into few lines of a cache. */
  private static final int APART = 16;

  private static final int RUN = PackedLayout.RUN;

  /** Columns of the smallest sums that are kept: 8. */
  private static final int QUARTER = RUN / QUARTERS;

  private static final FactorForm[] FORMS = FactorForm.values();

  private float[] values = {};
  // the 8-bit form
  private int[] quants = {}; // [tokens, levels, cols], each integer in both halves
  int[] tiles = {}; // [tokens · levels / TILE, cols, TILE], for unpacked weights
  float[] scale = {}; // [tokens · levels / TILE, runs, TILE]
  private float[] inverse = {}; // of the scale, likewise
  float[] sum = {}; // likewise, scaled
  float[] halfSum = {}; // [tokens · levels / TILE, 2 · runs, TILE], scaled
  int[] quarterSums = {}; // [tokens, levels, runs, QUARTERS]
  private final Map<FactorForm, int[]> factors = new EnumMap<>(FactorForm.class); // for few tokens
  private final Map<FactorForm, int[]> factorTiles = new EnumMap<>(FactorForm.class); // likewise
  private final Set<FactorForm> wanted = EnumSet.noneOf(FactorForm.class);
  private int tokens;
  private int cols;
  private int levels = 1;
  private boolean few;
  private boolean tiled;

  /** Makes an empty batch. */
  public Activations() {
    for (FactorForm form : FORMS) {
      factors.put(form, new int[0]);
      factorTiles.put(form, new int[0]);
    }
  }

  /**
   * Whether products with so many tokens at a time use the form for few.
   *
   * @param tokens how many
   * @return true when it pays to reserve it
   */
  public static boolean few(int tokens) {
    return tokens <= FactorForm.FEW_ROWS;
  }

  /**
   * Sets the shape; the values are undefined afterwards.
   *
   * @param tokens number of tokens, positive
   * @param cols numbers for each token, positive
   * @throws IllegalArgumentException when the shape is not positive or holds 2³⁰ numbers or more
   */
  public void reset(int tokens, int cols) {
    // room for two levels in whole tiles
    if (tokens <= 0 || cols <= 0 || (tokens + InnerLoops.TILE) * 2L * cols > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("shape [%d, %d] is out of range".formatted(tokens, cols));
    }
    this.tokens = tokens;
    this.cols = cols;
    if (values.length < tokens * cols) {
      values = new float[tokens * cols];
    }
  }

  /**
   * The numbers, row-major.
   *
   * @return the array to write into; {@code values()[t · cols + k]}
   */
  public float[] values() {
    return values;
  }

  /**
   * Number of tokens.
   *
   * @return tokens
   */
  public int tokens() {
    return tokens;
  }

  /**
   * Numbers for each token.
   *
   * @return columns
   */
  public int cols() {
    return cols;
  }

  /** Tokens times levels of the 8-bit form. */
  int rows() {
    return tokens * levels;
  }

  int levels() {
    return levels;
  }

  /**
   * Reserves what {@link #quantize} writes; call it after {@link #reset}, before threads quantise.
   *
   * @param levels 1 for 8 bits, 2 for 16
   * @throws IllegalArgumentException when there are other levels, or the columns are not a multiple
   *     of 32
   */
  public void reserveEightBit(int levels) {
    reserveEightBit(levels, false);
  }

  /**
   * The same for products with some of the tokens at a time.
   *
   * @param levels 1 for 8 bits, 2 for 16
   * @param few whether so few at a time that they need the form for them
   * @throws IllegalArgumentException as above
   */
  public void reserveEightBit(int levels, boolean few) {
    if (levels != 1 && levels != 2) {
      throw new IllegalArgumentException("levels must be 1 or 2, not " + levels);
    }
    if (cols % RUN != 0) {
      throw new IllegalArgumentException(
          "8-bit activations need a multiple of 32 columns, not " + cols);
    }
    this.levels = levels;
    this.few = few;
    this.tiled = false;
    if (quants.length < rows() * cols) {
      quants = new int[rows() * cols];
    }
    wanted.clear();
    int runs = paddedRows() * (cols / RUN);
    if (scale.length < runs) {
      scale = new float[runs];
      inverse = new float[runs];
      sum = new float[runs];
      halfSum = new float[2 * runs];
      quarterSums = new int[runs * QUARTERS];
    }
  }

  /**
   * Prepares for products with some weights; after {@link #reserveEightBit}, before {@link
   * #quantize}. Weights of another number of bits are refused later.
   *
   * @param w weights that {@link PackedMatrix#quantizesActivations}; others need nothing
   */
  public void want(PackedMatrix w) {
    if (w.layout() instanceof IntegerLayout layout) {
      want(layout.form());
    }
  }

  void want(FactorForm form) {
    wanted.add(form);
    if (few || !hasFactors(form)) {
      tiled = true;
      tiles = reserve(tiles, paddedRows() * cols);
    }
    if (hasFactors(form)) {
      factors.put(form, reserve(factors(form), rows() * factorsStride(form)));
    }
    if (hasFactorTiles(form)) {
      factorTiles.put(form, reserve(factorTiles(form), rowsInTiles() * form.count(cols)));
    }
  }

  private static int[] reserve(int[] numbers, int length) {
    return numbers.length < length ? new int[length] : numbers;
  }

  /** Rows that fill tiles. */
  private int rowsInTiles() {
    return rows() / InnerLoops.TILE * InnerLoops.TILE;
  }

  /** Rows in whole tiles; the loops read, but do not use, what fills up the last one. */
  private int paddedRows() {
    return Math.ceilDiv(rows(), InnerLoops.TILE) * InnerLoops.TILE;
  }

  boolean isWanted(FactorForm form) {
    return wanted.contains(form);
  }

  int[] factors(FactorForm form) {
    return Objects.requireNonNull(factors.get(form));
  }

  /** From the factors of one row of the 8-bit form to those of the next. */
  int factorsStride(FactorForm form) {
    return form.count(cols) + APART;
  }

  /** Where the factors of a column of a row of the 8-bit form begin; it is the first of a panel. */
  int factorsAt(FactorForm form, int row, int column) {
    return row * factorsStride(form) + form.count(column);
  }

  /** Where the scales of a row begin at a column; they are {@link InnerLoops#TILE} apart. */
  int scaleAt(int row, int column) {
    return tiledAt(row, column, RUN);
  }

  /** Where a row of {@link #tiles} begins at a column; its numbers are {@code TILE} apart. */
  int tilesAt(int row, int column) {
    return tiledAt(row, column, 1);
  }

  /** Where numbers begin of which each row has one for a run of columns. */
  private int tiledAt(int row, int column, int runColumns) {
    int tile = row / InnerLoops.TILE;
    return (tile * cols + column) / runColumns * InnerLoops.TILE + row % InnerLoops.TILE;
  }

  /** Sums of the activations, scaled, one for each run of a layout's columns. */
  float[] runSums(IntegerLayout layout) {
    return layout.runColumns() == RUN ? sum : halfSum;
  }

  /** Where those of a row begin at a column; they are {@link InnerLoops#TILE} apart. */
  int runSumsAt(IntegerLayout layout, int row, int column) {
    return tiledAt(row, column, layout.runColumns());
  }

  /** Where the sums of 8 columns of a row begin at a column. */
  int quarterSumsAt(int row, int column) {
    return (row * cols + column) / RUN * QUARTERS;
  }

  int[] factorTiles(FactorForm form) {
    return Objects.requireNonNull(factorTiles.get(form));
  }

  /** Where the factors of a column of a tile begin; it is the first of a panel. */
  int factorTilesAt(FactorForm form, int firstRow, int column) {
    int tile = firstRow / InnerLoops.TILE;
    return (tile * form.count(cols) + form.count(column)) * InnerLoops.TILE;
  }

  /** Whether there is the form for products straight from packed memory. */
  boolean hasFactors(FactorForm form) {
    return few || rows() <= form.mostRows();
  }

  /** Whether there is that form for tiles, too. */
  boolean hasFactorTiles(FactorForm form) {
    return form.hasTiles() && rowsInTiles() > 0 && hasFactors(form);
  }

  /** Whether a product with some rows of the 8-bit form is computed straight from packed memory. */
  boolean isPacked(FactorForm form, int rows) {
    return rows <= form.mostRows() && hasFactors(form);
  }

  /** Whether there is the form for products with unpacked weights. */
  boolean isTiled() {
    return tiled;
  }

  /** Puts some columns of a tile side by side: {@code [columns, TILE]}. */
  void gatherTile(int firstRow, int from, int to, int[] tile) {
    int count = Math.min(InnerLoops.TILE, rows() - firstRow);
    for (int i = 0; i < count; i++) {
      int row = (firstRow + i) * cols;
      for (int k = from; k < to; k++) {
        tile[(k - from) * InnerLoops.TILE + i] = quants[row + k];
      }
    }
  }

  /**
   * Makes the 8-bit form of a token; {@link #reserveEightBit} comes first.
   *
   * @param token which token
   * @throws IndexOutOfBoundsException when there is no such token
   */
  public void quantize(int token) {
    Objects.checkIndex(token, tokens);
    int runs = cols / RUN;
    int row = token * levels;
    InnerLoops loops = Kernels.best().loops();
    loops.quantize(values, token * cols, runs, scale, inverse, scaleAt(row, 0), quants, row * cols);
    addUp(row, runs);
    if (levels == 2) {
      quantizeRest(token, runs);
      addUp(row + 1, runs);
    }
    for (int r = row; tiled && r < row + levels; r++) {
      makeTiles(r);
    }
    for (FactorForm form : FORMS) {
      for (int r = row; isWanted(form) && hasFactors(form) && r < row + levels; r++) {
        makeFactors(loops, form, r);
        if (form.hasTiles() && r < rowsInTiles()) {
          makeFactorTiles(form, r);
        }
      }
    }
  }

  private void makeTiles(int row) {
    spread(quants, row * cols, cols, tiles, tilesAt(row, 0));
  }

  private void makeFactorTiles(FactorForm form, int row) {
    int to = factorTilesAt(form, row, 0) + row % InnerLoops.TILE;
    spread(factors(form), factorsAt(form, row, 0), form.count(cols), factorTiles(form), to);
  }

  /** Copies numbers of a row to their places in a tile. */
  private static void spread(int[] row, int from, int count, int[] tiles, int to) {
    for (int i = 0; i < count; i++) {
      tiles[to + i * InnerLoops.TILE] = row[from + i];
    }
  }

  private void makeFactors(InnerLoops loops, FactorForm form, int row) {
    for (int k = 0; k < cols; k += BitPanel.WIDTH) {
      int at = row * cols + k;
      int columns = Math.min(BitPanel.WIDTH, cols - k);
      int sumsAt = quarterSumsAt(row, k);
      int to = factorsAt(form, row, k);
      loops.makeFactors(form, quants, at, columns, quarterSums, sumsAt, factors(form), to);
    }
  }

  /** Makes the second level out of what the first one leaves. */
  private void quantizeRest(int token, int runs) {
    int first = token * 2 * cols;
    for (int run = 0; run < runs; run++) {
      int at = scaleAt(2 * token, run * RUN);
      float unit = scale[at];
      float factor = 254 * inverse[at];
      scale[scaleAt(2 * token + 1, run * RUN)] = unit / 254;
      for (int k = run * RUN; k < (run + 1) * RUN; k++) {
        float rest = Math.fma(-unit, (short) quants[first + k], values[token * cols + k]);
        quants[first + cols + k] = InnerLoops.twice(InnerLoops.round(rest * factor));
      }
    }
  }

  /** Sums of the integers of a row. */
  private void addUp(int row, int runs) {
    int at = row * cols;
    int firstQuarter = quarterSumsAt(row, 0);
    for (int i = 0; i < runs * QUARTERS; i++) {
      int k = at + i * QUARTER;
      // written out, as C2 keeps a loop of eight: 2.4 -> 1.9 us for all of 2,048 numbers; the lower
      // halves of sums are the sums of lower halves
      quarterSums[firstQuarter + i] =
          (short)
              (quants[k]
                  + quants[k + 1]
                  + quants[k + 2]
                  + quants[k + 3]
                  + quants[k + 4]
                  + quants[k + 5]
                  + quants[k + 6]
                  + quants[k + 7]);
    }
    int scales = scaleAt(row, 0);
    int halves = tiledAt(row, 0, RUN / 2);
    for (int run = 0; run < runs; run++) {
      int first = firstQuarter + run * QUARTERS;
      int low = quarterSums[first] + quarterSums[first + 1];
      int high = quarterSums[first + 2] + quarterSums[first + 3];
      int to = scales + run * InnerLoops.TILE;
      sum[to] = scale[to] * (low + high);
      int half = halves + 2 * run * InnerLoops.TILE;
      halfSum[half] = scale[to] * low;
      halfSum[half + InnerLoops.TILE] = scale[to] * high;
    }
  }
}
