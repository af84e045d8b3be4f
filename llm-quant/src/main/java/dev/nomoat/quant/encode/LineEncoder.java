package dev.nomoat.quant.encode;

import static dev.nomoat.quant.simd.FitLoops.LANES;

import dev.nomoat.quant.format.Quants;
import dev.nomoat.quant.simd.FitLoops;
import java.util.Arrays;

/**
 * Encodes the formats whose numbers are {@code d · s · q - dmin · m}: F16 scales d and dmin,
 * integer scale s and minimum m of the sub-block, and q from 0; or, without sub-blocks, {@code d ·
 * q + m} with d and m in F16.
 */
final class LineEncoder extends SearchEncoder {
  /** Scales that are tried: those that put the largest integer this near to its limit. */
  private static final float[] SCALE_ENDS = {0, 0.3f, -0.3f, 0.6f, -0.6f, 0.9f, -0.9f, 1.2f, -1.2f};

  /** Below this fraction of what it is the difference of, a determinant is noise. */
  private static final double SINGULAR = 1e-6;

  private final LineFormat format;
  private final LineSearch search;
  private final float[] scale = new float[LANES];
  private final float[] inverse = new float[LANES];
  private final float[] min = new float[LANES];
  private final float[] least = new float[LANES];
  private final float[] perMin = new float[LANES];
  private final float[] wanted = new float[LANES];
  private final int[] found = new int[LANES];
  private final int[] trial = new int[LANES];
  private final int[] trialMin = new int[LANES];

  /** Of each lane: the F16 scale of the block that it belongs to. */
  private final float[] d = new float[LANES];

  /** Of each lane: the F16 scale of its block's minima, or its minimum. */
  private final float[] dmin = new float[LANES];

  /** Of each lane: the integer scale. */
  private final int[] subScale = new int[LANES];

  /** Of each lane: the integer minimum. */
  private final int[] subMin = new int[LANES];

  LineEncoder(FitLoops loops, LineFormat format) {
    super(
        loops,
        format.elements(),
        format.size(),
        format.bytes(),
        new Grid.Integers(0, format.most()),
        format.rmsShare());
    this.format = format;
    search = new LineSearch(blocks, format.most(), subs == 1, format.steps(), format.refinements());
  }

  @Override
  void fit(int firstElement) {
    int most = Math.max(1, format.mostScale());
    for (int l = 0; l < blocks.lanes(); l++) {
      int element = firstElement + l / subs * format.elements();
      float low = subs == 1 ? blocks.low[l] : Math.min(0, blocks.low[l]);
      Quants.checkScale((blocks.high[l] - low) / format.most() / most, element);
      Quants.checkScale(low / most, element);
    }
    search.run();
    if (subs == 1) {
      for (int l = 0; l < blocks.lanes(); l++) {
        d[l] = Scales.half(search.scale[l]);
        dmin[l] = Scales.half(search.min[l] + search.origin[l]);
        inverse[l] = Quants.inverse(d[l]);
        min[l] = dmin[l] - search.origin[l];
      }
      blocks.round(inverse, min);
      return;
    }
    for (int first = 0; first < blocks.lanes(); first += subs) {
      chooseScales(first);
    }
    tryNeighbours();
    lines();
    blocks.roundAndSum(inverse, min);
    for (int first = 0; first < blocks.lanes(); first += subs) {
      refine(first);
    }
    lines();
    blocks.round(inverse, min);
  }

  private void chooseScales(int first) {
    for (int l = first; l < first + subs; l++) {
      wanted[l] = -(search.min[l] + search.origin[l]);
    }
    Arrays.fill(d, first, first + subs, unit(search.scale, first));
    Arrays.fill(dmin, first, first + subs, unit(wanted, first));
    float inverse = Quants.inverse(d[first]);
    for (int l = first; l < first + subs; l++) {
      found[l] = multiple(search.scale[l], inverse);
      perMin[l] = Quants.inverse(dmin[l]);
    }
  }

  /** The F16 number that has the nearest multiples to some numbers, which are not negative. */
  private float unit(float[] numbers, int first) {
    float largest = 0;
    for (int l = first; l < first + subs; l++) {
      largest = Math.max(largest, numbers[l]);
    }
    float leastError = Float.POSITIVE_INFINITY;
    float best = 0;
    for (float end : SCALE_ENDS) {
      float tried = Scales.half(largest / (format.mostScale() + end));
      float inverse = Quants.inverse(tried);
      float error = 0;
      for (int l = first; l < first + subs; l++) {
        float miss = multiple(numbers[l], inverse) * tried - numbers[l];
        error += miss * miss * blocks.w[l];
      }
      if (error < leastError) {
        leastError = error;
        best = tried;
      }
    }
    return best;
  }

  private int multiple(float number, float inverse) {
    return clamp(Scales.nearest(number * inverse));
  }

  private int clamp(int multiple) {
    return Math.min(Math.max(multiple, 0), format.mostScale());
  }

  /** Tries scales next to the found ones, each with the minima that suit it. */
  private void tryNeighbours() {
    Arrays.fill(least, Float.POSITIVE_INFINITY);
    for (int step : new int[] {0, -1, 1}) {
      for (int t = 0; t <= 2 * format.minimumReach(); t++) {
        int minStep = t % 2 == 0 ? -t / 2 : (t + 1) / 2; // the nearest first
        for (int l = 0; l < blocks.lanes(); l++) {
          trial[l] = clamp(found[l] + step);
          // the line turns around the centre of the numbers
          float centre = blocks.w[l] > 0 ? blocks.wq[l] / blocks.w[l] : 0;
          float turned = (d[l] * trial[l] - search.scale[l]) * centre;
          trialMin[l] = clamp(multiple(wanted[l] + turned, perMin[l]) + minStep);
          line(l, trial[l], trialMin[l]);
        }
        blocks.round(inverse, min);
        blocks.sumErrors(scale, min);
        for (int l = 0; l < blocks.lanes(); l++) {
          if (blocks.errors[l] < least[l]) {
            least[l] = blocks.errors[l];
            subScale[l] = trial[l];
            subMin[l] = trialMin[l];
          }
        }
      }
    }
  }

  private void line(int lane, int subScale, int subMin) {
    scale[lane] = d[lane] * subScale;
    inverse[lane] = Quants.inverse(scale[lane]);
    min[lane] = -dmin[lane] * subMin - search.origin[lane];
  }

  private void lines() {
    for (int l = 0; l < blocks.lanes(); l++) {
      line(l, subScale[l], subMin[l]);
    }
  }

  /** Takes the best F16 scales, given all else. */
  private void refine(int first) {
    double ss = 0;
    double sm = 0;
    double mm = 0;
    double sx = 0;
    double mx = 0;
    for (int l = first; l < first + subs; l++) {
      double s = subScale[l];
      double m = subMin[l];
      double w = blocks.w[l];
      double wq = blocks.wq[l];
      ss += s * s * blocks.wqq[l];
      sm += s * m * wq;
      mm += m * m * w;
      sx += s * (blocks.wqx[l] + search.origin[l] * wq);
      mx += m * (blocks.wx[l] + search.origin[l] * w);
    }
    double determinant = ss * mm - sm * sm;
    double bestD = (sx * mm - mx * sm) / determinant;
    double bestMin = (sx * sm - mx * ss) / determinant;
    if (determinant > SINGULAR * ss * mm && bestD > 0 && bestMin > 0) {
      float newD = Scales.half((float) bestD);
      float newMin = Scales.half((float) bestMin);
      // F16 may be too coarse for small scales
      if (excess(newD - bestD, newMin - bestMin, ss, sm, mm)
          < excess(d[first] - bestD, dmin[first] - bestMin, ss, sm, mm)) {
        Arrays.fill(d, first, first + subs, newD);
        Arrays.fill(dmin, first, first + subs, newMin);
      }
      return;
    }
    bestD = (sx + dmin[first] * sm) / ss;
    if (bestD > 0) {
      Arrays.fill(d, first, first + subs, Scales.nearer(d[first], bestD));
    }
  }

  /** What the sum of the errors' squares is above its least, beside the best scales. */
  private static double excess(double byD, double byMin, double ss, double sm, double mm) {
    return byD * byD * ss - 2 * byD * byMin * sm + byMin * byMin * mm;
  }

  @Override
  void pack(int firstLane, byte[] codes, byte[] block) {
    format.packer().pack(d[firstLane], dmin[firstLane], subScale, subMin, firstLane, codes, block);
  }
}
