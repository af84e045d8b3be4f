package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.BitPanel.WORD_BYTES;
import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.InnerLoops.TILE;
import static dev.nomoat.quant.simd.IntegerLoops.FIELDS;
import static dev.nomoat.quant.simd.IntegerLoops.PART;
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
  private static final int BITS = 4;

  private QuadLoops() {}

  /**
   * Raw sums of a panel of integers of 4 bits.
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
    int columns = layout.panelColumns(from);
    int parts = columns / layout.partColumns();
    int words = layout.partColumns() / FIELDS;
    int starts = factorsAt + layout.form().starts(columns) * TILE;
    long panel = layout.panel(offset, from);
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      long at = panel + BitPanel.row(BITS, columns, row);
      long apart = panel + BitPanel.row(BITS, columns, row + SHORTS) - at;
      for (int part = 0; part < parts; part++) {
        long word = at + (long) part * words * WORD_BYTES;
        int f = factorsAt + part * words * FIELDS * TILE;
        int start = starts + part * TILE;
        int to = part * PART + row;
        sumPart(w, word, apart, words, factors, f, start, raw, to);
      }
    }
  }

  /** Two vectors of rows of a part; a word holds four columns. */
  private static void sumPart(
      MemorySegment w,
      long offset,
      long apart,
      int words,
      int[] factors,
      int factorsAt,
      int start,
      short[] raw,
      int to) {
    ShortVector a0 = both(factors[start]), b0 = a0;
    ShortVector a1 = both(factors[start + 1]), b1 = a1;
    ShortVector a2 = both(factors[start + 2]), b2 = a2;
    ShortVector a3 = both(factors[start + 3]), b3 = a3;
    for (int i = 0; i < words; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * FIELDS * TILE;
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
    }
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
