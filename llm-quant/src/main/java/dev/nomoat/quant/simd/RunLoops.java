package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.InnerLoops.TILE;
import static dev.nomoat.quant.simd.VectorLoops.F;
import static dev.nomoat.quant.simd.VectorLoops.HALF;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static dev.nomoat.quant.simd.VectorLoops.STRIP;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.S2F;
import static jdk.incubator.vector.VectorOperators.S2I;

import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.PackedLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** The scales of runs of activations, and adding raw sums with scales. */
final class RunLoops {
  private RunLoops() {}

  /**
   * As {@link InnerLoops#quantize}. Magnitudes of floats are compared as integers, and the sum with
   * {@link InnerLoops#ROUND} has the integer in its lower half: 1.44 -> 1.05 us for all of 2,048
   * numbers.
   */
  static void quantize(
      float[] x,
      int at,
      int runs,
      float[] scale,
      float[] inverse,
      int scaleAt,
      int[] quants,
      int to) {
    for (int run = 0; run < runs; run++) {
      int from = at + run * PackedLayout.RUN;
      IntVector magnitude = IntVector.zero(I);
      for (int k = 0; k < PackedLayout.RUN; k += LANES) {
        magnitude =
            magnitude.max(
                FloatVector.fromArray(F, x, from + k).reinterpretAsInts().and(Integer.MAX_VALUE));
      }
      float max = Float.intBitsToFloat(magnitude.reduceLanes(MAX));
      boolean tiny = max < InnerLoops.TINY;
      scale[scaleAt + run * TILE] = tiny ? 0 : max / 127;
      float factor = tiny ? 0 : 127 / max;
      inverse[scaleAt + run * TILE] = factor;
      for (int k = 0; k < PackedLayout.RUN; k += LANES) {
        IntVector q =
            FloatVector.fromArray(F, x, from + k)
                .mul(factor)
                .add(InnerLoops.ROUND)
                .reinterpretAsInts();
        q.and(0xffff).or(q.lanewise(LSHL, 16)).intoArray(quants, to + run * PackedLayout.RUN + k);
      }
    }
  }

  static void add(
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
      int yAt) {
    if (tokens == TILE && step == IntegerLoops.PART && !layout.isSplit()) {
      TileRunLoops.add(
          layout, raw, rawAt, runs, scale, minimum, xScale, xScaleAt, xSum, xSumAt, y, yAt);
      return;
    }
    for (int i = 0; i < tokens; i++) {
      int from = rawAt + i * GROUP;
      int to = yAt + i * GROUP;
      int s = xScaleAt + i;
      int m = xSumAt + i;
      addToken(layout, raw, from, step, runs, scale, minimum, xScale, s, xSum, m, y, to);
    }
  }

  private static void addToken(
      IntegerLayout layout,
      short[] raw,
      int rawAt,
      int step,
      int runs,
      float[] scale,
      float[] minimum,
      float[] xScale,
      int xScaleAt,
      float[] xSum,
      int xSumAt,
      float[] y,
      int yAt) {
    int parts = layout.parts();
    int shift = layout.runColumns() == 16 ? 1 : 0;
    for (int row = 0; row < GROUP; row += STRIP) {
      int from = rawAt + row;
      int to = yAt + row;
      if (layout.hasMinimum() && parts == 1) {
        addOneWithMinimum(
            raw, from, step, runs, shift, scale, minimum, row, xScale, xScaleAt, xSum, xSumAt, y,
            to);
      } else if (layout.hasMinimum()) {
        addTwoWithMinimum(
            raw, from, step, runs, scale, minimum, row, xScale, xScaleAt, xSum, xSumAt, y, to);
      } else if (parts == 1) {
        addOne(raw, from, step, runs, shift, scale, row, xScale, xScaleAt, y, to);
      } else if (layout.isSplit()) {
        addSplit(raw, from, step, runs, shift, scale, row, xScale, xScaleAt, y, to);
      } else {
        addTwo(raw, from, step, runs, shift, scale, row, xScale, xScaleAt, y, to);
      }
    }
  }

  /** Runs of one part. */
  private static void addOne(
      short[] raw,
      int rawAt,
      int step,
      int runs,
      int shift,
      float[] scale,
      int scaleAt,
      float[] xScale,
      int xScaleAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.fromArray(F, y, yAt);
    FloatVector b = FloatVector.fromArray(F, y, yAt + LANES);
    FloatVector c = FloatVector.fromArray(F, y, yAt + 2 * LANES);
    FloatVector d = FloatVector.fromArray(F, y, yAt + 3 * LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * step;
      int at = scaleAt + run * GROUP;
      FloatVector s = FloatVector.broadcast(F, xScale[xScaleAt + (run >> shift) * TILE]);
      a =
          ((FloatVector) ShortVector.fromArray(HALF, raw, from).convertShape(S2F, F, 0))
              .fma(FloatVector.fromArray(F, scale, at).mul(s), a);
      b =
          ((FloatVector) ShortVector.fromArray(HALF, raw, from + LANES).convertShape(S2F, F, 0))
              .fma(FloatVector.fromArray(F, scale, at + LANES).mul(s), b);
      c =
          ((FloatVector) ShortVector.fromArray(HALF, raw, from + 2 * LANES).convertShape(S2F, F, 0))
              .fma(FloatVector.fromArray(F, scale, at + 2 * LANES).mul(s), c);
      d =
          ((FloatVector) ShortVector.fromArray(HALF, raw, from + 3 * LANES).convertShape(S2F, F, 0))
              .fma(FloatVector.fromArray(F, scale, at + 3 * LANES).mul(s), d);
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + 2 * LANES);
    d.intoArray(y, yAt + 3 * LANES);
  }

  /** Runs of two parts. */
  private static void addTwo(
      short[] raw,
      int rawAt,
      int step,
      int runs,
      int shift,
      float[] scale,
      int scaleAt,
      float[] xScale,
      int xScaleAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.fromArray(F, y, yAt);
    FloatVector b = FloatVector.fromArray(F, y, yAt + LANES);
    FloatVector c = FloatVector.fromArray(F, y, yAt + 2 * LANES);
    FloatVector d = FloatVector.fromArray(F, y, yAt + 3 * LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * 2 * step;
      int at = scaleAt + run * GROUP;
      FloatVector s = FloatVector.broadcast(F, xScale[xScaleAt + (run >> shift) * TILE]);
      a =
          ((FloatVector)
                  ((IntVector) ShortVector.fromArray(HALF, raw, from).convertShape(S2I, I, 0))
                      .add(ShortVector.fromArray(HALF, raw, from + step).convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at).mul(s), a);
      b =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + LANES).convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + step + LANES)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at + LANES).mul(s), b);
      c =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + 2 * LANES)
                              .convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + step + 2 * LANES)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at + 2 * LANES).mul(s), c);
      d =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + 3 * LANES)
                              .convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + step + 3 * LANES)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at + 3 * LANES).mul(s), d);
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + 2 * LANES);
    d.intoArray(y, yAt + 3 * LANES);
  }

  /** Runs of two parts of the bits: {@link IntegerLayout#secondShift()}. */
  private static void addSplit(
      short[] raw,
      int rawAt,
      int step,
      int runs,
      int shift,
      float[] scale,
      int scaleAt,
      float[] xScale,
      int xScaleAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.fromArray(F, y, yAt);
    FloatVector b = FloatVector.fromArray(F, y, yAt + LANES);
    FloatVector c = FloatVector.fromArray(F, y, yAt + 2 * LANES);
    FloatVector d = FloatVector.fromArray(F, y, yAt + 3 * LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * 2 * step;
      int at = scaleAt + run * GROUP;
      FloatVector s = FloatVector.broadcast(F, xScale[xScaleAt + (run >> shift) * TILE]);
      a =
          ((FloatVector)
                  ((IntVector) ShortVector.fromArray(HALF, raw, from).convertShape(S2I, I, 0))
                      .add(
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + step)
                                      .convertShape(S2I, I, 0))
                              .lanewise(LSHL, 8))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at).mul(s), a);
      b =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + LANES).convertShape(S2I, I, 0))
                      .add(
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + step + LANES)
                                      .convertShape(S2I, I, 0))
                              .lanewise(LSHL, 8))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at + LANES).mul(s), b);
      c =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + 2 * LANES)
                              .convertShape(S2I, I, 0))
                      .add(
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + step + 2 * LANES)
                                      .convertShape(S2I, I, 0))
                              .lanewise(LSHL, 8))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at + 2 * LANES).mul(s), c);
      d =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + 3 * LANES)
                              .convertShape(S2I, I, 0))
                      .add(
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + step + 3 * LANES)
                                      .convertShape(S2I, I, 0))
                              .lanewise(LSHL, 8))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at + 3 * LANES).mul(s), d);
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + 2 * LANES);
    d.intoArray(y, yAt + 3 * LANES);
  }

  /** Runs of one part, with minima. */
  private static void addOneWithMinimum(
      short[] raw,
      int rawAt,
      int step,
      int runs,
      int shift,
      float[] scale,
      float[] minimum,
      int scaleAt,
      float[] xScale,
      int xScaleAt,
      float[] xSum,
      int xSumAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.fromArray(F, y, yAt);
    FloatVector b = FloatVector.fromArray(F, y, yAt + LANES);
    FloatVector c = FloatVector.fromArray(F, y, yAt + 2 * LANES);
    FloatVector d = FloatVector.fromArray(F, y, yAt + 3 * LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * step;
      int at = scaleAt + run * GROUP;
      FloatVector s = FloatVector.broadcast(F, xScale[xScaleAt + (run >> shift) * TILE]);
      FloatVector m = FloatVector.broadcast(F, xSum[xSumAt + run * TILE]);
      a =
          FloatVector.fromArray(F, minimum, at)
              .fma(
                  m,
                  ((FloatVector)
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from).convertShape(S2I, I, 0))
                              .convert(I2F, 0))
                      .fma(FloatVector.fromArray(F, scale, at).mul(s), a));
      b =
          FloatVector.fromArray(F, minimum, at + LANES)
              .fma(
                  m,
                  ((FloatVector)
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + LANES)
                                      .convertShape(S2I, I, 0))
                              .convert(I2F, 0))
                      .fma(FloatVector.fromArray(F, scale, at + LANES).mul(s), b));
      c =
          FloatVector.fromArray(F, minimum, at + 2 * LANES)
              .fma(
                  m,
                  ((FloatVector)
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + 2 * LANES)
                                      .convertShape(S2I, I, 0))
                              .convert(I2F, 0))
                      .fma(FloatVector.fromArray(F, scale, at + 2 * LANES).mul(s), c));
      d =
          FloatVector.fromArray(F, minimum, at + 3 * LANES)
              .fma(
                  m,
                  ((FloatVector)
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + 3 * LANES)
                                      .convertShape(S2I, I, 0))
                              .convert(I2F, 0))
                      .fma(FloatVector.fromArray(F, scale, at + 3 * LANES).mul(s), d));
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + 2 * LANES);
    d.intoArray(y, yAt + 3 * LANES);
  }

  /** Runs of two parts, with minima. */
  private static void addTwoWithMinimum(
      short[] raw,
      int rawAt,
      int step,
      int runs,
      float[] scale,
      float[] minimum,
      int scaleAt,
      float[] xScale,
      int xScaleAt,
      float[] xSum,
      int xSumAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.fromArray(F, y, yAt);
    FloatVector b = FloatVector.fromArray(F, y, yAt + LANES);
    FloatVector c = FloatVector.fromArray(F, y, yAt + 2 * LANES);
    FloatVector d = FloatVector.fromArray(F, y, yAt + 3 * LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * 2 * step;
      int at = scaleAt + run * GROUP;
      FloatVector s = FloatVector.broadcast(F, xScale[xScaleAt + run * TILE]);
      FloatVector m = FloatVector.broadcast(F, xSum[xSumAt + run * TILE]);
      a =
          FloatVector.fromArray(F, minimum, at)
              .fma(
                  m,
                  ((FloatVector)
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from).convertShape(S2I, I, 0))
                              .add(
                                  ShortVector.fromArray(HALF, raw, from + step)
                                      .convertShape(S2I, I, 0))
                              .convert(I2F, 0))
                      .fma(FloatVector.fromArray(F, scale, at).mul(s), a));
      b =
          FloatVector.fromArray(F, minimum, at + LANES)
              .fma(
                  m,
                  ((FloatVector)
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + LANES)
                                      .convertShape(S2I, I, 0))
                              .add(
                                  ShortVector.fromArray(HALF, raw, from + step + LANES)
                                      .convertShape(S2I, I, 0))
                              .convert(I2F, 0))
                      .fma(FloatVector.fromArray(F, scale, at + LANES).mul(s), b));
      c =
          FloatVector.fromArray(F, minimum, at + 2 * LANES)
              .fma(
                  m,
                  ((FloatVector)
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + 2 * LANES)
                                      .convertShape(S2I, I, 0))
                              .add(
                                  ShortVector.fromArray(HALF, raw, from + step + 2 * LANES)
                                      .convertShape(S2I, I, 0))
                              .convert(I2F, 0))
                      .fma(FloatVector.fromArray(F, scale, at + 2 * LANES).mul(s), c));
      d =
          FloatVector.fromArray(F, minimum, at + 3 * LANES)
              .fma(
                  m,
                  ((FloatVector)
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + 3 * LANES)
                                      .convertShape(S2I, I, 0))
                              .add(
                                  ShortVector.fromArray(HALF, raw, from + step + 3 * LANES)
                                      .convertShape(S2I, I, 0))
                              .convert(I2F, 0))
                      .fma(FloatVector.fromArray(F, scale, at + 3 * LANES).mul(s), d));
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + 2 * LANES);
    d.intoArray(y, yAt + 3 * LANES);
  }
}
