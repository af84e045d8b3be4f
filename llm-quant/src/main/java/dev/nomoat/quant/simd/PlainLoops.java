package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.VectorLoops.F;
import static dev.nomoat.quant.simd.VectorLoops.F16_BITS;
import static dev.nomoat.quant.simd.VectorLoops.F16_SCALE;
import static dev.nomoat.quant.simd.VectorLoops.HALF;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.STRIP;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Products of F32, F16 and BF16 weights with one token, straight from packed memory. A strip of
 * four vectors of rows is followed through the columns, because independent chains hide the latency
 * of an FMA. Where it is all 64 rows, the halves of an int are two of them, so that loads have the
 * full width of a vector.
 */
final class PlainLoops {
  /**
   * What loops count by. C2 must not know it: it would unroll them and move the loads of many
   * columns to the front, and memory comes a fifth slower so.
   */
  private static int one = 1;

  /** One number of each cycle of doubling modulo 31. */
  private static final int[] CYCLES = {1, 3, 5, 7, 11, 15};

  private static final int UPPER_HALF = 0xffff0000;

  private PlainLoops() {}

  static void multiplyF32(
      MemorySegment w, long offset, int columns, float[] x, int xAt, float[] y, int yAt) {
    for (int row = 0; row < GROUP; row += STRIP) {
      FloatVector a = FloatVector.zero(F), b = a, c = a, d = a;
      long at = offset + 4L * row;
      for (int k = xAt; k < xAt + columns; k++, at += 4L * GROUP) {
        FloatVector v = FloatVector.broadcast(F, x[k]);
        a = FloatVector.fromMemorySegment(F, w, at, LE).fma(v, a);
        b = FloatVector.fromMemorySegment(F, w, at + 4L * LANES, LE).fma(v, b);
        c = FloatVector.fromMemorySegment(F, w, at + 8L * LANES, LE).fma(v, c);
        d = FloatVector.fromMemorySegment(F, w, at + 12L * LANES, LE).fma(v, d);
      }
      a.intoArray(y, yAt + row);
      b.intoArray(y, yAt + row + LANES);
      c.intoArray(y, yAt + row + 2 * LANES);
      d.intoArray(y, yAt + row + 3 * LANES);
    }
  }

  static void multiplyBf16(
      MemorySegment w, long offset, int columns, float[] x, int xAt, float[] y, int yAt) {
    if (LANES == 16) {
      multiplyLongBf16(w, offset, columns, x, xAt, y, yAt);
    } else {
      multiplyShortBf16(w, offset, columns, x, xAt, y, yAt);
    }
  }

  private static void multiplyLongBf16(
      MemorySegment w, long offset, int columns, float[] x, int xAt, float[] y, int yAt) {
    int step = one;
    FloatVector a = FloatVector.zero(F), b = a, c = a, d = a;
    for (int k = 0; k < columns; k += step) {
      long at = offset + 2L * GROUP * k;
      FloatVector v = FloatVector.broadcast(F, x[xAt + k]);
      IntVector p = IntVector.fromMemorySegment(I, w, at, LE);
      IntVector q = IntVector.fromMemorySegment(I, w, at + 4L * LANES, LE);
      a = p.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, a);
      b = p.and(UPPER_HALF).reinterpretAsFloats().fma(v, b);
      c = q.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, c);
      d = q.and(UPPER_HALF).reinterpretAsFloats().fma(v, d);
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + 2 * LANES);
    d.intoArray(y, yAt + 3 * LANES);
    interleave(y, yAt);
  }

  /** Only for vectors of 512 bits: with others it is quicker to unpack first. */
  static void multiplyF16(
      MemorySegment w, long offset, int columns, float[] x, int xAt, float[] y, int yAt) {
    int step = one;
    FloatVector a = FloatVector.zero(F), b = a, c = a, d = a;
    for (int k = 0; k < columns; k += step) {
      long at = offset + 2L * GROUP * k;
      FloatVector v = FloatVector.broadcast(F, x[xAt + k]);
      IntVector p = IntVector.fromMemorySegment(I, w, at, LE);
      IntVector q = IntVector.fromMemorySegment(I, w, at + 4L * LANES, LE);
      a =
          p.lanewise(LSHL, 16)
              .lanewise(ASHR, 3)
              .and(F16_BITS)
              .reinterpretAsFloats()
              .mul(F16_SCALE)
              .fma(v, a);
      b = p.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().mul(F16_SCALE).fma(v, b);
      c =
          q.lanewise(LSHL, 16)
              .lanewise(ASHR, 3)
              .and(F16_BITS)
              .reinterpretAsFloats()
              .mul(F16_SCALE)
              .fma(v, c);
      d = q.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().mul(F16_SCALE).fma(v, d);
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + 2 * LANES);
    d.intoArray(y, yAt + 3 * LANES);
    interleave(y, yAt);
  }

  private static void multiplyShortBf16(
      MemorySegment w, long offset, int columns, float[] x, int xAt, float[] y, int yAt) {
    for (int row = 0; row < GROUP; row += STRIP) {
      FloatVector a = FloatVector.zero(F), b = a, c = a, d = a;
      long at = offset + 2L * row;
      for (int k = xAt; k < xAt + columns; k++, at += 2L * GROUP) {
        FloatVector v = FloatVector.broadcast(F, x[k]);
        a =
            ((IntVector) ShortVector.fromMemorySegment(HALF, w, at, LE).convertShape(S2I, I, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats()
                .fma(v, a);
        b =
            ((IntVector)
                    ShortVector.fromMemorySegment(HALF, w, at + 2L * LANES, LE)
                        .convertShape(S2I, I, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats()
                .fma(v, b);
        c =
            ((IntVector)
                    ShortVector.fromMemorySegment(HALF, w, at + 4L * LANES, LE)
                        .convertShape(S2I, I, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats()
                .fma(v, c);
        d =
            ((IntVector)
                    ShortVector.fromMemorySegment(HALF, w, at + 6L * LANES, LE)
                        .convertShape(S2I, I, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats()
                .fma(v, d);
      }
      a.intoArray(y, yAt + row);
      b.intoArray(y, yAt + row + LANES);
      c.intoArray(y, yAt + row + 2 * LANES);
      d.intoArray(y, yAt + row + 3 * LANES);
    }
  }

  /**
   * Vectors of even rows stand before those of the odd rows among them: of two vectors, number j
   * belongs to 2j modulo 31. It is done so seldom that C2 might leave vectors as objects.
   */
  private static void interleave(float[] y, int yAt) {
    for (int at = yAt; at < yAt + GROUP; at += 2 * LANES) {
      for (int first : CYCLES) {
        float moved = y[at + first];
        int j = first;
        do {
          j = 2 * j % (2 * LANES - 1);
          float next = y[at + j];
          y[at + j] = moved;
          moved = next;
        } while (j != first);
      }
    }
  }
}
