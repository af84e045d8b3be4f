package dev.nomoat.quant.simd;

/**
 * The loops that the search for the scales of blocks spends its time in. They work on sub-blocks
 * side by side, one in each lane: element i of lane l is at {@code i · LANES + l}. No lane has an
 * influence on another one. Sums over the elements of a lane are made of two: of the elements with
 * even and with odd i, each in ascending order.
 *
 * <p>Lanes beyond those asked for, up to the next multiple of {@link #STEP}, may be computed, too.
 *
 * <p>Stateless and safe for any number of threads.
 */
public interface FitLoops {
  /** Lanes of all arrays. */
  int LANES = 64;

  /** Lanes that are worked on together, at most. */
  int STEP = 32;

  /** Added to a float of magnitude below 2²², rounds it to an integer, ties to even. */
  float ROUND = 0x1.8p23f;

  /**
   * Finds out how large numbers are.
   *
   * @param x numbers
   * @param size elements of a lane, an even number
   * @param lanes how many lanes
   * @param low receives the smallest number of each lane, if all are finite
   * @param high receives the largest one
   * @param squares receives the sum of the squares: infinite or NaN if a number is
   */
  void measure(float[] x, int size, int lanes, float[] low, float[] high, float[] squares);

  /**
   * Weights the errors of numbers: {@code weight = rms + |x|}.
   *
   * @param x numbers
   * @param size elements of a lane
   * @param lanes how many lanes
   * @param rms of each lane
   * @param weight receives the weights
   */
  void weigh(float[] x, int size, int lanes, float[] rms, float[] weight);

  /**
   * Weights the errors of numbers of unequal importance: {@code weight = weight · √(square + x²)}.
   *
   * @param x numbers
   * @param size elements of a lane
   * @param lanes how many lanes
   * @param square of each lane
   * @param weight holds the importance, receives the weights
   */
  void weighImportant(float[] x, int size, int lanes, float[] square, float[] weight);

  /**
   * Gives numbers their nearest multiples: {@code q = (x - min) · inverse}, rounded to an integer
   * from {@code low} to {@code high}, ties to even.
   *
   * @param x numbers
   * @param size elements of a lane
   * @param lanes how many lanes
   * @param inverse of each lane: one by the scale
   * @param min of each lane: what q = 0 stands for
   * @param low smallest q
   * @param high largest q
   * @param q receives the integers
   */
  void round(
      float[] x, int size, int lanes, float[] inverse, float[] min, int low, int high, float[] q);

  /**
   * Sums up what a straight line through numbers over their q depends on.
   *
   * @param x numbers
   * @param weight their weights
   * @param q their multiples
   * @param size elements of a lane, an even number
   * @param lanes how many lanes
   * @param wq receives {@code Σ weight · q} of each lane
   * @param wqq receives {@code Σ weight · q²}
   * @param wqx receives {@code Σ weight · q · x}
   */
  void sum(
      float[] x,
      float[] weight,
      float[] q,
      int size,
      int lanes,
      float[] wq,
      float[] wqq,
      float[] wqx);

  /**
   * {@link #round} and {@link #sum} in one.
   *
   * @param x numbers
   * @param weight their weights
   * @param size elements of a lane, an even number
   * @param lanes how many lanes
   * @param inverse of each lane: one by the scale
   * @param min of each lane: what q = 0 stands for
   * @param low smallest q
   * @param high largest q
   * @param wq receives {@code Σ weight · q} of each lane
   * @param wqq receives {@code Σ weight · q²}
   * @param wqx receives {@code Σ weight · q · x}
   */
  void roundAndSum(
      float[] x,
      float[] weight,
      int size,
      int lanes,
      float[] inverse,
      float[] min,
      int low,
      int high,
      float[] wq,
      float[] wqq,
      float[] wqx);

  /**
   * Sums up the weighted squares of what {@code scale · q + min} misses.
   *
   * @param x numbers
   * @param weight their weights
   * @param q their multiples
   * @param size elements of a lane, an even number
   * @param lanes how many lanes
   * @param scale of each lane
   * @param min of each lane
   * @param errors receives the sum of each lane
   */
  void sumErrors(
      float[] x,
      float[] weight,
      float[] q,
      int size,
      int lanes,
      float[] scale,
      float[] min,
      float[] errors);

  /**
   * Takes the best scale for the given multiples, {@code wqx / wqq}, in the lanes where it leaves
   * less error than what there is.
   *
   * @param lanes how many lanes
   * @param wqq of each lane, see {@link #sum}
   * @param wqx of each lane
   * @param best of each lane: how much of {@code Σ weight · x²} the best scale so far explains
   * @param scale of each lane: that scale
   */
  void keepScales(int lanes, float[] wqq, float[] wqx, float[] best, float[] scale);

  /**
   * Takes the best scale and minimum for the given multiples, in the lanes where they leave less
   * error than what there is.
   *
   * @param lanes how many lanes
   * @param w {@code Σ weight} of each lane
   * @param wx {@code Σ weight · x} of each lane
   * @param wq of each lane, see {@link #sum}
   * @param wqq of each lane
   * @param wqx of each lane
   * @param limit of each lane: the largest minimum that is allowed
   * @param best of each lane: how much of {@code Σ weight · x²} the best line so far explains
   * @param scale of each lane: the scale of that line
   * @param min of each lane: its minimum
   */
  void keepLines(
      int lanes,
      float[] w,
      float[] wx,
      float[] wq,
      float[] wqq,
      float[] wqx,
      float[] limit,
      float[] best,
      float[] scale,
      float[] min);
}
