package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.packed.QuantPlane.NIBBLE_BYTES;
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
 */
final class IntegerLoops {
  private static final short ONE = 1;
  private static final short TWO = 2;
  private static final short THREE = 3;
  private static final short FOUR = 4;
  private static final short EIGHT = 8;
  private static final short TWELVE = 12;
  private static final short NIBBLE = 15;
  private static final short FIFTH = 16;
  private static final short UPPER = 48;

  private IntegerLoops() {}

  static void sum(
      IntegerLayout layout,
      MemorySegment w,
      long offset,
      int from,
      int to,
      int[] x,
      int xAt,
      int[] classSums,
      int sumsAt,
      short[] raw) {
    long plane = layout.plane(offset, from);
    int stride = layout.planeStride();
    int planes = (to - from) / QuantPlane.COLUMNS;
    switch (layout.bits()) {
      case 4 -> sum4(w, plane, stride, planes, x, xAt, classSums, sumsAt, raw);
      case 5 -> sum5(w, plane, stride, planes, x, xAt, classSums, sumsAt, raw);
      default -> sum6(w, plane, stride, planes, x, xAt, classSums, sumsAt, raw);
    }
  }

  private static void sum4(
      MemorySegment w,
      long offset,
      int stride,
      int planes,
      int[] x,
      int xAt,
      int[] classSums,
      int sumsAt,
      short[] raw) {
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      long plane = offset + 2L * row;
      int p = xAt;
      int sums = sumsAt;
      int to = row;
      for (int i = 0; i < planes; i++, plane += stride, sums += 4, to += GROUP) {
        int sum = classSums[sums] + classSums[sums + 1] + classSums[sums + 2] + classSums[sums + 3];
        ShortVector a = ShortVector.broadcast(S, (short) (-8 * sum));
        ShortVector b = a;
        ShortVector c = ShortVector.zero(S);
        ShortVector d = c;
        long at = plane;
        for (int j = 0; j < WORDS; j++, at += WORD_STRIDE, p += 4) {
          ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
          ShortVector u = ShortVector.fromMemorySegment(S, w, at + 2L * SHORTS, LE);
          ShortVector y = IntVector.broadcast(I, x[p]).reinterpretAsShorts();
          a = a.add(v.and(NIBBLE).mul(y));
          b = b.add(u.and(NIBBLE).mul(y));
          y = IntVector.broadcast(I, x[p + 1]).reinterpretAsShorts();
          c = c.add(v.lanewise(LSHR, FOUR).and(NIBBLE).mul(y));
          d = d.add(u.lanewise(LSHR, FOUR).and(NIBBLE).mul(y));
          y = IntVector.broadcast(I, x[p + 2]).reinterpretAsShorts();
          a = a.add(v.lanewise(LSHR, EIGHT).and(NIBBLE).mul(y));
          b = b.add(u.lanewise(LSHR, EIGHT).and(NIBBLE).mul(y));
          y = IntVector.broadcast(I, x[p + 3]).reinterpretAsShorts();
          c = c.add(v.lanewise(LSHR, TWELVE).mul(y));
          d = d.add(u.lanewise(LSHR, TWELVE).mul(y));
        }
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
      int[] classSums,
      int sumsAt,
      short[] raw) {
    for (int row = 0; row < GROUP; row += SHORTS) {
      long plane = offset + 2L * row;
      int p = xAt;
      int sums = sumsAt;
      int to = row;
      for (int i = 0; i < planes; i++, plane += stride, sums += 4, to += 2 * GROUP) {
        ShortVector even =
            ShortVector.broadcast(S, (short) (-16 * (classSums[sums] + classSums[sums + 2])));
        ShortVector odd =
            ShortVector.broadcast(S, (short) (-16 * (classSums[sums + 1] + classSums[sums + 3])));
        long at = plane;
        for (int half = 0; half < 2; half++) {
          ShortVector h =
              ShortVector.fromMemorySegment(
                  S, w, plane + NIBBLE_BYTES + (long) half * WORD_STRIDE, LE);
          for (int j = 0; j < WORDS / 2; j++, at += WORD_STRIDE, p += 4) {
            ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
            ShortVector q = v.and(NIBBLE).or(h.lanewise(LSHL, FOUR).and(FIFTH));
            even = even.add(q.mul(IntVector.broadcast(I, x[p]).reinterpretAsShorts()));
            q = v.lanewise(LSHR, FOUR).and(NIBBLE).or(h.lanewise(LSHL, THREE).and(FIFTH));
            odd = odd.add(q.mul(IntVector.broadcast(I, x[p + 1]).reinterpretAsShorts()));
            q = v.lanewise(LSHR, EIGHT).and(NIBBLE).or(h.lanewise(LSHL, TWO).and(FIFTH));
            even = even.add(q.mul(IntVector.broadcast(I, x[p + 2]).reinterpretAsShorts()));
            q = v.lanewise(LSHR, TWELVE).or(h.lanewise(LSHL, ONE).and(FIFTH));
            odd = odd.add(q.mul(IntVector.broadcast(I, x[p + 3]).reinterpretAsShorts()));
            h = h.lanewise(LSHR, FOUR);
          }
        }
        even.intoArray(raw, to);
        odd.intoArray(raw, to + GROUP);
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
      int[] classSums,
      int sumsAt,
      short[] raw) {
    for (int row = 0; row < GROUP; row += SHORTS) {
      long plane = offset + 2L * row;
      int p = xAt;
      int sums = sumsAt;
      int to = row;
      for (int i = 0; i < planes; i++, plane += stride, sums += 4, to += 4 * GROUP) {
        ShortVector a = ShortVector.broadcast(S, (short) (-32 * classSums[sums]));
        ShortVector b = ShortVector.broadcast(S, (short) (-32 * classSums[sums + 1]));
        ShortVector c = ShortVector.broadcast(S, (short) (-32 * classSums[sums + 2]));
        ShortVector d = ShortVector.broadcast(S, (short) (-32 * classSums[sums + 3]));
        long at = plane;
        for (int quarter = 0; quarter < 4; quarter++) {
          ShortVector h =
              ShortVector.fromMemorySegment(
                  S, w, plane + NIBBLE_BYTES + (long) quarter * WORD_STRIDE, LE);
          for (int j = 0; j < WORDS / 4; j++, at += WORD_STRIDE, p += 4) {
            ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
            ShortVector q = v.and(NIBBLE).or(h.lanewise(LSHL, FOUR).and(UPPER));
            a = a.add(q.mul(IntVector.broadcast(I, x[p]).reinterpretAsShorts()));
            q = v.lanewise(LSHR, FOUR).and(NIBBLE).or(h.lanewise(LSHL, TWO).and(UPPER));
            b = b.add(q.mul(IntVector.broadcast(I, x[p + 1]).reinterpretAsShorts()));
            q = v.lanewise(LSHR, EIGHT).and(NIBBLE).or(h.and(UPPER));
            c = c.add(q.mul(IntVector.broadcast(I, x[p + 2]).reinterpretAsShorts()));
            q = v.lanewise(LSHR, TWELVE).or(h.lanewise(LSHR, TWO).and(UPPER));
            d = d.add(q.mul(IntVector.broadcast(I, x[p + 3]).reinterpretAsShorts()));
            h = h.lanewise(LSHR, EIGHT);
          }
        }
        // classes 0 and 2 are the parts of the first run of 16 columns
        a.intoArray(raw, to);
        c.intoArray(raw, to + GROUP);
        b.intoArray(raw, to + 2 * GROUP);
        d.intoArray(raw, to + 3 * GROUP);
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
      for (int j = 0; j < WORDS; j++, at += WORD_STRIDE, to += 4 * GROUP) {
        ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
        v.and(NIBBLE).sub(centre).intoArray(integers, to);
        v.lanewise(LSHR, FOUR).and(NIBBLE).sub(centre).intoArray(integers, to + GROUP);
        v.lanewise(LSHR, EIGHT).and(NIBBLE).sub(centre).intoArray(integers, to + 2 * GROUP);
        v.lanewise(LSHR, TWELVE).sub(centre).intoArray(integers, to + 3 * GROUP);
      }
    }
  }

  private static void unpack5(MemorySegment w, long plane, short[] integers, int start) {
    short centre = 16;
    for (int row = 0; row < GROUP; row += SHORTS) {
      long at = plane + 2L * row;
      int to = start + row;
      for (int half = 0; half < 2; half++) {
        ShortVector h =
            ShortVector.fromMemorySegment(
                S, w, plane + NIBBLE_BYTES + (long) half * WORD_STRIDE + 2L * row, LE);
        for (int j = 0; j < WORDS / 2; j++, at += WORD_STRIDE, to += 4 * GROUP) {
          ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
          v.and(NIBBLE).or(h.lanewise(LSHL, FOUR).and(FIFTH)).sub(centre).intoArray(integers, to);
          v.lanewise(LSHR, FOUR)
              .and(NIBBLE)
              .or(h.lanewise(LSHL, THREE).and(FIFTH))
              .sub(centre)
              .intoArray(integers, to + GROUP);
          v.lanewise(LSHR, EIGHT)
              .and(NIBBLE)
              .or(h.lanewise(LSHL, TWO).and(FIFTH))
              .sub(centre)
              .intoArray(integers, to + 2 * GROUP);
          v.lanewise(LSHR, TWELVE)
              .or(h.lanewise(LSHL, ONE).and(FIFTH))
              .sub(centre)
              .intoArray(integers, to + 3 * GROUP);
          h = h.lanewise(LSHR, FOUR);
        }
      }
    }
  }

  private static void unpack6(MemorySegment w, long plane, short[] integers, int start) {
    short centre = 32;
    for (int row = 0; row < GROUP; row += SHORTS) {
      long at = plane + 2L * row;
      int to = start + row;
      for (int quarter = 0; quarter < 4; quarter++) {
        ShortVector h =
            ShortVector.fromMemorySegment(
                S, w, plane + NIBBLE_BYTES + (long) quarter * WORD_STRIDE + 2L * row, LE);
        for (int j = 0; j < WORDS / 4; j++, at += WORD_STRIDE, to += 4 * GROUP) {
          ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
          v.and(NIBBLE).or(h.lanewise(LSHL, FOUR).and(UPPER)).sub(centre).intoArray(integers, to);
          v.lanewise(LSHR, FOUR)
              .and(NIBBLE)
              .or(h.lanewise(LSHL, TWO).and(UPPER))
              .sub(centre)
              .intoArray(integers, to + GROUP);
          v.lanewise(LSHR, EIGHT)
              .and(NIBBLE)
              .or(h.and(UPPER))
              .sub(centre)
              .intoArray(integers, to + 2 * GROUP);
          v.lanewise(LSHR, TWELVE)
              .or(h.lanewise(LSHR, TWO).and(UPPER))
              .sub(centre)
              .intoArray(integers, to + 3 * GROUP);
          h = h.lanewise(LSHR, EIGHT);
        }
      }
    }
  }

  static void sumTile(
      int bits, short[] integers, int positions, int[] x, int xAt, int xStride, short[] raw) {
    int classes = 1 << (bits - 4);
    for (int k = 0; k < positions; k += QuantPlane.COLUMNS) {
      for (int c = 0; c < classes; c++) {
        // of the four classes of 6 bits, the even ones are the first run's parts
        int slot = classes == 4 ? (c & 1) * 2 + (c >> 1) : c;
        int to = (k / QuantPlane.COLUMNS * classes + slot) * TILE * GROUP;
        sumClass(integers, k + c, classes, x, xAt + k + c, xStride, raw, to);
      }
    }
  }

  /** Two vectors of rows, four tokens. */
  private static void sumClass(
      short[] integers,
      int position,
      int classes,
      int[] x,
      int xAt,
      int xStride,
      short[] raw,
      int rawAt) {
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      ShortVector a0 = ShortVector.zero(S), a1 = a0, a2 = a0, a3 = a0;
      ShortVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      int at = position * GROUP + row;
      int p = xAt;
      for (int i = 0; i < QuantPlane.COLUMNS; i += classes, at += classes * GROUP, p += classes) {
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
