package dev.nomoat.quant.simd;

import dev.nomoat.quant.packed.PackedLayout;
import java.lang.foreign.MemorySegment;

/**
 * The loops that a product spends its time in. Panels are {@code [columns][64 rows]}; sums are
 * {@code [run][TILE tokens][64 rows]}.
 *
 * <p>Stateless and safe for any number of threads.
 */
public interface InnerLoops {
  /** Rows of a panel. */
  int GROUP = PackedLayout.GROUP;

  /** Tokens that share a pass over a panel. */
  int TILE = 4;

  /**
   * What runs, for people.
   *
   * @return such as "scalar" or "vector, 512 bits"
   */
  String description();

  /**
   * All 64 rows of {@link PackedLayout#readPanel}.
   *
   * @param layout layout of the weights
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column, a multiple of {@link PackedLayout#PANEL}
   * @param to end column
   * @param panel receives the panel
   */
  void readPanel(
      PackedLayout layout, MemorySegment packed, long offset, int from, int to, float[] panel);

  /**
   * All 64 rows of {@link PackedLayout#readScales}.
   *
   * @param layout layout of the weights
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column, a multiple of {@link PackedLayout#PANEL}
   * @param to end column
   * @param scale receives the scales
   * @param minimum receives the minima
   */
  void readScales(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      float[] scale,
      float[] minimum);

  /**
   * {@code y[t][row] = fma(panel[k][row], x[t][k], y[t][row])} for k ascending.
   *
   * @param panel weights
   * @param columns columns of the panel
   * @param x activations
   * @param xAt where the first token's columns begin
   * @param xStride from one token to the next
   * @param tokens 1 to {@link #TILE}
   * @param y products, updated
   * @param yAt where the first token's 64 rows begin
   * @param yStride from one token to the next
   */
  void accumulate(
      float[] panel,
      int columns,
      float[] x,
      int xAt,
      int xStride,
      int tokens,
      float[] y,
      int yAt,
      int yStride);

  /**
   * {@code sums[run][t][row]} = the sum over a run of columns, k ascending from zero.
   *
   * @param panel integers of the weights
   * @param runColumns columns of a run
   * @param runs how many
   * @param x activations
   * @param xAt where the first token's columns begin
   * @param xStride from one token to the next
   * @param tokens 1 to {@link #TILE}
   * @param sums receives the sums
   */
  void sumRuns(
      float[] panel,
      int runColumns,
      int runs,
      float[] x,
      int xAt,
      int xStride,
      int tokens,
      float[] sums);

  /**
   * For runs ascending: {@code y[t][row] = fma(sums, scale · xScale, y)}, then, with minima, {@code
   * fma(minimum, xSum, y)}.
   *
   * @param sums sums of runs
   * @param runs how many
   * @param runShift a run's index is shifted right by this to find its activation scale: 1 for runs
   *     of 16, 0 for 32
   * @param scale scales of the weights, {@code [run][64]}
   * @param minimum minima of the weights, {@code [run][64]}; only read when {@code hasMinimum}
   * @param hasMinimum whether there are minima
   * @param xScale scales of the activations
   * @param xSum sums of the activations, scaled
   * @param xAt where the first token's scales and sums begin
   * @param xStride from one token to the next
   * @param tokens 1 to {@link #TILE}
   * @param y products, updated
   * @param yAt where the first token's 64 rows begin
   * @param yStride from one token to the next
   */
  void scaleRuns(
      float[] sums,
      int runs,
      int runShift,
      float[] scale,
      float[] minimum,
      boolean hasMinimum,
      float[] xScale,
      float[] xSum,
      int xAt,
      int xStride,
      int tokens,
      float[] y,
      int yAt,
      int yStride);

  /**
   * One group of weights without scales times one token, straight from packed memory.
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
  boolean multiplyDirect(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int columns,
      float[] x,
      int xAt,
      float[] y,
      int yAt);

  /**
   * The sums of a panel's runs for one token with f32 activations, straight from packed memory.
   *
   * @param layout layout of the weights
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column of the panel
   * @param to end column
   * @param x activations
   * @param xAt where column 0 of the token begins
   * @param sums receives sums of runs, for token 0 of the tile
   * @return false when there is no such loop for this layout; then nothing was done
   */
  boolean sumDirect(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      float[] x,
      int xAt,
      float[] sums);

  /**
   * The sums of a panel's runs for one token with 8-bit activations, straight from packed memory.
   *
   * @param layout layout of the weights
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column of the panel
   * @param to end column
   * @param pairs activations as pairs of 16-bit integers in the order of the packed pairs
   * @param pairsAt where column 0 of the token begins
   * @param integerSums sums of 32 activations
   * @param sumsAt where column 0 of the token begins
   * @param raw scratch
   * @param sums receives sums of runs, for token 0 of the tile
   * @return false when there is no such loop for this layout; then nothing was done
   */
  boolean sumIntegers(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int[] pairs,
      int pairsAt,
      int[] integerSums,
      int sumsAt,
      short[] raw,
      float[] sums);
}
