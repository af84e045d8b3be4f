package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.BitPanel.WORD_BYTES;
import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.IntegerLoops.FIELDS;
import static dev.nomoat.quant.simd.IntegerLoops.SHIFTS;
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
  /** From the raw sums of a part to those of the next one. */
  private static final int PAIR = 2 * GROUP;

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
      IntegerLoops.sumSmall(
          layout, w, offset, from, factors, factorsAt, quarterSums, sumsAt, raw, 0, PAIR);
      IntegerLoops.sumSmall(
          layout,
          w,
          offset,
          from,
          factors,
          factorsAt + factorsStride,
          quarterSums,
          sumsAt + sumsStride,
          raw,
          GROUP,
          PAIR);
      return;
    }
    int columns = layout.panelColumns(from);
    int words = columns * bits / Short.SIZE;
    long panel = layout.panel(offset, from);
    int last = layout.partColumns() / FIELDS - 1;
    int starts = factorsAt + BitPanel.factorCount(bits, columns);
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      long at = panel + BitPanel.row(bits, columns, row);
      long apart = panel + BitPanel.row(bits, columns, row + SHORTS) - at;
      if (bits == 4) {
        sumNibbles(w, at, apart, words, last, factors, factorsAt, starts, factorsStride, raw, row);
      } else {
        sumWords(
            SHIFTS[bits], w, at, apart, words, factors, factorsAt, starts, factorsStride, raw, row);
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
      int startsAt,
      int stride,
      short[] raw,
      int rawAt) {
    int to = rawAt;
    int start = startsAt;
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
        y = IntVector.broadcast(I, factors[start]).reinterpretAsShorts();
        z = IntVector.broadcast(I, factors[start + stride]).reinterpretAsShorts();
        a.add(y).intoArray(raw, to);
        b.add(y).intoArray(raw, to + SHORTS);
        c.add(z).intoArray(raw, to + GROUP);
        d.add(z).intoArray(raw, to + GROUP + SHORTS);
        to += PAIR;
        start++;
        a = ShortVector.zero(S);
        b = a;
        c = a;
        d = a;
      }
    }
  }

  /** Two vectors of rows; see {@link IntegerLoops}. */
  private static void sumWords(
      short[] shifts,
      MemorySegment w,
      long offset,
      long apart,
      int words,
      int[] factors,
      int factorsAt,
      int startsAt,
      int stride,
      short[] raw,
      int rawAt) {
    int to = rawAt;
    int word = 0;
    int start = startsAt;
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
      short shift = shifts[word];
      y = IntVector.broadcast(I, factors[f + 1]).reinterpretAsShorts();
      z = IntVector.broadcast(I, factors[g + 1]).reinterpretAsShorts();
      ShortVector r = v.lanewise(LSHR, shift);
      ShortVector s = u.lanewise(LSHR, shift);
      a = a.add(r.mul(y));
      b = b.add(s.mul(y));
      c = c.add(r.mul(z));
      d = d.add(s.mul(z));
      shift = shifts[word + 1];
      y = IntVector.broadcast(I, factors[f + 2]).reinterpretAsShorts();
      z = IntVector.broadcast(I, factors[g + 2]).reinterpretAsShorts();
      r = v.lanewise(LSHR, shift);
      s = u.lanewise(LSHR, shift);
      a = a.add(r.mul(y));
      b = b.add(s.mul(y));
      c = c.add(r.mul(z));
      d = d.add(s.mul(z));
      shift = shifts[word + 2];
      y = IntVector.broadcast(I, factors[f + 3]).reinterpretAsShorts();
      z = IntVector.broadcast(I, factors[g + 3]).reinterpretAsShorts();
      r = v.lanewise(LSHR, shift);
      s = u.lanewise(LSHR, shift);
      a = a.add(r.mul(y));
      b = b.add(s.mul(y));
      c = c.add(r.mul(z));
      d = d.add(s.mul(z));
      word += FIELDS - 1;
      if (word == shifts.length) {
        y = IntVector.broadcast(I, factors[start]).reinterpretAsShorts();
        z = IntVector.broadcast(I, factors[start + stride]).reinterpretAsShorts();
        a.add(y).intoArray(raw, to);
        b.add(y).intoArray(raw, to + SHORTS);
        c.add(z).intoArray(raw, to + GROUP);
        d.add(z).intoArray(raw, to + GROUP + SHORTS);
        to += PAIR;
        start++;
        word = 0;
        a = ShortVector.zero(S);
        b = a;
        c = a;
        d = a;
      }
    }
  }
}
