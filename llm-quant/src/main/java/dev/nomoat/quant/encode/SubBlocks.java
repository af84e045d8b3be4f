package dev.nomoat.quant.encode;

import static dev.nomoat.quant.simd.FitLoops.LANES;

import dev.nomoat.quant.format.Quants;
import dev.nomoat.quant.simd.FitLoops;

/**
 * Sub-blocks side by side, each in a lane of its own: element i of lane l is at {@code i · LANES +
 * l}. Within a lane everything happens in one order, so that the results are the same with vectors
 * of any width.
 */
final class SubBlocks {
  /** Elements of a sub-block. */
  final int size;

  /** The numbers. */
  final float[] x;

  /** How much the square of each number's error counts. */
  final float[] weight;

  /** The multiples of the scale that the numbers take. */
  final float[] q;

  /** Of each lane: the smallest number. */
  final float[] low = new float[LANES];

  /** Of each lane: the largest number. */
  final float[] high = new float[LANES];

  /** Of each lane: the sum of {@code x²}. */
  final float[] squares = new float[LANES];

  /** Of each lane: the sum of {@code weight}. */
  final float[] w = new float[LANES];

  /** Of each lane: the sum of {@code weight · x}. */
  final float[] wx = new float[LANES];

  /** Of each lane: the sum of {@code weight · q}. */
  final float[] wq = new float[LANES];

  /** Of each lane: the sum of {@code weight · q²}. */
  final float[] wqq = new float[LANES];

  /** Of each lane: the sum of {@code weight · q · x}. */
  final float[] wqx = new float[LANES];

  /** Of each lane: the sum of {@code weight · error²}. */
  final float[] errors = new float[LANES];

  /** Scratch of the grid. */
  final float[] halves = new float[LANES];

  /** Scratch of the grid. */
  final float[] from = new float[LANES];

  /** The loops to work with. */
  final FitLoops loops;

  private final Grid grid;
  private int lanes;

  /**
   * Makes an empty set.
   *
   * @param loops the loops to work with
   * @param size elements of a sub-block
   * @param grid the multiples that there are
   */
  SubBlocks(FitLoops loops, int size, Grid grid) {
    this.loops = loops;
    this.size = size;
    this.grid = grid;
    x = new float[size * LANES];
    weight = new float[size * LANES];
    q = new float[size * LANES];
  }

  /** How many lanes are in use. */
  int lanes() {
    return lanes;
  }

  /**
   * Takes consecutive sub-blocks, one for each lane.
   *
   * @param src numbers
   * @param offset where the first is
   * @param count how many sub-blocks, at most {@link FitLoops#LANES}
   * @throws IllegalArgumentException if a number is not finite
   */
  void load(float[] src, int offset, int count) {
    lanes = count;
    toLanes(src, offset, x);
    loops.measure(x, size, lanes, low, high, squares);
    for (int l = 0; l < lanes; l++) {
      if (!Float.isFinite(squares[l])) {
        for (int i = 0; i < size; i++) {
          Quants.finite(src, offset + l * size + i);
        }
      }
    }
  }

  /** Puts consecutive sub-blocks into lanes of their own. */
  void toLanes(float[] src, int offset, float[] target) {
    for (int l = 0; l < lanes; l++) {
      int from = offset + l * size;
      for (int i = 0; i < size; i++) {
        target[i * LANES + l] = src[from + i];
      }
    }
  }

  /** Takes a number of each lane from all numbers of that lane, and sums weights up. */
  void shift(float[] by) {
    for (int l = 0; l < lanes; l++) {
      float sum = 0;
      float products = 0;
      for (int at = l; at < x.length; at += LANES) {
        float number = x[at] - by[l];
        x[at] = number;
        sum += weight[at];
        products += weight[at] * number;
      }
      w[l] = sum;
      wx[l] = products;
    }
  }

  /**
   * Gives every number the q whose {@code q / inverse + min} is nearest to it.
   *
   * @param inverse of each lane: one by the scale
   * @param min of each lane: what q = 0 stands for
   */
  void round(float[] inverse, float[] min) {
    grid.round(this, inverse, min);
  }

  /** As {@link #round}, and sums up what a line through the numbers over their q depends on. */
  void roundAndSum(float[] inverse, float[] min) {
    grid.roundAndSum(this, inverse, min);
  }

  /** Sums up the weighted squares of what {@code scale · q + min} misses. */
  void sumErrors(float[] scale, float[] min) {
    loops.sumErrors(x, weight, q, size, lanes, scale, min, errors);
  }
}
