package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.InnerLoops.TILE;
import static dev.nomoat.quant.simd.IntegerLoops.PART;
import static dev.nomoat.quant.simd.VectorLoops.F;
import static dev.nomoat.quant.simd.VectorLoops.HALF;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.S2F;
import static jdk.incubator.vector.VectorOperators.S2I;

import dev.nomoat.quant.packed.IntegerLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** {@link RunLoops} for the four tokens of a tile: the scales of the weights are read once. */
final class TileRunLoops {
  private TileRunLoops() {}

  static void add(
      IntegerLayout layout,
      short[] raw,
      int rawAt,
      int runs,
      float[] scale,
      float[] minimum,
      float[] xScale,
      int xScaleAt,
      float[] xSum,
      int xSumAt,
      float[] y,
      int yAt) {
    boolean one = layout.parts() == 1;
    int shift = layout.runColumns() == 16 ? 1 : 0;
    for (int row = 0; row < GROUP; row += 2 * LANES) {
      int from = rawAt + row;
      int to = yAt + row;
      if (layout.hasMinimum() && one) {
        addOneWithMinimum(
            raw, from, runs, shift, scale, minimum, row, xScale, xScaleAt, xSum, xSumAt, y, to);
      } else if (layout.hasMinimum()) {
        addTwoWithMinimum(
            raw, from, runs, scale, minimum, row, xScale, xScaleAt, xSum, xSumAt, y, to);
      } else if (one) {
        addOne(raw, from, runs, shift, scale, row, xScale, xScaleAt, y, to);
      } else {
        addTwo(raw, from, runs, shift, scale, row, xScale, xScaleAt, y, to);
      }
    }
  }

  /** Runs of one part. */
  private static void addOne(
      short[] raw,
      int rawAt,
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
    FloatVector c = FloatVector.fromArray(F, y, yAt + GROUP);
    FloatVector d = FloatVector.fromArray(F, y, yAt + GROUP + LANES);
    FloatVector e = FloatVector.fromArray(F, y, yAt + 2 * GROUP);
    FloatVector f = FloatVector.fromArray(F, y, yAt + 2 * GROUP + LANES);
    FloatVector g = FloatVector.fromArray(F, y, yAt + 3 * GROUP);
    FloatVector h = FloatVector.fromArray(F, y, yAt + 3 * GROUP + LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * PART;
      int at = scaleAt + run * GROUP;
      int p = xScaleAt + (run >> shift) * TILE;
      FloatVector s = FloatVector.fromArray(F, scale, at);
      FloatVector t = FloatVector.fromArray(F, scale, at + LANES);
      FloatVector x = FloatVector.broadcast(F, xScale[p]);
      a =
          ((FloatVector) ShortVector.fromArray(HALF, raw, from).convertShape(S2F, F, 0))
              .fma(s.mul(x), a);
      b =
          ((FloatVector) ShortVector.fromArray(HALF, raw, from + LANES).convertShape(S2F, F, 0))
              .fma(t.mul(x), b);
      x = FloatVector.broadcast(F, xScale[p + 1]);
      c =
          ((FloatVector) ShortVector.fromArray(HALF, raw, from + GROUP).convertShape(S2F, F, 0))
              .fma(s.mul(x), c);
      d =
          ((FloatVector)
                  ShortVector.fromArray(HALF, raw, from + GROUP + LANES).convertShape(S2F, F, 0))
              .fma(t.mul(x), d);
      x = FloatVector.broadcast(F, xScale[p + 2]);
      e =
          ((FloatVector) ShortVector.fromArray(HALF, raw, from + 2 * GROUP).convertShape(S2F, F, 0))
              .fma(s.mul(x), e);
      f =
          ((FloatVector)
                  ShortVector.fromArray(HALF, raw, from + 2 * GROUP + LANES)
                      .convertShape(S2F, F, 0))
              .fma(t.mul(x), f);
      x = FloatVector.broadcast(F, xScale[p + 3]);
      g =
          ((FloatVector) ShortVector.fromArray(HALF, raw, from + 3 * GROUP).convertShape(S2F, F, 0))
              .fma(s.mul(x), g);
      h =
          ((FloatVector)
                  ShortVector.fromArray(HALF, raw, from + 3 * GROUP + LANES)
                      .convertShape(S2F, F, 0))
              .fma(t.mul(x), h);
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + GROUP);
    d.intoArray(y, yAt + GROUP + LANES);
    e.intoArray(y, yAt + 2 * GROUP);
    f.intoArray(y, yAt + 2 * GROUP + LANES);
    g.intoArray(y, yAt + 3 * GROUP);
    h.intoArray(y, yAt + 3 * GROUP + LANES);
  }

  /** Runs of two parts. */
  private static void addTwo(
      short[] raw,
      int rawAt,
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
    FloatVector c = FloatVector.fromArray(F, y, yAt + GROUP);
    FloatVector d = FloatVector.fromArray(F, y, yAt + GROUP + LANES);
    FloatVector e = FloatVector.fromArray(F, y, yAt + 2 * GROUP);
    FloatVector f = FloatVector.fromArray(F, y, yAt + 2 * GROUP + LANES);
    FloatVector g = FloatVector.fromArray(F, y, yAt + 3 * GROUP);
    FloatVector h = FloatVector.fromArray(F, y, yAt + 3 * GROUP + LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * 2 * PART;
      int at = scaleAt + run * GROUP;
      int p = xScaleAt + (run >> shift) * TILE;
      FloatVector s = FloatVector.fromArray(F, scale, at);
      FloatVector t = FloatVector.fromArray(F, scale, at + LANES);
      FloatVector x = FloatVector.broadcast(F, xScale[p]);
      a =
          ((FloatVector)
                  ((IntVector) ShortVector.fromArray(HALF, raw, from).convertShape(S2I, I, 0))
                      .add(ShortVector.fromArray(HALF, raw, from + PART).convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(s.mul(x), a);
      b =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + LANES).convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + PART + LANES)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(t.mul(x), b);
      x = FloatVector.broadcast(F, xScale[p + 1]);
      c =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + GROUP).convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + PART + GROUP)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(s.mul(x), c);
      d =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + GROUP + LANES)
                              .convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + PART + GROUP + LANES)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(t.mul(x), d);
      x = FloatVector.broadcast(F, xScale[p + 2]);
      e =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + 2 * GROUP)
                              .convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + PART + 2 * GROUP)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(s.mul(x), e);
      f =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + 2 * GROUP + LANES)
                              .convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + PART + 2 * GROUP + LANES)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(t.mul(x), f);
      x = FloatVector.broadcast(F, xScale[p + 3]);
      g =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + 3 * GROUP)
                              .convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + PART + 3 * GROUP)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(s.mul(x), g);
      h =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + 3 * GROUP + LANES)
                              .convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + PART + 3 * GROUP + LANES)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(t.mul(x), h);
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + GROUP);
    d.intoArray(y, yAt + GROUP + LANES);
    e.intoArray(y, yAt + 2 * GROUP);
    f.intoArray(y, yAt + 2 * GROUP + LANES);
    g.intoArray(y, yAt + 3 * GROUP);
    h.intoArray(y, yAt + 3 * GROUP + LANES);
  }

  /** Runs of one part, with minima. */
  private static void addOneWithMinimum(
      short[] raw,
      int rawAt,
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
    FloatVector c = FloatVector.fromArray(F, y, yAt + GROUP);
    FloatVector d = FloatVector.fromArray(F, y, yAt + GROUP + LANES);
    FloatVector e = FloatVector.fromArray(F, y, yAt + 2 * GROUP);
    FloatVector f = FloatVector.fromArray(F, y, yAt + 2 * GROUP + LANES);
    FloatVector g = FloatVector.fromArray(F, y, yAt + 3 * GROUP);
    FloatVector h = FloatVector.fromArray(F, y, yAt + 3 * GROUP + LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * PART;
      int at = scaleAt + run * GROUP;
      int p = xScaleAt + (run >> shift) * TILE;
      int q = xSumAt + run * TILE;
      FloatVector s = FloatVector.fromArray(F, scale, at);
      FloatVector t = FloatVector.fromArray(F, scale, at + LANES);
      FloatVector m = FloatVector.fromArray(F, minimum, at);
      FloatVector n = FloatVector.fromArray(F, minimum, at + LANES);
      FloatVector x = FloatVector.broadcast(F, xScale[p]);
      FloatVector z = FloatVector.broadcast(F, xSum[q]);
      a =
          m.fma(
              z,
              ((FloatVector) ShortVector.fromArray(HALF, raw, from).convertShape(S2F, F, 0))
                  .fma(s.mul(x), a));
      b =
          n.fma(
              z,
              ((FloatVector) ShortVector.fromArray(HALF, raw, from + LANES).convertShape(S2F, F, 0))
                  .fma(t.mul(x), b));
      x = FloatVector.broadcast(F, xScale[p + 1]);
      z = FloatVector.broadcast(F, xSum[q + 1]);
      c =
          m.fma(
              z,
              ((FloatVector) ShortVector.fromArray(HALF, raw, from + GROUP).convertShape(S2F, F, 0))
                  .fma(s.mul(x), c));
      d =
          n.fma(
              z,
              ((FloatVector)
                      ShortVector.fromArray(HALF, raw, from + GROUP + LANES)
                          .convertShape(S2F, F, 0))
                  .fma(t.mul(x), d));
      x = FloatVector.broadcast(F, xScale[p + 2]);
      z = FloatVector.broadcast(F, xSum[q + 2]);
      e =
          m.fma(
              z,
              ((FloatVector)
                      ShortVector.fromArray(HALF, raw, from + 2 * GROUP).convertShape(S2F, F, 0))
                  .fma(s.mul(x), e));
      f =
          n.fma(
              z,
              ((FloatVector)
                      ShortVector.fromArray(HALF, raw, from + 2 * GROUP + LANES)
                          .convertShape(S2F, F, 0))
                  .fma(t.mul(x), f));
      x = FloatVector.broadcast(F, xScale[p + 3]);
      z = FloatVector.broadcast(F, xSum[q + 3]);
      g =
          m.fma(
              z,
              ((FloatVector)
                      ShortVector.fromArray(HALF, raw, from + 3 * GROUP).convertShape(S2F, F, 0))
                  .fma(s.mul(x), g));
      h =
          n.fma(
              z,
              ((FloatVector)
                      ShortVector.fromArray(HALF, raw, from + 3 * GROUP + LANES)
                          .convertShape(S2F, F, 0))
                  .fma(t.mul(x), h));
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + GROUP);
    d.intoArray(y, yAt + GROUP + LANES);
    e.intoArray(y, yAt + 2 * GROUP);
    f.intoArray(y, yAt + 2 * GROUP + LANES);
    g.intoArray(y, yAt + 3 * GROUP);
    h.intoArray(y, yAt + 3 * GROUP + LANES);
  }

  /** Runs of two parts, with minima. */
  private static void addTwoWithMinimum(
      short[] raw,
      int rawAt,
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
    FloatVector c = FloatVector.fromArray(F, y, yAt + GROUP);
    FloatVector d = FloatVector.fromArray(F, y, yAt + GROUP + LANES);
    FloatVector e = FloatVector.fromArray(F, y, yAt + 2 * GROUP);
    FloatVector f = FloatVector.fromArray(F, y, yAt + 2 * GROUP + LANES);
    FloatVector g = FloatVector.fromArray(F, y, yAt + 3 * GROUP);
    FloatVector h = FloatVector.fromArray(F, y, yAt + 3 * GROUP + LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * 2 * PART;
      int at = scaleAt + run * GROUP;
      int p = xScaleAt + run * TILE;
      int q = xSumAt + run * TILE;
      FloatVector s = FloatVector.fromArray(F, scale, at);
      FloatVector t = FloatVector.fromArray(F, scale, at + LANES);
      FloatVector m = FloatVector.fromArray(F, minimum, at);
      FloatVector n = FloatVector.fromArray(F, minimum, at + LANES);
      FloatVector x = FloatVector.broadcast(F, xScale[p]);
      FloatVector z = FloatVector.broadcast(F, xSum[q]);
      a =
          m.fma(
              z,
              ((FloatVector)
                      ((IntVector) ShortVector.fromArray(HALF, raw, from).convertShape(S2I, I, 0))
                          .add(
                              ShortVector.fromArray(HALF, raw, from + PART).convertShape(S2I, I, 0))
                          .convert(I2F, 0))
                  .fma(s.mul(x), a));
      b =
          n.fma(
              z,
              ((FloatVector)
                      ((IntVector)
                              ShortVector.fromArray(HALF, raw, from + LANES)
                                  .convertShape(S2I, I, 0))
                          .add(
                              ShortVector.fromArray(HALF, raw, from + PART + LANES)
                                  .convertShape(S2I, I, 0))
                          .convert(I2F, 0))
                  .fma(t.mul(x), b));
      x = FloatVector.broadcast(F, xScale[p + 1]);
      z = FloatVector.broadcast(F, xSum[q + 1]);
      c =
          m.fma(
              z,
              ((FloatVector)
                      ((IntVector)
                              ShortVector.fromArray(HALF, raw, from + GROUP)
                                  .convertShape(S2I, I, 0))
                          .add(
                              ShortVector.fromArray(HALF, raw, from + PART + GROUP)
                                  .convertShape(S2I, I, 0))
                          .convert(I2F, 0))
                  .fma(s.mul(x), c));
      d =
          n.fma(
              z,
              ((FloatVector)
                      ((IntVector)
                              ShortVector.fromArray(HALF, raw, from + GROUP + LANES)
                                  .convertShape(S2I, I, 0))
                          .add(
                              ShortVector.fromArray(HALF, raw, from + PART + GROUP + LANES)
                                  .convertShape(S2I, I, 0))
                          .convert(I2F, 0))
                  .fma(t.mul(x), d));
      x = FloatVector.broadcast(F, xScale[p + 2]);
      z = FloatVector.broadcast(F, xSum[q + 2]);
      e =
          m.fma(
              z,
              ((FloatVector)
                      ((IntVector)
                              ShortVector.fromArray(HALF, raw, from + 2 * GROUP)
                                  .convertShape(S2I, I, 0))
                          .add(
                              ShortVector.fromArray(HALF, raw, from + PART + 2 * GROUP)
                                  .convertShape(S2I, I, 0))
                          .convert(I2F, 0))
                  .fma(s.mul(x), e));
      f =
          n.fma(
              z,
              ((FloatVector)
                      ((IntVector)
                              ShortVector.fromArray(HALF, raw, from + 2 * GROUP + LANES)
                                  .convertShape(S2I, I, 0))
                          .add(
                              ShortVector.fromArray(HALF, raw, from + PART + 2 * GROUP + LANES)
                                  .convertShape(S2I, I, 0))
                          .convert(I2F, 0))
                  .fma(t.mul(x), f));
      x = FloatVector.broadcast(F, xScale[p + 3]);
      z = FloatVector.broadcast(F, xSum[q + 3]);
      g =
          m.fma(
              z,
              ((FloatVector)
                      ((IntVector)
                              ShortVector.fromArray(HALF, raw, from + 3 * GROUP)
                                  .convertShape(S2I, I, 0))
                          .add(
                              ShortVector.fromArray(HALF, raw, from + PART + 3 * GROUP)
                                  .convertShape(S2I, I, 0))
                          .convert(I2F, 0))
                  .fma(s.mul(x), g));
      h =
          n.fma(
              z,
              ((FloatVector)
                      ((IntVector)
                              ShortVector.fromArray(HALF, raw, from + 3 * GROUP + LANES)
                                  .convertShape(S2I, I, 0))
                          .add(
                              ShortVector.fromArray(HALF, raw, from + PART + 3 * GROUP + LANES)
                                  .convertShape(S2I, I, 0))
                          .convert(I2F, 0))
                  .fma(t.mul(x), h));
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + GROUP);
    d.intoArray(y, yAt + GROUP + LANES);
    e.intoArray(y, yAt + 2 * GROUP);
    f.intoArray(y, yAt + 2 * GROUP + LANES);
    g.intoArray(y, yAt + 3 * GROUP);
    h.intoArray(y, yAt + 3 * GROUP + LANES);
  }
}
