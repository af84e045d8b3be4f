package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.VectorLoops.F;
import static dev.nomoat.quant.simd.VectorLoops.HALF;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.ODD_BYTES;
import static dev.nomoat.quant.simd.VectorLoops.ODD_PART;
import static dev.nomoat.quant.simd.VectorLoops.QUARTER;
import static dev.nomoat.quant.simd.VectorLoops.STRIP;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.B2I;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.S2F;
import static jdk.incubator.vector.VectorOperators.S2I;

import dev.nomoat.quant.packed.BlockLayout;
import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.MicroscalingLayout;
import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.packed.RunScaleLayout;
import dev.nomoat.quant.packed.SuperBlockLayout;
import dev.nomoat.quant.packed.TwoBitLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** The scales of runs of columns, of weights and of activations, and adding raw sums with them. */
final class RunLoops {
  /** From the raw sums of a part to those of the next one. */
  private static final int PART = InnerLoops.TILE * GROUP;

  /** The bits of half the least normal float. */
  private static final int HALF_OF_LEAST = 0x00400000;

  private RunLoops() {}

  static void readScales(
      IntegerLayout layout,
      MemorySegment w,
      long offset,
      int from,
      int to,
      float[] scale,
      float[] minimum) {
    int runs = (to - from) / layout.runColumns();
    switch (layout) {
      case BlockLayout block -> {
        int count = runs * GROUP;
        Halves.decode(w, block.scales(offset, from), scale, 0, count);
        if (block.hasMinimum()) {
          Halves.decode(w, block.minima(offset, from), minimum, 0, count);
        }
      }
      case SuperBlockLayout block -> {
        long at = block.scales(offset, from);
        long sub = block.subScales(offset, from);
        products(w, at, sub, runs, 1, scale);
        if (block.hasMinimum()) {
          products(w, at + 2L * GROUP, sub + 8L * GROUP, runs, -1, minimum);
        }
      }
      case RunScaleLayout block ->
          products(
              w,
              block.scales(offset, from),
              block.runScales(offset, from),
              runs,
              block.unit(),
              scale);
      case TwoBitLayout block -> {
        long at = block.scales(offset, from);
        long factors = block.factors(offset, from);
        nibbleProducts(w, at, factors, runs, 0, 1, scale);
        nibbleProducts(w, at + 2L * GROUP, factors, runs, 4, -1, minimum);
      }
      case MicroscalingLayout block -> {
        long at = block.scales(offset, from);
        if (block.hasExponents()) {
          exponents(w, at, runs, scale);
        } else {
          smallFloats(w, at, runs, scale);
        }
      }
    }
  }

  /**
   * {@code target[run][64]} = F16 number · factor · byte, in one loop over all runs, because
   * starting a loop over memory costs as much as a few of its steps.
   */
  private static void products(
      MemorySegment w, long offset, long bytes, int runs, float factor, float[] target) {
    decodeHalves(w, offset, factor, target);
    for (int i = 0; i < runs * GROUP; i += 2 * LANES) {
      int d = InnerLoops.SCALES + i % GROUP;
      long at = bytes + i;
      FloatVector.fromArray(F, target, d)
          .mul(
              (FloatVector)
                  ByteVector.fromMemorySegment(QUARTER, w, at, LE).convertShape(B2F, F, 0))
          .intoArray(target, i);
      FloatVector.fromArray(F, target, d + LANES)
          .mul(
              (FloatVector)
                  ByteVector.fromMemorySegment(QUARTER, w, at + ODD_BYTES, LE)
                      .convertShape(B2F, F, ODD_PART))
          .intoArray(target, i + LANES);
    }
  }

  /** {@code target[run][64]} = F16 number · factor · four bits of a byte, from a shift on. */
  private static void nibbleProducts(
      MemorySegment w, long offset, long bytes, int runs, int shift, float factor, float[] target) {
    decodeHalves(w, offset, factor, target);
    for (int i = 0; i < runs * GROUP; i += 2 * LANES) {
      int d = InnerLoops.SCALES + i % GROUP;
      FloatVector.fromArray(F, target, d)
          .mul((FloatVector) bytes(w, bytes + i, 0).lanewise(LSHR, shift).and(15).convert(I2F, 0))
          .intoArray(target, i);
      FloatVector.fromArray(F, target, d + LANES)
          .mul(
              (FloatVector)
                  bytes(w, bytes + i + ODD_BYTES, ODD_PART)
                      .lanewise(LSHR, shift)
                      .and(15)
                      .convert(I2F, 0))
          .intoArray(target, i + LANES);
    }
  }

  /** {@code target[run][64]} = 2^(byte − 128). */
  private static void exponents(MemorySegment w, long offset, int runs, float[] target) {
    for (int i = 0; i < runs * GROUP; i += 2 * LANES) {
      exponents(bytes(w, offset + i, 0)).intoArray(target, i);
      exponents(bytes(w, offset + i + ODD_BYTES, ODD_PART)).intoArray(target, i + LANES);
    }
  }

  /** Half of the number with such an exponent; half of the least one's half where that is 0. */
  private static FloatVector exponents(IntVector bytes) {
    return bytes
        .and(0xff)
        .lanewise(LSHL, 23)
        .lanewise(MAX, HALF_OF_LEAST)
        .reinterpretAsFloats()
        .mul(0.5f);
  }

  /** {@code target[run][64]} = half of the E4M3 number of a byte. */
  private static void smallFloats(MemorySegment w, long offset, int runs, float[] target) {
    for (int i = 0; i < runs * GROUP; i += 2 * LANES) {
      smallFloats(bytes(w, offset + i, 0)).intoArray(target, i);
      smallFloats(bytes(w, offset + i + ODD_BYTES, ODD_PART)).intoArray(target, i + LANES);
    }
  }

  /** The bits where a float has them, then the difference of the exponents' biases, and half. */
  private static FloatVector smallFloats(IntVector bytes) {
    return bytes.lanewise(LSHL, 20).reinterpretAsFloats().mul(0x1p119f);
  }

  private static IntVector bytes(MemorySegment w, long offset, int part) {
    return (IntVector)
        ByteVector.fromMemorySegment(QUARTER, w, offset, LE).convertShape(B2I, I, part);
  }

  /** F16 numbers times a factor, into scratch behind the scales. */
  private static void decodeHalves(MemorySegment w, long offset, float factor, float[] target) {
    Halves.decode(w, offset, target, InnerLoops.SCALES, GROUP);
    for (int i = InnerLoops.SCALES; i < InnerLoops.SCALES + GROUP; i++) {
      target[i] *= factor;
    }
  }

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
      FloatVector magnitude = FloatVector.zero(F);
      for (int k = 0; k < PackedLayout.RUN; k += LANES) {
        magnitude = magnitude.max(FloatVector.fromArray(F, x, from + k).abs());
      }
      float max = magnitude.reduceLanes(MAX);
      boolean tiny = max < InnerLoops.TINY;
      scale[scaleAt + run] = tiny ? 0 : max / 127;
      float factor = tiny ? 0 : 127 / max;
      inverse[scaleAt + run] = factor;
      for (int k = 0; k < PackedLayout.RUN; k += LANES) {
        FloatVector rounded =
            FloatVector.fromArray(F, x, from + k)
                .mul(factor)
                .add(InnerLoops.ROUND)
                .sub(InnerLoops.ROUND);
        IntVector q = (IntVector) rounded.convert(F2I, 0);
        q.and(0xffff).or(q.lanewise(LSHL, 16)).intoArray(quants, to + run * PackedLayout.RUN + k);
      }
    }
  }

  static void add(
      IntegerLayout layout,
      short[] raw,
      int rawAt,
      int runs,
      float[] scale,
      float[] minimum,
      float[] xScale,
      float[] xSum,
      int xAt,
      float[] y,
      int yAt) {
    int parts = layout.parts();
    int shift = layout.runColumns() == 16 ? 1 : 0;
    for (int row = 0; row < GROUP; row += STRIP) {
      int from = rawAt + row;
      int to = yAt + row;
      if (layout.hasMinimum() && parts == 1) {
        addOneWithMinimum(raw, from, runs, shift, scale, minimum, row, xScale, xSum, xAt, y, to);
      } else if (layout.hasMinimum()) {
        addTwoWithMinimum(raw, from, runs, scale, minimum, row, xScale, xSum, xAt, y, to);
      } else if (parts == 1) {
        addOne(raw, from, runs, shift, scale, row, xScale, xAt, y, to);
      } else if (layout.isSplit()) {
        addSplit(raw, from, runs, shift, scale, row, xScale, xAt, y, to);
      } else {
        addTwo(raw, from, runs, shift, scale, row, xScale, xAt, y, to);
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
      int xAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.fromArray(F, y, yAt);
    FloatVector b = FloatVector.fromArray(F, y, yAt + LANES);
    FloatVector c = FloatVector.fromArray(F, y, yAt + 2 * LANES);
    FloatVector d = FloatVector.fromArray(F, y, yAt + 3 * LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * PART;
      int at = scaleAt + run * GROUP;
      FloatVector s = FloatVector.broadcast(F, xScale[xAt + (run >> shift)]);
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
      int runs,
      int shift,
      float[] scale,
      int scaleAt,
      float[] xScale,
      int xAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.fromArray(F, y, yAt);
    FloatVector b = FloatVector.fromArray(F, y, yAt + LANES);
    FloatVector c = FloatVector.fromArray(F, y, yAt + 2 * LANES);
    FloatVector d = FloatVector.fromArray(F, y, yAt + 3 * LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * 2 * PART;
      int at = scaleAt + run * GROUP;
      FloatVector s = FloatVector.broadcast(F, xScale[xAt + (run >> shift)]);
      a =
          ((FloatVector)
                  ((IntVector) ShortVector.fromArray(HALF, raw, from).convertShape(S2I, I, 0))
                      .add(ShortVector.fromArray(HALF, raw, from + PART).convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at).mul(s), a);
      b =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + LANES).convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + PART + LANES)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at + LANES).mul(s), b);
      c =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + 2 * LANES)
                              .convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + PART + 2 * LANES)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at + 2 * LANES).mul(s), c);
      d =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + 3 * LANES)
                              .convertShape(S2I, I, 0))
                      .add(
                          ShortVector.fromArray(HALF, raw, from + PART + 3 * LANES)
                              .convertShape(S2I, I, 0))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at + 3 * LANES).mul(s), d);
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + LANES);
    c.intoArray(y, yAt + 2 * LANES);
    d.intoArray(y, yAt + 3 * LANES);
  }

  /** Runs of two parts of the activations. */
  private static void addSplit(
      short[] raw,
      int rawAt,
      int runs,
      int shift,
      float[] scale,
      int scaleAt,
      float[] xScale,
      int xAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.fromArray(F, y, yAt);
    FloatVector b = FloatVector.fromArray(F, y, yAt + LANES);
    FloatVector c = FloatVector.fromArray(F, y, yAt + 2 * LANES);
    FloatVector d = FloatVector.fromArray(F, y, yAt + 3 * LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * 2 * PART;
      int at = scaleAt + run * GROUP;
      FloatVector s = FloatVector.broadcast(F, xScale[xAt + (run >> shift)]);
      a =
          ((FloatVector)
                  ((IntVector) ShortVector.fromArray(HALF, raw, from).convertShape(S2I, I, 0))
                      .add(
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + PART)
                                      .convertShape(S2I, I, 0))
                              .lanewise(LSHL, 4))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at).mul(s), a);
      b =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + LANES).convertShape(S2I, I, 0))
                      .add(
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + PART + LANES)
                                      .convertShape(S2I, I, 0))
                              .lanewise(LSHL, 4))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at + LANES).mul(s), b);
      c =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + 2 * LANES)
                              .convertShape(S2I, I, 0))
                      .add(
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + PART + 2 * LANES)
                                      .convertShape(S2I, I, 0))
                              .lanewise(LSHL, 4))
                      .convert(I2F, 0))
              .fma(FloatVector.fromArray(F, scale, at + 2 * LANES).mul(s), c);
      d =
          ((FloatVector)
                  ((IntVector)
                          ShortVector.fromArray(HALF, raw, from + 3 * LANES)
                              .convertShape(S2I, I, 0))
                      .add(
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from + PART + 3 * LANES)
                                      .convertShape(S2I, I, 0))
                              .lanewise(LSHL, 4))
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
      int runs,
      int shift,
      float[] scale,
      float[] minimum,
      int scaleAt,
      float[] xScale,
      float[] xSum,
      int xAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.fromArray(F, y, yAt);
    FloatVector b = FloatVector.fromArray(F, y, yAt + LANES);
    FloatVector c = FloatVector.fromArray(F, y, yAt + 2 * LANES);
    FloatVector d = FloatVector.fromArray(F, y, yAt + 3 * LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * PART;
      int at = scaleAt + run * GROUP;
      FloatVector s = FloatVector.broadcast(F, xScale[xAt + (run >> shift)]);
      FloatVector m = FloatVector.broadcast(F, xSum[(xAt << shift) + run]);
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
      int runs,
      float[] scale,
      float[] minimum,
      int scaleAt,
      float[] xScale,
      float[] xSum,
      int xAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.fromArray(F, y, yAt);
    FloatVector b = FloatVector.fromArray(F, y, yAt + LANES);
    FloatVector c = FloatVector.fromArray(F, y, yAt + 2 * LANES);
    FloatVector d = FloatVector.fromArray(F, y, yAt + 3 * LANES);
    for (int run = 0; run < runs; run++) {
      int from = rawAt + run * 2 * PART;
      int at = scaleAt + run * GROUP;
      int plane = xAt + run;
      FloatVector s = FloatVector.broadcast(F, xScale[plane]);
      FloatVector m = FloatVector.broadcast(F, xSum[plane]);
      a =
          FloatVector.fromArray(F, minimum, at)
              .fma(
                  m,
                  ((FloatVector)
                          ((IntVector)
                                  ShortVector.fromArray(HALF, raw, from).convertShape(S2I, I, 0))
                              .add(
                                  ShortVector.fromArray(HALF, raw, from + PART)
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
                                  ShortVector.fromArray(HALF, raw, from + PART + LANES)
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
                                  ShortVector.fromArray(HALF, raw, from + PART + 2 * LANES)
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
                                  ShortVector.fromArray(HALF, raw, from + PART + 3 * LANES)
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
