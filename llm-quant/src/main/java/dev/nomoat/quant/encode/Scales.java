package dev.nomoat.quant.encode;

import dev.nomoat.quant.simd.FitLoops;

/** Rounding of scales. */
final class Scales {
  private static final float MOST_HALF = 65504;

  private Scales() {}

  /** A scale as it will be decoded: rounded to F16, and kept in its range. */
  static float half(float scale) {
    float rounded = Float.float16ToFloat(Float.floatToFloat16(scale));
    return Float.isInfinite(rounded) ? Math.copySign(MOST_HALF, scale) : rounded;
  }

  /** The best scale as it will be decoded, or the given one where that is nearer to it. */
  static float nearer(float scale, double best) {
    float rounded = half((float) best);
    return Math.abs(rounded - best) < Math.abs(scale - best) ? rounded : scale;
  }

  /** The nearest integer, ties to even, of a magnitude below 2²². */
  static int nearest(float x) {
    return (int) ((x + FitLoops.ROUND) - FitLoops.ROUND);
  }
}
