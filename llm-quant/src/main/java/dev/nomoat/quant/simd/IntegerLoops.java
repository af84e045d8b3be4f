package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.packed.QuantPlane.WORDS;
import static dev.nomoat.quant.packed.QuantPlane.WORD_STRIDE;
import static dev.nomoat.quant.simd.InnerLoops.TILE;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.S;
import static dev.nomoat.quant.simd.VectorLoops.SHORTS;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.QuantPlane;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Raw sums of products of 4- to 6-bit weights and 8-bit activations in 16-bit lanes. A lane is a
 * row.
 *
 * <p>Straight from packed memory the stored integers q are multiplied without taking the centre c
 * off: a sum begins with −c · Σ x instead. What it passes through on its way wraps around; where it
 * ends fits.
 *
 * <p>Words are shifted and masked two to an int: C2 has shifts by a constant for ints, but loads
 * the count into a register for shorts.
 */
final class IntegerLoops {
  // masks of both halves of an int
  private static final int NIBBLE = 0x000f000f;
  private static final int FIFTH = 0x00100010;
  private static final int UPPER = 0x00300030;

  private static final short TWELVE = 12;

  private IntegerLoops() {}

  static void sum(
      IntegerLayout layout,
      MemorySegment w,
      long offset,
      int from,
      int to,
      int[] x,
      int xAt,
      int[] quarterSums,
      int sumsAt,
      short[] raw) {
    long plane = layout.plane(offset, from);
    int stride = layout.planeStride();
    int planes = (to - from) / QuantPlane.COLUMNS;
    switch (layout.bits()) {
      case 4 -> sum4(w, plane, stride, planes, x, xAt, quarterSums, sumsAt, raw);
      case 5 -> sum5(w, plane, stride, planes, x, xAt, quarterSums, sumsAt, raw);
      default -> sum6(w, plane, stride, planes, x, xAt, quarterSums, sumsAt, raw);
    }
  }

  private static void sum4(
      MemorySegment w,
      long offset,
      int stride,
      int planes,
      int[] x,
      int xAt,
      int[] quarterSums,
      int sumsAt,
      short[] raw) {
    for (int i = 0; i < planes; i++) {
      long plane = offset + (long) i * stride;
      int p = xAt + i * QuantPlane.COLUMNS;
      int q = sumsAt + 4 * i;
      int sum = quarterSums[q] + quarterSums[q + 1] + quarterSums[q + 2] + quarterSums[q + 3];
      for (int row = 0; row < GROUP; row += 2 * SHORTS) {
        ShortVector a = ShortVector.broadcast(S, (short) (-8 * sum));
        ShortVector b = a;
        ShortVector c = ShortVector.zero(S);
        ShortVector d = c;
        for (int j = 0; j < WORDS; j++) {
          long at = plane + 2L * row + (long) j * WORD_STRIDE;
          IntVector v = IntVector.fromMemorySegment(I, w, at, LE);
          IntVector u = IntVector.fromMemorySegment(I, w, at + 2L * SHORTS, LE);
          ShortVector y = IntVector.broadcast(I, x[p + j]).reinterpretAsShorts();
          a = a.add(v.and(NIBBLE).reinterpretAsShorts().mul(y));
          b = b.add(u.and(NIBBLE).reinterpretAsShorts().mul(y));
          y = IntVector.broadcast(I, x[p + 16 + j]).reinterpretAsShorts();
          c = c.add(v.lanewise(LSHR, 4).and(NIBBLE).reinterpretAsShorts().mul(y));
          d = d.add(u.lanewise(LSHR, 4).and(NIBBLE).reinterpretAsShorts().mul(y));
          y = IntVector.broadcast(I, x[p + 8 + j]).reinterpretAsShorts();
          a = a.add(v.lanewise(LSHR, 8).and(NIBBLE).reinterpretAsShorts().mul(y));
          b = b.add(u.lanewise(LSHR, 8).and(NIBBLE).reinterpretAsShorts().mul(y));
          y = IntVector.broadcast(I, x[p + 24 + j]).reinterpretAsShorts();
          c = c.add(v.reinterpretAsShorts().lanewise(LSHR, TWELVE).mul(y));
          d = d.add(u.reinterpretAsShorts().lanewise(LSHR, TWELVE).mul(y));
        }
        int to = i * TILE * GROUP + row;
        a.add(c).intoArray(raw, to);
        b.add(d).intoArray(raw, to + SHORTS);
      }
    }
  }

  private static void sum5(
      MemorySegment w,
      long offset,
      int stride,
      int planes,
      int[] x,
      int xAt,
      int[] quarterSums,
      int sumsAt,
      short[] raw) {
    for (int i = 0; i < planes; i++) {
      int q = sumsAt + 4 * i;
      short first = (short) (-16 * (quarterSums[q] + quarterSums[q + 1]));
      short second = (short) (-16 * (quarterSums[q + 2] + quarterSums[q + 3]));
      for (int row = 0; row < GROUP; row += SHORTS) {
        long plane = offset + (long) i * stride + 2L * row;
        ShortVector a = ShortVector.broadcast(S, first);
        ShortVector b = ShortVector.broadcast(S, second);
        for (int half = 0; half < 2; half++) {
          long upper = plane + 5L * half * WORD_STRIDE;
          int p = xAt + i * QuantPlane.COLUMNS + 4 * half;
          IntVector h = IntVector.fromMemorySegment(I, w, upper, LE);
          for (int j = 0; j < WORDS / 2; j++) {
            long at = upper + (1L + j) * WORD_STRIDE;
            IntVector v = IntVector.fromMemorySegment(I, w, at, LE);
            IntVector z = v.and(NIBBLE).or(h.lanewise(LSHL, 4).and(FIFTH));
            a =
                a.add(
                    z.reinterpretAsShorts()
                        .mul(IntVector.broadcast(I, x[p + j]).reinterpretAsShorts()));
            z = v.lanewise(LSHR, 4).and(NIBBLE).or(h.lanewise(LSHL, 3).and(FIFTH));
            b =
                b.add(
                    z.reinterpretAsShorts()
                        .mul(IntVector.broadcast(I, x[p + 16 + j]).reinterpretAsShorts()));
            z = v.lanewise(LSHR, 8).and(NIBBLE).or(h.lanewise(LSHL, 2).and(FIFTH));
            a =
                a.add(
                    z.reinterpretAsShorts()
                        .mul(IntVector.broadcast(I, x[p + 8 + j]).reinterpretAsShorts()));
            z = v.lanewise(LSHR, 12).and(NIBBLE).or(h.lanewise(LSHL, 1).and(FIFTH));
            b =
                b.add(
                    z.reinterpretAsShorts()
                        .mul(IntVector.broadcast(I, x[p + 24 + j]).reinterpretAsShorts()));
            h = h.lanewise(LSHR, 4);
          }
        }
        int to = 2 * i * TILE * GROUP + row;
        a.intoArray(raw, to);
        b.intoArray(raw, to + TILE * GROUP);
      }
    }
  }

  private static void sum6(
      MemorySegment w,
      long offset,
      int stride,
      int planes,
      int[] x,
      int xAt,
      int[] quarterSums,
      int sumsAt,
      short[] raw) {
    for (int i = 0; i < planes; i++) {
      int q = sumsAt + 4 * i;
      for (int row = 0; row < GROUP; row += SHORTS) {
        long plane = offset + (long) i * stride + 2L * row;
        ShortVector a = ShortVector.broadcast(S, (short) (-32 * quarterSums[q]));
        ShortVector b = ShortVector.broadcast(S, (short) (-32 * quarterSums[q + 1]));
        ShortVector c = ShortVector.broadcast(S, (short) (-32 * quarterSums[q + 2]));
        ShortVector d = ShortVector.broadcast(S, (short) (-32 * quarterSums[q + 3]));
        for (int quarter = 0; quarter < 4; quarter++) {
          long upper = plane + 3L * quarter * WORD_STRIDE;
          int p = xAt + i * QuantPlane.COLUMNS + 2 * quarter;
          IntVector h = IntVector.fromMemorySegment(I, w, upper, LE);
          for (int j = 0; j < WORDS / 4; j++) {
            long at = upper + (1L + j) * WORD_STRIDE;
            IntVector v = IntVector.fromMemorySegment(I, w, at, LE);
            IntVector z = v.and(NIBBLE).or(h.lanewise(LSHL, 4).and(UPPER));
            a =
                a.add(
                    z.reinterpretAsShorts()
                        .mul(IntVector.broadcast(I, x[p + j]).reinterpretAsShorts()));
            z = v.lanewise(LSHR, 4).and(NIBBLE).or(h.lanewise(LSHL, 2).and(UPPER));
            c =
                c.add(
                    z.reinterpretAsShorts()
                        .mul(IntVector.broadcast(I, x[p + 16 + j]).reinterpretAsShorts()));
            z = v.lanewise(LSHR, 8).and(NIBBLE).or(h.and(UPPER));
            b =
                b.add(
                    z.reinterpretAsShorts()
                        .mul(IntVector.broadcast(I, x[p + 8 + j]).reinterpretAsShorts()));
            z = v.lanewise(LSHR, 12).and(NIBBLE).or(h.lanewise(LSHR, 2).and(UPPER));
            d =
                d.add(
                    z.reinterpretAsShorts()
                        .mul(IntVector.broadcast(I, x[p + 24 + j]).reinterpretAsShorts()));
            h = h.lanewise(LSHR, 8);
          }
        }
        int to = 4 * i * TILE * GROUP + row;
        a.intoArray(raw, to);
        b.intoArray(raw, to + TILE * GROUP);
        c.intoArray(raw, to + 2 * TILE * GROUP);
        d.intoArray(raw, to + 3 * TILE * GROUP);
      }
    }
  }

  static void unpack(
      IntegerLayout layout, MemorySegment w, long offset, int from, int to, short[] integers) {
    long plane = layout.plane(offset, from);
    for (int k = 0; k < to - from; k += QuantPlane.COLUMNS, plane += layout.planeStride()) {
      switch (layout.bits()) {
        case 4 -> unpack4(w, plane, integers, k * GROUP);
        case 5 -> unpack5(w, plane, integers, k * GROUP);
        default -> unpack6(w, plane, integers, k * GROUP);
      }
    }
  }

  private static void unpack4(MemorySegment w, long plane, short[] integers, int start) {
    short centre = 8;
    for (int row = 0; row < GROUP; row += SHORTS) {
      long at = plane + 2L * row;
      int to = start + row;
      for (int j = 0; j < WORDS; j++, at += WORD_STRIDE, to += GROUP) {
        IntVector v = IntVector.fromMemorySegment(I, w, at, LE);
        v.and(NIBBLE).reinterpretAsShorts().sub(centre).intoArray(integers, to);
        v.lanewise(LSHR, 4)
            .and(NIBBLE)
            .reinterpretAsShorts()
            .sub(centre)
            .intoArray(integers, to + 16 * GROUP);
        v.lanewise(LSHR, 8)
            .and(NIBBLE)
            .reinterpretAsShorts()
            .sub(centre)
            .intoArray(integers, to + 8 * GROUP);
        v.lanewise(LSHR, 12)
            .and(NIBBLE)
            .reinterpretAsShorts()
            .sub(centre)
            .intoArray(integers, to + 24 * GROUP);
      }
    }
  }

  private static void unpack5(MemorySegment w, long plane, short[] integers, int start) {
    short centre = 16;
    for (int row = 0; row < GROUP; row += SHORTS) {
      long at = plane + 2L * row;
      int to = start + row;
      for (int part = 0; part < 2; part++) {
        IntVector h = IntVector.fromMemorySegment(I, w, at, LE);
        at += WORD_STRIDE;
        for (int j = 0; j < 4; j++, at += WORD_STRIDE, to += GROUP) {
          IntVector v = IntVector.fromMemorySegment(I, w, at, LE);
          v.and(NIBBLE)
              .or(h.lanewise(LSHL, 4).and(FIFTH))
              .reinterpretAsShorts()
              .sub(centre)
              .intoArray(integers, to);
          v.lanewise(LSHR, 4)
              .and(NIBBLE)
              .or(h.lanewise(LSHL, 3).and(FIFTH))
              .reinterpretAsShorts()
              .sub(centre)
              .intoArray(integers, to + 16 * GROUP);
          v.lanewise(LSHR, 8)
              .and(NIBBLE)
              .or(h.lanewise(LSHL, 2).and(FIFTH))
              .reinterpretAsShorts()
              .sub(centre)
              .intoArray(integers, to + 8 * GROUP);
          v.lanewise(LSHR, 12)
              .and(NIBBLE)
              .or(h.lanewise(LSHL, 1).and(FIFTH))
              .reinterpretAsShorts()
              .sub(centre)
              .intoArray(integers, to + 24 * GROUP);
          h = h.lanewise(LSHR, 4);
        }
      }
    }
  }

  private static void unpack6(MemorySegment w, long plane, short[] integers, int start) {
    short centre = 32;
    for (int row = 0; row < GROUP; row += SHORTS) {
      long at = plane + 2L * row;
      int to = start + row;
      for (int part = 0; part < 4; part++) {
        IntVector h = IntVector.fromMemorySegment(I, w, at, LE);
        at += WORD_STRIDE;
        for (int j = 0; j < 2; j++, at += WORD_STRIDE, to += GROUP) {
          IntVector v = IntVector.fromMemorySegment(I, w, at, LE);
          v.and(NIBBLE)
              .or(h.lanewise(LSHL, 4).and(UPPER))
              .reinterpretAsShorts()
              .sub(centre)
              .intoArray(integers, to);
          v.lanewise(LSHR, 4)
              .and(NIBBLE)
              .or(h.lanewise(LSHL, 2).and(UPPER))
              .reinterpretAsShorts()
              .sub(centre)
              .intoArray(integers, to + 16 * GROUP);
          v.lanewise(LSHR, 8)
              .and(NIBBLE)
              .or(h.and(UPPER))
              .reinterpretAsShorts()
              .sub(centre)
              .intoArray(integers, to + 8 * GROUP);
          v.lanewise(LSHR, 12)
              .and(NIBBLE)
              .or(h.lanewise(LSHR, 2).and(UPPER))
              .reinterpretAsShorts()
              .sub(centre)
              .intoArray(integers, to + 24 * GROUP);
          h = h.lanewise(LSHR, 8);
        }
      }
    }
  }

  static void sumTile(
      int bits, short[] integers, int columns, int[] x, int xAt, int xStride, short[] raw) {
    int length = QuantPlane.COLUMNS >> (bits - 4);
    int to = 0;
    for (int p = 0; p < columns; p += length, to += TILE * GROUP) {
      sumPart(integers, p * GROUP, length, x, xAt + p, xStride, raw, to);
    }
  }

  /** Two vectors of rows, four tokens. */
  private static void sumPart(
      short[] integers,
      int integersAt,
      int length,
      int[] x,
      int xAt,
      int xStride,
      short[] raw,
      int rawAt) {
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      ShortVector a0 = ShortVector.zero(S), a1 = a0, a2 = a0, a3 = a0;
      ShortVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      for (int i = 0; i < length; i++) {
        int at = integersAt + row + i * GROUP;
        int p = xAt + i;
        ShortVector v = ShortVector.fromArray(S, integers, at);
        ShortVector u = ShortVector.fromArray(S, integers, at + SHORTS);
        ShortVector y = IntVector.broadcast(I, x[p]).reinterpretAsShorts();
        a0 = a0.add(v.mul(y));
        b0 = b0.add(u.mul(y));
        y = IntVector.broadcast(I, x[p + xStride]).reinterpretAsShorts();
        a1 = a1.add(v.mul(y));
        b1 = b1.add(u.mul(y));
        y = IntVector.broadcast(I, x[p + 2 * xStride]).reinterpretAsShorts();
        a2 = a2.add(v.mul(y));
        b2 = b2.add(u.mul(y));
        y = IntVector.broadcast(I, x[p + 3 * xStride]).reinterpretAsShorts();
        a3 = a3.add(v.mul(y));
        b3 = b3.add(u.mul(y));
      }
      int to = rawAt + row;
      a0.intoArray(raw, to);
      b0.intoArray(raw, to + SHORTS);
      a1.intoArray(raw, to + GROUP);
      b1.intoArray(raw, to + GROUP + SHORTS);
      a2.intoArray(raw, to + 2 * GROUP);
      b2.intoArray(raw, to + 2 * GROUP + SHORTS);
      a3.intoArray(raw, to + 3 * GROUP);
      b3.intoArray(raw, to + 3 * GROUP + SHORTS);
    }
  }
}
