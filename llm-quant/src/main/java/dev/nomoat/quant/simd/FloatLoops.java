package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.VectorLoops.F;
import static dev.nomoat.quant.simd.VectorLoops.HALF;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.STRIP;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2F;
import static jdk.incubator.vector.VectorOperators.S2I;

import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.PlainLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Products with f32 activations. A strip of four vectors of rows is followed through the columns,
 * because independent chains hide the latency of an FMA.
 */
final class FloatLoops {
  private FloatLoops() {}

  static void unpack(
      PlainLayout layout, MemorySegment w, long offset, int from, int to, float[] weights) {
    int count = (to - from) * GROUP;
    long at = offset + (long) from * GROUP * layout.type().blockBytes();
    switch (layout.type()) {
      case F32 -> MemorySegment.copy(w, VectorLoops.FLOAT, at, weights, 0, count);
      case F16 -> Halves.decode(w, at, weights, 0, count);
      default -> unpackBf16(w, at, count, weights);
    }
  }

  private static void unpackBf16(MemorySegment w, long offset, int count, float[] weights) {
    for (int i = 0; i < count; i += LANES) {
      ((IntVector)
              ShortVector.fromMemorySegment(HALF, w, offset + 2L * i, LE).convertShape(S2I, I, 0))
          .lanewise(LSHL, 16)
          .reinterpretAsFloats()
          .intoArray(weights, i);
    }
  }

  /**
   * Makes weights of unpacked integers: {@code scale · q}, or {@code fma(scale, q + c, minimum)}.
   */
  static void expand(
      IntegerLayout layout,
      short[] integers,
      int columns,
      float[] scale,
      float[] minimum,
      float[] weights) {
    float centre = layout.zero();
    for (int k = 0; k < columns; k++) {
      int run = k / layout.runColumns() * GROUP;
      if (layout.hasMinimum()) {
        expandWithMinimum(integers, k * GROUP, centre, scale, minimum, run, weights);
      } else {
        expandOnly(integers, k * GROUP, scale, run, weights);
      }
    }
  }

  private static void expandWithMinimum(
      short[] integers,
      int at,
      float centre,
      float[] scale,
      float[] minimum,
      int run,
      float[] weights) {
    for (int row = 0; row < GROUP; row += LANES) {
      FloatVector q =
          (FloatVector) ShortVector.fromArray(HALF, integers, at + row).convertShape(S2F, F, 0);
      FloatVector.fromArray(F, scale, run + row)
          .fma(q.add(centre), FloatVector.fromArray(F, minimum, run + row))
          .intoArray(weights, at + row);
    }
  }

  private static void expandOnly(
      short[] integers, int at, float[] scale, int run, float[] weights) {
    for (int row = 0; row < GROUP; row += LANES) {
      FloatVector q =
          (FloatVector) ShortVector.fromArray(HALF, integers, at + row).convertShape(S2F, F, 0);
      FloatVector.fromArray(F, scale, run + row).mul(q).intoArray(weights, at + row);
    }
  }

  /**
   * Products of four tokens, updated: with as many vectors of rows as there are registers for. With
   * 512 bits there are 32 of them, else there may be 16.
   */
  static void accumulateTile(
      float[] weights,
      int weightsAt,
      int columns,
      float[] x,
      int xAt,
      int xStride,
      float[] y,
      int yAt,
      int yStride) {
    if (LANES == 16) {
      accumulateFour(weights, weightsAt, columns, x, xAt, xStride, y, yAt, yStride);
    } else {
      accumulateTwo(weights, weightsAt, columns, x, xAt, xStride, y, yAt, yStride);
    }
  }

  /** Two vectors of rows, four tokens. */
  private static void accumulateTwo(
      float[] weights,
      int weightsAt,
      int columns,
      float[] x,
      int xAt,
      int xStride,
      float[] y,
      int yAt,
      int yStride) {
    for (int row = 0; row < GROUP; row += 2 * LANES) {
      int y0 = yAt + row;
      int y1 = y0 + yStride;
      int y2 = y1 + yStride;
      int y3 = y2 + yStride;
      FloatVector a0 = FloatVector.fromArray(F, y, y0);
      FloatVector b0 = FloatVector.fromArray(F, y, y0 + LANES);
      FloatVector a1 = FloatVector.fromArray(F, y, y1);
      FloatVector b1 = FloatVector.fromArray(F, y, y1 + LANES);
      FloatVector a2 = FloatVector.fromArray(F, y, y2);
      FloatVector b2 = FloatVector.fromArray(F, y, y2 + LANES);
      FloatVector a3 = FloatVector.fromArray(F, y, y3);
      FloatVector b3 = FloatVector.fromArray(F, y, y3 + LANES);
      for (int k = 0; k < columns; k++) {
        int at = weightsAt + row + k * GROUP;
        int p = xAt + k;
        FloatVector wa = FloatVector.fromArray(F, weights, at);
        FloatVector wb = FloatVector.fromArray(F, weights, at + LANES);
        FloatVector v = FloatVector.broadcast(F, x[p]);
        a0 = wa.fma(v, a0);
        b0 = wb.fma(v, b0);
        v = FloatVector.broadcast(F, x[p + xStride]);
        a1 = wa.fma(v, a1);
        b1 = wb.fma(v, b1);
        v = FloatVector.broadcast(F, x[p + 2 * xStride]);
        a2 = wa.fma(v, a2);
        b2 = wb.fma(v, b2);
        v = FloatVector.broadcast(F, x[p + 3 * xStride]);
        a3 = wa.fma(v, a3);
        b3 = wb.fma(v, b3);
      }
      a0.intoArray(y, y0);
      b0.intoArray(y, y0 + LANES);
      a1.intoArray(y, y1);
      b1.intoArray(y, y1 + LANES);
      a2.intoArray(y, y2);
      b2.intoArray(y, y2 + LANES);
      a3.intoArray(y, y3);
      b3.intoArray(y, y3 + LANES);
    }
  }

  /** Four vectors of rows, four tokens. */
  private static void accumulateFour(
      float[] weights,
      int weightsAt,
      int columns,
      float[] x,
      int xAt,
      int xStride,
      float[] y,
      int yAt,
      int yStride) {
    for (int row = 0; row < GROUP; row += STRIP) {
      int y0 = yAt + row;
      int y1 = y0 + yStride;
      int y2 = y1 + yStride;
      int y3 = y2 + yStride;
      FloatVector a0 = FloatVector.fromArray(F, y, y0);
      FloatVector b0 = FloatVector.fromArray(F, y, y0 + LANES);
      FloatVector c0 = FloatVector.fromArray(F, y, y0 + 2 * LANES);
      FloatVector d0 = FloatVector.fromArray(F, y, y0 + 3 * LANES);
      FloatVector a1 = FloatVector.fromArray(F, y, y1);
      FloatVector b1 = FloatVector.fromArray(F, y, y1 + LANES);
      FloatVector c1 = FloatVector.fromArray(F, y, y1 + 2 * LANES);
      FloatVector d1 = FloatVector.fromArray(F, y, y1 + 3 * LANES);
      FloatVector a2 = FloatVector.fromArray(F, y, y2);
      FloatVector b2 = FloatVector.fromArray(F, y, y2 + LANES);
      FloatVector c2 = FloatVector.fromArray(F, y, y2 + 2 * LANES);
      FloatVector d2 = FloatVector.fromArray(F, y, y2 + 3 * LANES);
      FloatVector a3 = FloatVector.fromArray(F, y, y3);
      FloatVector b3 = FloatVector.fromArray(F, y, y3 + LANES);
      FloatVector c3 = FloatVector.fromArray(F, y, y3 + 2 * LANES);
      FloatVector d3 = FloatVector.fromArray(F, y, y3 + 3 * LANES);
      int at = weightsAt + row;
      int p = xAt;
      for (int k = 0; k < columns; k++, at += GROUP, p++) {
        FloatVector wa = FloatVector.fromArray(F, weights, at);
        FloatVector wb = FloatVector.fromArray(F, weights, at + LANES);
        FloatVector wc = FloatVector.fromArray(F, weights, at + 2 * LANES);
        FloatVector wd = FloatVector.fromArray(F, weights, at + 3 * LANES);
        FloatVector v = FloatVector.broadcast(F, x[p]);
        a0 = wa.fma(v, a0);
        b0 = wb.fma(v, b0);
        c0 = wc.fma(v, c0);
        d0 = wd.fma(v, d0);
        v = FloatVector.broadcast(F, x[p + xStride]);
        a1 = wa.fma(v, a1);
        b1 = wb.fma(v, b1);
        c1 = wc.fma(v, c1);
        d1 = wd.fma(v, d1);
        v = FloatVector.broadcast(F, x[p + 2 * xStride]);
        a2 = wa.fma(v, a2);
        b2 = wb.fma(v, b2);
        c2 = wc.fma(v, c2);
        d2 = wd.fma(v, d2);
        v = FloatVector.broadcast(F, x[p + 3 * xStride]);
        a3 = wa.fma(v, a3);
        b3 = wb.fma(v, b3);
        c3 = wc.fma(v, c3);
        d3 = wd.fma(v, d3);
      }
      a0.intoArray(y, y0);
      b0.intoArray(y, y0 + LANES);
      c0.intoArray(y, y0 + 2 * LANES);
      d0.intoArray(y, y0 + 3 * LANES);
      a1.intoArray(y, y1);
      b1.intoArray(y, y1 + LANES);
      c1.intoArray(y, y1 + 2 * LANES);
      d1.intoArray(y, y1 + 3 * LANES);
      a2.intoArray(y, y2);
      b2.intoArray(y, y2 + LANES);
      c2.intoArray(y, y2 + 2 * LANES);
      d2.intoArray(y, y2 + 3 * LANES);
      a3.intoArray(y, y3);
      b3.intoArray(y, y3 + LANES);
      c3.intoArray(y, y3 + 2 * LANES);
      d3.intoArray(y, y3 + 3 * LANES);
    }
  }

  /** Products of one token, updated. */
  static void accumulateToken(
      float[] weights, int weightsAt, int columns, float[] x, int xAt, float[] y, int yAt) {
    for (int row = 0; row < GROUP; row += STRIP) {
      int to = yAt + row;
      FloatVector a = FloatVector.fromArray(F, y, to);
      FloatVector b = FloatVector.fromArray(F, y, to + LANES);
      FloatVector c = FloatVector.fromArray(F, y, to + 2 * LANES);
      FloatVector d = FloatVector.fromArray(F, y, to + 3 * LANES);
      int at = weightsAt + row;
      for (int k = xAt; k < xAt + columns; k++, at += GROUP) {
        FloatVector v = FloatVector.broadcast(F, x[k]);
        a = FloatVector.fromArray(F, weights, at).fma(v, a);
        b = FloatVector.fromArray(F, weights, at + LANES).fma(v, b);
        c = FloatVector.fromArray(F, weights, at + 2 * LANES).fma(v, c);
        d = FloatVector.fromArray(F, weights, at + 3 * LANES).fma(v, d);
      }
      a.intoArray(y, to);
      b.intoArray(y, to + LANES);
      c.intoArray(y, to + 2 * LANES);
      d.intoArray(y, to + 3 * LANES);
    }
  }
}
