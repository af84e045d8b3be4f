package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.BitPanel.WORD_BYTES;
import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.InnerLoops.TILE;
import static dev.nomoat.quant.simd.IntegerLoops.FIELDS;
import static dev.nomoat.quant.simd.IntegerLoops.PART;
import static dev.nomoat.quant.simd.IntegerLoops.SHIFTS;
import static dev.nomoat.quant.simd.SmallLoops.both;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.S;
import static dev.nomoat.quant.simd.VectorLoops.SHORTS;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.nomoat.quant.packed.BitPanel;
import dev.nomoat.quant.packed.IntegerLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ShortVector;

/**
 * The raw sums of {@link IntegerLoops} straight from packed memory, for four tokens at once, whose
 * factors stand side by side. The columns of a word are a loop of their own: written out, it would
 * be more than C2 compiles without boxes.
 */
final class QuadLoops {
  private QuadLoops() {}

  /**
   * Raw sums of a panel of integers of 4 to 6 bits.
   *
   * @param factors {@code [numbers of the form][TILE]}
   */
  static void sum(
      IntegerLayout layout,
      MemorySegment w,
      long offset,
      int from,
      int[] factors,
      int factorsAt,
      short[] raw) {
    int bits = layout.bits();
    int columns = layout.panelColumns(from);
    long panel = layout.panel(offset, from);
    int words = columns * bits / Short.SIZE;
    int last = layout.partColumns() / FIELDS - 1;
    int starts = factorsAt + layout.form().starts(columns) * TILE;
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      long at = panel + BitPanel.row(bits, columns, row);
      long apart = panel + BitPanel.row(bits, columns, row + SHORTS) - at;
      if (bits == 4) {
        sumNibbles(w, at, apart, words, last, factors, factorsAt, starts, raw, row);
      } else {
        sumWords(SHIFTS[bits], w, at, apart, words, factors, factorsAt, starts, raw, row);
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
      short[] raw,
      int rawAt) {
    int to = rawAt;
    int start = startsAt;
    int f = factorsAt;
    ShortVector a0 = ShortVector.zero(S), a1 = a0, a2 = a0, a3 = a0;
    ShortVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    for (int i = 0; i < words; i++) {
      long at = offset + (long) i * WORD_BYTES;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      for (int field = 0; field < FIELDS; field++, f += TILE) {
        ShortVector y = both(factors[f]);
        a0 = a0.add(v.mul(y));
        b0 = b0.add(u.mul(y));
        y = both(factors[f + 1]);
        a1 = a1.add(v.mul(y));
        b1 = b1.add(u.mul(y));
        y = both(factors[f + 2]);
        a2 = a2.add(v.mul(y));
        b2 = b2.add(u.mul(y));
        y = both(factors[f + 3]);
        a3 = a3.add(v.mul(y));
        b3 = b3.add(u.mul(y));
        v = v.lanewise(LSHR, 4);
        u = u.lanewise(LSHR, 4);
      }
      if ((i & last) == last) {
        ShortVector y = both(factors[start]);
        a0.add(y).intoArray(raw, to);
        b0.add(y).intoArray(raw, to + SHORTS);
        y = both(factors[start + 1]);
        a1.add(y).intoArray(raw, to + GROUP);
        b1.add(y).intoArray(raw, to + GROUP + SHORTS);
        y = both(factors[start + 2]);
        a2.add(y).intoArray(raw, to + 2 * GROUP);
        b2.add(y).intoArray(raw, to + 2 * GROUP + SHORTS);
        y = both(factors[start + 3]);
        a3.add(y).intoArray(raw, to + 3 * GROUP);
        b3.add(y).intoArray(raw, to + 3 * GROUP + SHORTS);
        start += TILE;
        to += PART;
        a0 = ShortVector.zero(S);
        a1 = a0;
        a2 = a0;
        a3 = a0;
        b0 = a0;
        b1 = a0;
        b2 = a0;
        b3 = a0;
      }
    }
  }

  /** The same of 5 and 6 bits, of which a part is a unit; see {@link IntegerLoops}. */
  private static void sumWords(
      short[] shifts,
      MemorySegment w,
      long offset,
      long apart,
      int words,
      int[] factors,
      int factorsAt,
      int startsAt,
      short[] raw,
      int rawAt) {
    int to = rawAt;
    int start = startsAt;
    int f = factorsAt;
    int shift = 0;
    ShortVector a0 = ShortVector.zero(S), a1 = a0, a2 = a0, a3 = a0;
    ShortVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    for (int i = 0; i < words; i++) {
      long at = offset + (long) i * WORD_BYTES;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      for (int field = 0; field < FIELDS; field++, f += TILE) {
        short bits = shifts[shift++];
        ShortVector p = v.lanewise(LSHR, bits);
        ShortVector q = u.lanewise(LSHR, bits);
        ShortVector y = both(factors[f]);
        a0 = a0.add(p.mul(y));
        b0 = b0.add(q.mul(y));
        y = both(factors[f + 1]);
        a1 = a1.add(p.mul(y));
        b1 = b1.add(q.mul(y));
        y = both(factors[f + 2]);
        a2 = a2.add(p.mul(y));
        b2 = b2.add(q.mul(y));
        y = both(factors[f + 3]);
        a3 = a3.add(p.mul(y));
        b3 = b3.add(q.mul(y));
      }
      if (shift == shifts.length) {
        ShortVector y = both(factors[start]);
        a0.add(y).intoArray(raw, to);
        b0.add(y).intoArray(raw, to + SHORTS);
        y = both(factors[start + 1]);
        a1.add(y).intoArray(raw, to + GROUP);
        b1.add(y).intoArray(raw, to + GROUP + SHORTS);
        y = both(factors[start + 2]);
        a2.add(y).intoArray(raw, to + 2 * GROUP);
        b2.add(y).intoArray(raw, to + 2 * GROUP + SHORTS);
        y = both(factors[start + 3]);
        a3.add(y).intoArray(raw, to + 3 * GROUP);
        b3.add(y).intoArray(raw, to + 3 * GROUP + SHORTS);
        start += TILE;
        to += PART;
        shift = 0;
        a0 = ShortVector.zero(S);
        a1 = a0;
        a2 = a0;
        a3 = a0;
        b0 = a0;
        b1 = a0;
        b2 = a0;
        b3 = a0;
      }
    }
  }
}
