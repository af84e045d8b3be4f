package dev.nomoat.quant.encode;

import static dev.nomoat.quant.simd.FitLoops.LANES;

import dev.nomoat.quant.format.Quants;
import dev.nomoat.quant.simd.FitLoops;
import java.util.Arrays;

/**
 * Encodes the formats whose numbers are {@code d · s · q}: F16 scale, integer scale of the
 * sub-block if there are several, and number of the grid.
 */
final class ScaleEncoder extends SearchEncoder {
  /** Scales d that are tried: those that put the largest sub-scale this near to its limit. */
  private static final float[] SCALE_ENDS = {0, 0.3f, -0.3f, 0.6f, -0.6f, 0.9f, -0.9f, 1.2f};

  private final ScaleFormat format;
  private final ScaleSearch search;
  private final float[] none = new float[LANES];
  private final float[] scale = new float[LANES];
  private final float[] inverse = new float[LANES];
  private final float[] least = new float[LANES];
  private final int[] found = new int[LANES];
  private final int[] trial = new int[LANES];

  /** Of each lane: the F16 scale of the block that it belongs to. */
  private final float[] d = new float[LANES];

  /** Of each lane: the integer scale. */
  private final int[] sub = new int[LANES];

  ScaleEncoder(FitLoops loops, ScaleFormat format) {
    super(loops, format.elements(), format.size(), format.bytes(), format.grid(), 1);
    this.format = format;
    search =
        new ScaleSearch(
            blocks, format.grid().low(), format.below(), format.above(), format.refinements());
  }

  @Override
  void fit(int firstElement) {
    float most = format.grid().low() * Math.min(-1, format.lowestScale());
    for (int l = 0; l < blocks.lanes(); l++) {
      float magnitude = Math.max(-blocks.low[l], blocks.high[l]);
      Quants.checkScale(magnitude / most, firstElement + l / subs * format.elements());
    }
    search.run();
    if (subs == 1) {
      Arrays.fill(sub, 1);
      for (int l = 0; l < blocks.lanes(); l++) {
        d[l] = Scales.half(search.scale[l]);
      }
    } else {
      for (int first = 0; first < blocks.lanes(); first += subs) {
        chooseScale(first);
      }
      tryNeighbours();
      scales();
      blocks.roundAndSum(inverse, none);
      for (int first = 0; first < blocks.lanes(); first += subs) {
        refine(first);
      }
    }
    scales();
    blocks.round(inverse, none);
  }

  /** Chooses the F16 scale that has the nearest multiples to the scales of the sub-blocks. */
  private void chooseScale(int first) {
    float largest = 0;
    for (int l = first; l < first + subs; l++) {
      if (Math.abs(search.scale[l]) > Math.abs(largest)) {
        largest = search.scale[l];
      }
    }
    float leastError = Float.POSITIVE_INFINITY;
    float best = 0;
    for (float end : SCALE_ENDS) {
      float tried = Scales.half(largest / (format.lowestScale() + end));
      float inverse = Quants.inverse(tried);
      float error = 0;
      for (int l = first; l < first + subs; l++) {
        float miss = subScale(search.scale[l], inverse) * tried - search.scale[l];
        error += miss * miss * blocks.wqq[l];
      }
      if (error < leastError) {
        leastError = error;
        best = tried;
      }
    }
    float inverse = Quants.inverse(best);
    for (int l = first; l < first + subs; l++) {
      d[l] = best;
      found[l] = subScale(search.scale[l], inverse);
    }
  }

  private int subScale(float scale, float inverse) {
    return clamp(Scales.nearest(scale * inverse));
  }

  private int clamp(int subScale) {
    int lowest = format.lowestScale();
    return Math.min(Math.max(subScale, lowest), -lowest - 1);
  }

  private void tryNeighbours() {
    Arrays.fill(least, Float.POSITIVE_INFINITY);
    for (int step : new int[] {0, -1, 1}) {
      for (int l = 0; l < blocks.lanes(); l++) {
        trial[l] = clamp(found[l] + step);
        scale[l] = d[l] * trial[l];
        inverse[l] = Quants.inverse(scale[l]);
      }
      blocks.round(inverse, none);
      blocks.sumErrors(scale, none);
      for (int l = 0; l < blocks.lanes(); l++) {
        if (blocks.errors[l] < least[l]) {
          least[l] = blocks.errors[l];
          sub[l] = trial[l];
        }
      }
    }
  }

  /** Takes the best F16 scale, given all else. */
  private void refine(int first) {
    double sxx = 0;
    double sx = 0;
    for (int l = first; l < first + subs; l++) {
      sxx += (double) sub[l] * sub[l] * blocks.wqq[l];
      sx += (double) sub[l] * blocks.wqx[l];
    }
    Arrays.fill(d, first, first + subs, Scales.nearer(d[first], sx / sxx));
  }

  private void scales() {
    for (int l = 0; l < blocks.lanes(); l++) {
      inverse[l] = Quants.inverse(d[l] * sub[l]);
    }
  }

  @Override
  void pack(int firstLane, byte[] codes, byte[] block) {
    format.packer().pack(d[firstLane], sub, firstLane, codes, block);
  }
}
