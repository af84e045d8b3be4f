package dev.nomoat.quant.simd;

import dev.nomoat.quant.packed.BitPanel;
import dev.nomoat.quant.packed.FactorForm;
import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.PackedLayout;
import java.lang.foreign.MemorySegment;

/**
 * The loops that a product spends its time in. All work on one group of 64 rows.
 *
 * <p>With f32 activations: {@code y = fma(w, x, y)} for columns ascending, where w is the weight as
 * an f32 number. With 8-bit ones, for runs of columns that share a scale, ascending: {@code y =
 * fma(Σ q · x, scale · xScale, y)} and then, for types with a minimum, {@code y = fma(minimum,
 * xSum, y)}; the sum is an exact integer, and that minimum is {@code fma(c, scale, minimum)},
 * because q is taken less the centre c of its range.
 *
 * <p>On its way that sum is held in 16 bits. The integers of the weights are taken less the centre
 * c of their range, and a run is cut into parts so short that no part leaves the 16 bits: {@link
 * IntegerLayout#partColumns()}. Where that would be too short, sums are split in two instead:
 * {@link IntegerLayout#isSplit()}; that of the low bits comes first. Raw sums are {@code
 * [run][part][TILE tokens][64 rows]}; a single token is the first of the tile.
 *
 * <p>Stateless and safe for any number of threads.
 */
public interface InnerLoops {
  /** Rows that are worked on side by side. */
  int GROUP = PackedLayout.GROUP;

  /** Scales of a panel, at most; arrays for them have room for {@link #GROUP} more, as scratch. */
  int SCALES = BitPanel.WIDTH / 16 * GROUP;

  /** Bytes of the scales of a panel, and what else belongs to them, at most. */
  int SCALE_BYTES = 4 * SCALES;

  /** Sums of 8-bit activations that are kept of 32 columns. */
  int QUARTERS = 4;

  /** Tokens that share a pass over unpacked weights. */
  int TILE = 4;

  /** Below this, 127 / max|x| could overflow, so that such numbers count as zeros. */
  float TINY = 0x1p-100f;

  /** Adding and subtracting it rounds a float of magnitude below 2²² to an integer. */
  float ROUND = 0x1.8p23f;

  /**
   * What runs, for people.
   *
   * @return such as "scalar" or "vector, 512 bits"
   */
  String description();

  /**
   * All 64 rows of {@link PackedLayout#readWeights}.
   *
   * @param layout layout of the weights
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column
   * @param to end column
   * @param weights receives {@code [columns][64]}
   * @param scale scratch for the scales of the columns
   * @param minimum scratch for their minima
   * @param integers scratch for their integers
   * @param scales scratch for the scales as they are packed, {@value #SCALE_BYTES} bytes long
   */
  void unpackWeights(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      float[] weights,
      float[] scale,
      float[] minimum,
      short[] integers,
      short[] scales);

  /**
   * {@code y[t][row] = fma(weights[k][row], x[t][k], y[t][row])} for k ascending.
   *
   * @param weights unpacked weights, {@code [columns][64]}
   * @param weightsAt where they begin
   * @param columns how many
   * @param x activations
   * @param xAt where the first token's columns begin
   * @param xStride from one token to the next
   * @param tokens how many tokens
   * @param y products, updated
   * @param yAt where the first token's 64 rows begin
   * @param yStride from one token to the next
   */
  void accumulate(
      float[] weights,
      int weightsAt,
      int columns,
      float[] x,
      int xAt,
      int xStride,
      int tokens,
      float[] y,
      int yAt,
      int yStride);

  /**
   * One group times one token with f32 activations, straight from packed memory.
   *
   * @param layout layout of the weights
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param columns columns of the matrix
   * @param x activations
   * @param xAt where the columns begin
   * @param y receives 64 products
   * @param yAt where
   * @return false when there is no such loop for this layout; then nothing was done
   */
  boolean multiply(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int columns,
      float[] x,
      int xAt,
      float[] y,
      int yAt);

  /**
   * All 64 rows of {@link IntegerLayout#readIntegers}.
   *
   * @param layout layout of the weights
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column of a panel
   * @param to end column of the panel
   * @param integers receives {@code [columns][64]}
   */
  void unpackIntegers(
      IntegerLayout layout, MemorySegment packed, long offset, int from, int to, short[] integers);

  /**
   * All 64 rows of {@link IntegerLayout#readScales}.
   *
   * @param layout layout of the weights
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column of a panel
   * @param scale receives the scales
   * @param minimum receives the minima
   * @param scales scratch for the scales as they are packed, {@value #SCALE_BYTES} bytes long
   */
  void readScales(
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      float[] scale,
      float[] minimum,
      short[] scales);

  /**
   * Whether there are loops for 8-bit activations straight from packed memory.
   *
   * @return true for {@link #multiplyToken}, {@link #sumPacked} and {@link #sumPackedTile}
   */
  boolean readPacked();

  /**
   * Some panels of one group times one token with 8-bit activations, straight from packed memory:
   * one loop reads integers and scales, because memory comes fastest to loops that leave no gaps.
   *
   * @param layout layout of the weights
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column of a panel
   * @param to end column of a panel
   * @param factors the activations in the layout's {@link IntegerLayout#form()}
   * @param factorsAt where those of column {@code from} begin
   * @param quarterSums sums of the activations, {@link #QUARTERS} for 32 columns
   * @param sumsAt where those of column {@code from} begin
   * @param xScale scales of the activations, as for {@link #addRuns}
   * @param xScaleAt where those of column {@code from} begin
   * @param xSum scaled sums of the activations, likewise
   * @param xSumAt where those of column {@code from} begin
   * @param y 64 products, to which is added
   * @param yAt where they begin
   * @param raw scratch for raw sums
   * @param scale scratch for scales
   * @param minimum scratch for minima
   * @param scales scratch for the scales as they are packed, {@value #SCALE_BYTES} bytes long
   * @throws UnsupportedOperationException unless {@link #readPacked}
   */
  void multiplyToken(
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int[] factors,
      int factorsAt,
      int[] quarterSums,
      int sumsAt,
      float[] xScale,
      int xScaleAt,
      float[] xSum,
      int xSumAt,
      float[] y,
      int yAt,
      short[] raw,
      float[] scale,
      float[] minimum,
      short[] scales);

  /**
   * Raw sums of a panel for one token, straight from packed memory.
   *
   * @param layout layout of the weights
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column of the panel
   * @param factors the activations in the layout's {@link IntegerLayout#form()}
   * @param factorsAt where those of the panel begin
   * @param quarterSums sums of the activations, {@link #QUARTERS} for 32 columns
   * @param sumsAt where those of column {@code from} begin
   * @param raw receives the raw sums
   * @throws UnsupportedOperationException unless {@link #readPacked}
   */
  void sumPacked(
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int[] factors,
      int factorsAt,
      int[] quarterSums,
      int sumsAt,
      short[] raw);

  /**
   * Raw sums of a panel for {@link #TILE} tokens.
   *
   * @param layout layout of the weights
   * @param integers unpacked integers, {@code [columns][64]}
   * @param columns how many, a multiple of 32
   * @param x activations, each twice in an int, {@code [columns][TILE]}
   * @param xAt where they begin
   * @param raw receives the raw sums
   */
  void sumTile(IntegerLayout layout, short[] integers, int columns, int[] x, int xAt, short[] raw);

  /**
   * Raw sums of a panel for {@link #TILE} tokens, straight from packed memory.
   *
   * @param layout layout of the weights, whose form {@link FactorForm#hasTiles()}
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column of the panel
   * @param factors the activations in the layout's {@link IntegerLayout#form()}, {@code [numbers of
   *     a panel][TILE]}
   * @param factorsAt where those of the panel begin
   * @param raw receives the raw sums
   * @throws UnsupportedOperationException unless {@link #readPacked}
   */
  void sumPackedTile(
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int[] factors,
      int factorsAt,
      short[] raw);

  /**
   * Adds the runs of some tokens of a tile to their products.
   *
   * @param layout layout of the weights
   * @param raw raw sums
   * @param rawAt where the first token's rows begin in the first part of the first run
   * @param step from a part to the next one
   * @param tokens how many tokens
   * @param runs how many runs
   * @param scale scales of the weights, {@code [run][64]}
   * @param minimum minima of the weights, {@code [run][64]}, moved to the centre; only read when
   *     the layout has them
   * @param xScale scales of the activations, {@code [32 columns][TILE]}
   * @param xScaleAt where the first token's begin
   * @param xSum sums of the activations, scaled, {@code [run][TILE]}; only read when the layout has
   *     minima
   * @param xSumAt where the first token's begin
   * @param y products, {@code [tokens][64]}, updated
   * @param yAt where the first token's begin
   */
  void addRuns(
      IntegerLayout layout,
      short[] raw,
      int rawAt,
      int step,
      int tokens,
      int runs,
      float[] scale,
      float[] minimum,
      float[] xScale,
      int xScaleAt,
      float[] xSum,
      int xSumAt,
      float[] y,
      int yAt);

  /**
   * Rounds numbers to 8 bits: of each run of 32, the scale is {@code max|x| / 127}.
   *
   * @param x numbers
   * @param at where they begin
   * @param runs how many runs
   * @param scale receives the scale of each run, {@link #TILE} apart
   * @param inverse receives {@code 127 / max|x|}, likewise
   * @param scaleAt where in both
   * @param quants receives the integers, each {@link #twice}
   * @param to where
   */
  void quantize(
      float[] x,
      int at,
      int runs,
      float[] scale,
      float[] inverse,
      int scaleAt,
      int[] quants,
      int to);

  /**
   * The same as {@link FactorForm#make}, but for up to 15 zeros behind it.
   *
   * @param form the form
   * @param x activations, each {@link #twice}
   * @param at where the panel's first column is
   * @param columns columns of the panel
   * @param quarterSums sums of the activations, {@link #QUARTERS} for 32 columns
   * @param sumsAt where the panel's begin
   * @param factors receives {@link FactorForm#count} numbers
   * @param to where
   */
  void makeFactors(
      FactorForm form,
      int[] x,
      int at,
      int columns,
      int[] quarterSums,
      int sumsAt,
      int[] factors,
      int to);

  /**
   * Decodes a run of numbers of 64 vectors, which are columns: {@code target[i · 64 + vector] = d ·
   * q}.
   *
   * @param bits bits of an integer: 8 or 4
   * @param run memory: {@code [64]} scales, then bytes {@code [numbers][64]}, or {@code [⌈numbers /
   *     2⌉][64]} with the first half of the numbers in their low bits
   * @param offset where the run begins, in bytes
   * @param numbers how many of each vector, positive
   * @param target receives {@code [numbers][64]}
   * @param at where
   */
  void decodeColumns(int bits, MemorySegment run, long offset, int numbers, float[] target, int at);

  /**
   * Decodes a run of numbers of vectors that are rows: {@code target[row · 64 + i] = d · q}.
   *
   * @param bits bits of an integer: 8 or 4
   * @param run memory: {@code [64]} scales, then bytes {@code [64][numbers]}, or {@code
   *     [64][⌈numbers / 2⌉]} with the first half of the numbers in their low bits
   * @param offset where the run begins, in bytes
   * @param numbers how many of each vector
   * @param rows how many vectors
   * @param target receives the numbers
   * @param at where
   */
  void decodeRows(
      int bits, MemorySegment run, long offset, int numbers, int rows, float[] target, int at);

  /**
   * Makes minima what they are where the centre of the integers' range counts as 0.
   *
   * @param layout layout of the weights; without minima nothing is done
   * @param runs how many runs
   * @param scale scales, {@code [run][64]}
   * @param minimum minima, {@code [run][64]}, changed
   */
  static void moveMinima(IntegerLayout layout, int runs, float[] scale, float[] minimum) {
    float zero = layout.zero();
    for (int i = 0; layout.hasMinimum() && i < runs * GROUP; i++) {
      minimum[i] = Math.fma(zero, scale[i], minimum[i]);
    }
  }

  /**
   * The number in the low bits of a byte.
   *
   * @param both two numbers of 4 bits
   * @return −8 to 7
   */
  static int lowNibble(byte both) {
    return (both << 28) >> 28;
  }

  /**
   * The number in the high bits of a byte.
   *
   * @param both two numbers of 4 bits
   * @return −8 to 7
   */
  static int highNibble(byte both) {
    return both >> 4;
  }

  /**
   * Rounds to the nearest integer, ties to even.
   *
   * @param v number of magnitude below 2²²
   * @return the integer, 0 for NaN
   */
  static int round(float v) {
    return (int) ((v + ROUND) - ROUND);
  }

  /**
   * An integer of 16 bits in both halves of an int, to be loaded into all 16-bit lanes.
   *
   * @param q integer
   * @return twice the integer
   */
  static int twice(int q) {
    return (q & 0xffff) | (q << 16);
  }
}
