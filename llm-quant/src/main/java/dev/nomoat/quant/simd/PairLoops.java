package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.BitPanel.WORD_BYTES;
import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.IntegerLoops.FIELDS;
import static dev.nomoat.quant.simd.IntegerLoops.PART;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.S;
import static dev.nomoat.quant.simd.VectorLoops.SHORTS;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.nomoat.quant.packed.BitPanel;
import dev.nomoat.quant.packed.IntegerLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * The raw sums of {@link IntegerLoops} straight from packed memory, for two tokens at once: a word
 * is read and shifted once for both. More tokens would not fit into the registers of 256 bits, nor
 * into a loop that C2 compiles without boxes.
 */
final class PairLoops {
  private PairLoops() {}

  static void sum(
      IntegerLayout layout,
      MemorySegment w,
      long offset,
      int from,
      int[] factors,
      int factorsAt,
      int factorsStride,
      int[] quarterSums,
      int sumsAt,
      int sumsStride,
      short[] raw) {
    int bits = layout.bits();
    if (layout.hasTable() || bits < 4) {
      // one after the other: their words come from the first cache the second time
      IntegerLoops.sum(layout, w, offset, from, factors, factorsAt, quarterSums, sumsAt, raw, 0);
      IntegerLoops.sum(
          layout,
          w,
          offset,
          from,
          factors,
          factorsAt + factorsStride,
          quarterSums,
          sumsAt + sumsStride,
          raw,
          GROUP);
      return;
    }
    int columns = layout.panelColumns(from);
    int units = columns / BitPanel.unitColumns(bits);
    long panel = layout.panel(offset, from);
    int last = layout.partColumns() / FIELDS - 1;
    IntegerLoops.start(layout, columns, quarterSums, sumsAt, raw, 0);
    IntegerLoops.start(layout, columns, quarterSums, sumsAt + sumsStride, raw, GROUP);
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      long at = panel + BitPanel.row(bits, columns, row);
      long apart = panel + BitPanel.row(bits, columns, row + SHORTS) - at;
      if (bits == 4) {
        sumNibbles(w, at, apart, units, last, factors, factorsAt, factorsStride, raw, row);
      } else {
        sumWords(bits, w, at, apart, columns, factors, factorsAt, factorsStride, raw, row);
      }
    }
  }

  /**
   * Two vectors of rows; a word holds four columns.
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
      int stride,
      short[] raw,
      int rawAt) {
    int to = rawAt;
    ShortVector a = ShortVector.zero(S), b = a, c = a, d = a;
    for (int i = 0; i < words; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * FIELDS;
      int g = f + stride;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      ShortVector y = IntVector.broadcast(I, factors[f]).reinterpretAsShorts();
      ShortVector z = IntVector.broadcast(I, factors[g]).reinterpretAsShorts();
      a = a.add(v.mul(y));
      b = b.add(u.mul(y));
      c = c.add(v.mul(z));
      d = d.add(u.mul(z));
      y = IntVector.broadcast(I, factors[f + 1]).reinterpretAsShorts();
      z = IntVector.broadcast(I, factors[g + 1]).reinterpretAsShorts();
      ShortVector r = v.lanewise(LSHR, 4);
      ShortVector s = u.lanewise(LSHR, 4);
      a = a.add(r.mul(y));
      b = b.add(s.mul(y));
      c = c.add(r.mul(z));
      d = d.add(s.mul(z));
      y = IntVector.broadcast(I, factors[f + 2]).reinterpretAsShorts();
      z = IntVector.broadcast(I, factors[g + 2]).reinterpretAsShorts();
      r = v.lanewise(LSHR, 8);
      s = u.lanewise(LSHR, 8);
      a = a.add(r.mul(y));
      b = b.add(s.mul(y));
      c = c.add(r.mul(z));
      d = d.add(s.mul(z));
      y = IntVector.broadcast(I, factors[f + 3]).reinterpretAsShorts();
      z = IntVector.broadcast(I, factors[g + 3]).reinterpretAsShorts();
      r = v.lanewise(LSHR, 12);
      s = u.lanewise(LSHR, 12);
      a = a.add(r.mul(y));
      b = b.add(s.mul(y));
      c = c.add(r.mul(z));
      d = d.add(s.mul(z));
      if ((i & last) == last) {
        ShortVector.fromArray(S, raw, to).add(a).intoArray(raw, to);
        ShortVector.fromArray(S, raw, to + SHORTS).add(b).intoArray(raw, to + SHORTS);
        int next = to + GROUP;
        ShortVector.fromArray(S, raw, next).add(c).intoArray(raw, next);
        ShortVector.fromArray(S, raw, next + SHORTS).add(d).intoArray(raw, next + SHORTS);
        to += PART;
        a = ShortVector.zero(S);
        b = a;
        c = a;
        d = a;
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
      int stride,
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
        sumFour(w, at, apart, units, second, third, fourth, factors, f, stride, raw, rawAt);
      } else {
        sumThree(w, at, apart, units, second, third, factors, f, stride, raw, rawAt);
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
      int stride,
      short[] raw,
      int rawAt) {
    for (int i = 0; i < units; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * FIELDS;
      int g = f + stride;
      int to = rawAt + i * PART;
      int next = to + GROUP;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      ShortVector y = IntVector.broadcast(I, factors[f]).reinterpretAsShorts();
      ShortVector z = IntVector.broadcast(I, factors[g]).reinterpretAsShorts();
      ShortVector a = ShortVector.fromArray(S, raw, to).add(v.mul(y));
      ShortVector b = ShortVector.fromArray(S, raw, to + SHORTS).add(u.mul(y));
      ShortVector c = ShortVector.fromArray(S, raw, next).add(v.mul(z));
      ShortVector d = ShortVector.fromArray(S, raw, next + SHORTS).add(u.mul(z));
      y = IntVector.broadcast(I, factors[f + 1]).reinterpretAsShorts();
      z = IntVector.broadcast(I, factors[g + 1]).reinterpretAsShorts();
      ShortVector r = v.lanewise(LSHR, second);
      ShortVector s = u.lanewise(LSHR, second);
      a = a.add(r.mul(y));
      b = b.add(s.mul(y));
      c = c.add(r.mul(z));
      d = d.add(s.mul(z));
      y = IntVector.broadcast(I, factors[f + 2]).reinterpretAsShorts();
      z = IntVector.broadcast(I, factors[g + 2]).reinterpretAsShorts();
      r = v.lanewise(LSHR, third);
      s = u.lanewise(LSHR, third);
      a = a.add(r.mul(y));
      b = b.add(s.mul(y));
      c = c.add(r.mul(z));
      d = d.add(s.mul(z));
      y = IntVector.broadcast(I, factors[f + 3]).reinterpretAsShorts();
      z = IntVector.broadcast(I, factors[g + 3]).reinterpretAsShorts();
      r = v.lanewise(LSHR, fourth);
      s = u.lanewise(LSHR, fourth);
      a.add(r.mul(y)).intoArray(raw, to);
      b.add(s.mul(y)).intoArray(raw, to + SHORTS);
      c.add(r.mul(z)).intoArray(raw, next);
      d.add(s.mul(z)).intoArray(raw, next + SHORTS);
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
      int stride,
      short[] raw,
      int rawAt) {
    for (int i = 0; i < units; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * FIELDS;
      int g = f + stride;
      int to = rawAt + i * PART;
      int next = to + GROUP;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      ShortVector y = IntVector.broadcast(I, factors[f]).reinterpretAsShorts();
      ShortVector z = IntVector.broadcast(I, factors[g]).reinterpretAsShorts();
      ShortVector a = ShortVector.fromArray(S, raw, to).add(v.mul(y));
      ShortVector b = ShortVector.fromArray(S, raw, to + SHORTS).add(u.mul(y));
      ShortVector c = ShortVector.fromArray(S, raw, next).add(v.mul(z));
      ShortVector d = ShortVector.fromArray(S, raw, next + SHORTS).add(u.mul(z));
      y = IntVector.broadcast(I, factors[f + 1]).reinterpretAsShorts();
      z = IntVector.broadcast(I, factors[g + 1]).reinterpretAsShorts();
      ShortVector r = v.lanewise(LSHR, second);
      ShortVector s = u.lanewise(LSHR, second);
      a = a.add(r.mul(y));
      b = b.add(s.mul(y));
      c = c.add(r.mul(z));
      d = d.add(s.mul(z));
      y = IntVector.broadcast(I, factors[f + 2]).reinterpretAsShorts();
      z = IntVector.broadcast(I, factors[g + 2]).reinterpretAsShorts();
      r = v.lanewise(LSHR, third);
      s = u.lanewise(LSHR, third);
      a.add(r.mul(y)).intoArray(raw, to);
      b.add(s.mul(y)).intoArray(raw, to + SHORTS);
      c.add(r.mul(z)).intoArray(raw, next);
      d.add(s.mul(z)).intoArray(raw, next + SHORTS);
    }
  }
}
