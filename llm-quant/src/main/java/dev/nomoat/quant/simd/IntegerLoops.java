package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.BitPanel.WORD_BYTES;
import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.InnerLoops.TILE;
import static dev.nomoat.quant.simd.SmallLoops.both;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.S;
import static dev.nomoat.quant.simd.VectorLoops.SHORTS;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.nomoat.quant.packed.BitPanel;
import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.RunScaleLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Raw sums of products of 2- to 6-bit weights and 8-bit activations in 16-bit lanes. A lane is a
 * row.
 *
 * <p>Straight from packed memory, words are multiplied with {@link BitPanel#factors}, and the
 * stored integers without taking the centre c off: a sum begins with −c · Σ x instead. What it
 * passes through on its way wraps around; where it ends fits.
 */
final class IntegerLoops {
  /** From the raw sums of a part to those of the next one. */
  static final int PART = TILE * GROUP;

  /** Columns of which a word of 4, 5 or 6 bits holds some. */
  static final int FIELDS = 4;

  private IntegerLoops() {}

  static void sum(
      IntegerLayout layout,
      MemorySegment w,
      long offset,
      int from,
      int[] factors,
      int factorsAt,
      int[] quarterSums,
      int sumsAt,
      short[] raw,
      int rawAt) {
    int bits = layout.bits();
    int columns = layout.panelColumns(from);
    long panel = layout.panel(offset, from);
    if (layout.hasTable()) {
      TableLoops.sum(layout, w, panel, columns, factors, factorsAt, raw, rawAt);
      return;
    }
    if (layout instanceof RunScaleLayout block && block.hasOffsets()) {
      OffsetLoops.start(block, w, block.offsets(offset, from), quarterSums, sumsAt, raw, rawAt);
    } else {
      start(layout, columns, quarterSums, sumsAt, raw, rawAt);
    }
    switch (bits) {
      case 2 -> SmallLoops.sumTwoBits(layout, w, panel, columns, factors, factorsAt, raw, rawAt);
      case 3 -> SmallLoops.sumThreeBits(w, panel, columns, factors, factorsAt, raw, rawAt);
      default -> sumLarge(layout, w, panel, columns, factors, factorsAt, raw, rawAt);
    }
  }

  /** Integers of 4 to 6 bits. */
  private static void sumLarge(
      IntegerLayout layout,
      MemorySegment w,
      long panel,
      int columns,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt) {
    int bits = layout.bits();
    int last = layout.partColumns() / FIELDS - 1;
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      long at = panel + BitPanel.row(bits, columns, row);
      long apart = panel + BitPanel.row(bits, columns, row + SHORTS) - at;
      int to = rawAt + row;
      if (bits == 4) {
        sumNibbles(w, at, apart, columns / FIELDS, last, factors, factorsAt, raw, to);
      } else {
        sumWords(bits, w, at, apart, columns, factors, factorsAt, raw, to);
      }
    }
  }

  /**
   * Two vectors of rows; a word holds four columns. Shifts of ints take a constant, of shorts not.
   *
   * @param last the last word of a part, and a mask of the others
   */
  private static void sumNibbles(
      MemorySegment w,
      long offset,
      long apart,
      int words,
      int last,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt) {
    int to = rawAt;
    ShortVector a = ShortVector.zero(S);
    ShortVector b = a;
    for (int i = 0; i < words; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * FIELDS;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      ShortVector y = IntVector.broadcast(I, factors[f]).reinterpretAsShorts();
      a = a.add(v.mul(y));
      b = b.add(u.mul(y));
      y = IntVector.broadcast(I, factors[f + 1]).reinterpretAsShorts();
      a = a.add(v.lanewise(LSHR, 4).mul(y));
      b = b.add(u.lanewise(LSHR, 4).mul(y));
      y = IntVector.broadcast(I, factors[f + 2]).reinterpretAsShorts();
      a = a.add(v.lanewise(LSHR, 8).mul(y));
      b = b.add(u.lanewise(LSHR, 8).mul(y));
      y = IntVector.broadcast(I, factors[f + 3]).reinterpretAsShorts();
      a = a.add(v.lanewise(LSHR, 12).mul(y));
      b = b.add(u.lanewise(LSHR, 12).mul(y));
      if ((i & last) == last) {
        ShortVector.fromArray(S, raw, to).add(a).intoArray(raw, to);
        ShortVector.fromArray(S, raw, to + SHORTS).add(b).intoArray(raw, to + SHORTS);
        to += PART;
        a = ShortVector.zero(S);
        b = a;
      }
    }
  }

  /** What the sums of parts begin with. */
  static void start(
      IntegerLayout layout, int columns, int[] quarterSums, int sumsAt, short[] raw, int rawAt) {
    int quarters = layout.partColumns() / 8;
    int parts = columns / layout.partColumns();
    for (int part = 0; part < parts; part++) {
      int sum = 0;
      for (int i = 0; i < quarters; i++) {
        sum += quarterSums[sumsAt + part * quarters + i];
      }
      ShortVector v = ShortVector.broadcast(S, (short) (-layout.zero() * sum));
      for (int row = 0; row < GROUP; row += SHORTS) {
        v.intoArray(raw, rawAt + part * PART + row);
      }
    }
  }

  private static void sumWords(
      int bits,
      MemorySegment w,
      long offset,
      long apart,
      int columns,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt) {
    int units = columns / BitPanel.unitColumns(bits);
    for (int word = 0; word < BitPanel.unitWords(bits); word++) {
      long at = offset + BitPanel.word(bits, columns, 0, word);
      int f = factorsAt + word * units * FIELDS;
      int second = BitPanel.shift(bits, word, 1);
      int third = BitPanel.shift(bits, word, 2);
      int fourth = BitPanel.shift(bits, word, 3);
      if (fourth < Short.SIZE) {
        sumFour(w, at, apart, units, second, third, fourth, factors, f, raw, rawAt);
      } else {
        sumThree(w, at, apart, units, second, third, factors, f, raw, rawAt);
      }
    }
  }

  /** Two vectors of rows; words of four columns, a part each. */
  private static void sumFour(
      MemorySegment w,
      long offset,
      long apart,
      int units,
      int second,
      int third,
      int fourth,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt) {
    for (int i = 0; i < units; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * FIELDS;
      int to = rawAt + i * PART;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      ShortVector y = IntVector.broadcast(I, factors[f]).reinterpretAsShorts();
      ShortVector a = ShortVector.fromArray(S, raw, to).add(v.mul(y));
      ShortVector b = ShortVector.fromArray(S, raw, to + SHORTS).add(u.mul(y));
      y = IntVector.broadcast(I, factors[f + 1]).reinterpretAsShorts();
      a = a.add(v.lanewise(LSHR, second).mul(y));
      b = b.add(u.lanewise(LSHR, second).mul(y));
      y = IntVector.broadcast(I, factors[f + 2]).reinterpretAsShorts();
      a = a.add(v.lanewise(LSHR, third).mul(y));
      b = b.add(u.lanewise(LSHR, third).mul(y));
      y = IntVector.broadcast(I, factors[f + 3]).reinterpretAsShorts();
      a.add(v.lanewise(LSHR, fourth).mul(y)).intoArray(raw, to);
      b.add(u.lanewise(LSHR, fourth).mul(y)).intoArray(raw, to + SHORTS);
    }
  }

  /** Two vectors of rows; words of three columns, a part each. */
  private static void sumThree(
      MemorySegment w,
      long offset,
      long apart,
      int units,
      int second,
      int third,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt) {
    for (int i = 0; i < units; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * FIELDS;
      int to = rawAt + i * PART;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      ShortVector y = IntVector.broadcast(I, factors[f]).reinterpretAsShorts();
      ShortVector a = ShortVector.fromArray(S, raw, to).add(v.mul(y));
      ShortVector b = ShortVector.fromArray(S, raw, to + SHORTS).add(u.mul(y));
      y = IntVector.broadcast(I, factors[f + 1]).reinterpretAsShorts();
      a = a.add(v.lanewise(LSHR, second).mul(y));
      b = b.add(u.lanewise(LSHR, second).mul(y));
      y = IntVector.broadcast(I, factors[f + 2]).reinterpretAsShorts();
      a.add(v.lanewise(LSHR, third).mul(y)).intoArray(raw, to);
      b.add(u.lanewise(LSHR, third).mul(y)).intoArray(raw, to + SHORTS);
    }
  }

  static void sumTile(
      IntegerLayout layout,
      short[] integers,
      int columns,
      int[] x,
      int xAt,
      int xStride,
      short[] raw) {
    int length = layout.partColumns();
    int to = 0;
    for (int p = 0; p < columns; p += length, to += PART) {
      if (layout.isSplit()) {
        sumSplitRun(integers, p * GROUP, length, x, xAt + p, xStride, raw, to);
        to += PART;
      } else {
        sumPart(integers, p * GROUP, length, x, xAt + p, xStride, raw, to);
      }
    }
  }

  /**
   * One vector of rows, four tokens, both parts of sums: the sum of two columns is exact in 16
   * bits, see {@link TableLoops}.
   */
  private static void sumSplitRun(
      short[] integers,
      int integersAt,
      int length,
      int[] x,
      int xAt,
      int xStride,
      short[] raw,
      int rawAt) {
    for (int row = 0; row < GROUP; row += SHORTS) {
      ShortVector a0 = ShortVector.zero(S), a1 = a0, a2 = a0, a3 = a0;
      ShortVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      for (int i = 0; i < length; i += 2) {
        int at = integersAt + row + i * GROUP;
        int p = xAt + i;
        ShortVector v = ShortVector.fromArray(S, integers, at);
        ShortVector u = ShortVector.fromArray(S, integers, at + GROUP);
        ShortVector s = v.mul(both(x[p])).add(u.mul(both(x[p + 1])));
        a0 = a0.add(s);
        b0 = b0.add(s.lanewise(ASHR, 8));
        p += xStride;
        s = v.mul(both(x[p])).add(u.mul(both(x[p + 1])));
        a1 = a1.add(s);
        b1 = b1.add(s.lanewise(ASHR, 8));
        p += xStride;
        s = v.mul(both(x[p])).add(u.mul(both(x[p + 1])));
        a2 = a2.add(s);
        b2 = b2.add(s.lanewise(ASHR, 8));
        p += xStride;
        s = v.mul(both(x[p])).add(u.mul(both(x[p + 1])));
        a3 = a3.add(s);
        b3 = b3.add(s.lanewise(ASHR, 8));
      }
      int to = rawAt + row;
      a0.sub(b0.lanewise(LSHL, 8)).intoArray(raw, to);
      a1.sub(b1.lanewise(LSHL, 8)).intoArray(raw, to + GROUP);
      a2.sub(b2.lanewise(LSHL, 8)).intoArray(raw, to + 2 * GROUP);
      a3.sub(b3.lanewise(LSHL, 8)).intoArray(raw, to + 3 * GROUP);
      b0.intoArray(raw, to + PART);
      b1.intoArray(raw, to + PART + GROUP);
      b2.intoArray(raw, to + PART + 2 * GROUP);
      b3.intoArray(raw, to + PART + 3 * GROUP);
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
