package dev.nomoat.quant.encode;

import static dev.nomoat.quant.simd.FitLoops.LANES;

import dev.nomoat.quant.format.Quants;
import java.util.Arrays;

/**
 * Looks for the scale and the minimum of each sub-block whose multiples, {@code scale · q + min}
 * with q from 0 to {@code most}, are nearest to the numbers.
 *
 * <p>Given which q each number takes, the best scale and minimum are those of a weighted straight
 * line through the numbers. So some scales around the plain one are tried, and after each the line
 * is drawn; the best line is used to round once more, which may give a still better one.
 */
final class LineSearch {
  private final SubBlocks blocks;
  private final float most;
  private final boolean positive;
  private final Tries steps;
  private final int refinements;

  /** Of each lane: the scale of the best line. */
  final float[] scale = new float[LANES];

  /** Of each lane: where the best line begins, from {@link #origin}. */
  final float[] min = new float[LANES];

  /** Of each lane: what was taken from the numbers, so that they begin at 0. */
  final float[] origin = new float[LANES];

  private final float[] none = new float[LANES];
  private final float[] unit = new float[LANES];
  private final float[] limit = new float[LANES];
  private final float[] inverse = new float[LANES];
  private final float[] best = new float[LANES];

  /**
   * Makes a search.
   *
   * @param blocks the sub-blocks
   * @param most the largest q
   * @param positive whether minima may be above 0
   * @param steps how many multiples of a scale the range of the numbers is cut into, to be tried
   * @param refinements how often the best line is improved
   */
  LineSearch(SubBlocks blocks, int most, boolean positive, Tries steps, int refinements) {
    this.blocks = blocks;
    this.most = most;
    this.positive = positive;
    this.steps = steps;
    this.refinements = refinements;
  }

  /** Finds the lines of the loaded sub-blocks, and lets their numbers begin at 0. */
  void run() {
    Arrays.fill(best, 0);
    for (int l = 0; l < blocks.lanes(); l++) {
      origin[l] = positive ? blocks.low[l] : Math.min(0, blocks.low[l]);
      limit[l] = positive ? Float.POSITIVE_INFINITY : -origin[l];
      float range = blocks.high[l] - origin[l];
      scale[l] = range / most;
      min[l] = 0;
      unit[l] = Quants.inverse(range);
    }
    blocks.shift(origin);
    for (int t = 0; t < steps.count(); t++) {
      float step = steps.get(t);
      for (int l = 0; l < blocks.lanes(); l++) {
        inverse[l] = step * unit[l];
      }
      improve(none);
    }
    for (int t = 0; t < refinements; t++) {
      for (int l = 0; l < blocks.lanes(); l++) {
        inverse[l] = Quants.inverse(scale[l]);
      }
      improve(min);
    }
  }

  private void improve(float[] from) {
    blocks.roundAndSum(inverse, from);
    blocks.loops.keepLines(
        blocks.lanes(),
        blocks.w,
        blocks.wx,
        blocks.wq,
        blocks.wqq,
        blocks.wqx,
        limit,
        best,
        scale,
        min);
  }
}
