package dev.nomoat.quant.encode;

import static dev.nomoat.quant.simd.FitLoops.LANES;

import dev.nomoat.quant.format.Quants;
import java.util.Arrays;

/**
 * Looks for the scale of each sub-block whose multiples are nearest to the numbers.
 *
 * <p>Given which q each number takes, the best scale is {@code Σ w·q·x / Σ w·q²}. So the number of
 * largest magnitude is put at some places around both ends of the grid, and for each the best scale
 * is taken; the best of these is used to round once more, which may give a still better one.
 */
final class ScaleSearch {
  private final SubBlocks blocks;
  private final float low;
  private final Tries below;
  private final Tries above;
  private final int refinements;

  /** Of each lane: the best scale found. */
  final float[] scale = new float[LANES];

  private final float[] none = new float[LANES];
  private final float[] unit = new float[LANES];
  private final float[] inverse = new float[LANES];
  private final float[] best = new float[LANES];

  /**
   * Makes a search.
   *
   * @param blocks the sub-blocks
   * @param low the smallest q, whose magnitude is the largest
   * @param below the q below 0 that the number of largest magnitude is put at
   * @param above those above 0
   * @param refinements how often the best scale is improved
   */
  ScaleSearch(SubBlocks blocks, float low, Tries below, Tries above, int refinements) {
    this.blocks = blocks;
    this.low = low;
    this.below = below;
    this.above = above;
    this.refinements = refinements;
  }

  /** Finds the scales of the loaded sub-blocks. */
  void run() {
    Arrays.fill(best, 0);
    for (int l = 0; l < blocks.lanes(); l++) {
      float extreme = -blocks.low[l] > blocks.high[l] ? blocks.low[l] : blocks.high[l];
      scale[l] = extreme / low;
      unit[l] = Quants.inverse(extreme);
    }
    tryAll(below);
    tryAll(above);
    for (int t = 0; t < refinements; t++) {
      for (int l = 0; l < blocks.lanes(); l++) {
        inverse[l] = Quants.inverse(scale[l]);
      }
      improve();
    }
  }

  private void tryAll(Tries ends) {
    for (int t = 0; t < ends.count(); t++) {
      float end = ends.get(t);
      for (int l = 0; l < blocks.lanes(); l++) {
        inverse[l] = end * unit[l];
      }
      improve();
    }
  }

  private void improve() {
    blocks.roundAndSum(inverse, none);
    blocks.loops.keepScales(blocks.lanes(), blocks.wqq, blocks.wqx, best, scale);
  }
}
