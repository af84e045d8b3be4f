package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.BitPanel.WORD_BYTES;
import static dev.nomoat.quant.packed.PackedLayout.GROUP;
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
 * The raw sums of {@link IntegerLoops} straight from packed memory for integers of 2 and 3 bits.
 */
final class SmallLoops {
  private static final int TWO_BIT_FIELDS = 8;
  private static final int THREE_BIT_FIELDS = 6;
  private static final int THREE_BITS = 3;

  private SmallLoops() {}

  /**
   * Integers of 2 bits; a word holds eight columns.
   *
   * @param panel where the panel begins
   * @param columns of the panel
   * @param raw what the sums begin with, then the sums
   */
  static void sumTwoBits(
      IntegerLayout layout,
      MemorySegment w,
      long panel,
      int columns,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt,
      int step) {
    int words = columns / TWO_BIT_FIELDS;
    int last = layout.partColumns() / TWO_BIT_FIELDS - 1;
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      long at = panel + BitPanel.row(2, columns, row);
      long apart = panel + BitPanel.row(2, columns, row + SHORTS) - at;
      int to = rawAt + row;
      sumHalves(w, at, apart, words, last, 0, factors, factorsAt, raw, to, step);
      int upper = factorsAt + TWO_BIT_FIELDS / 2;
      sumHalves(w, at, apart, words, last, 8, factors, upper, raw, to, step);
    }
  }

  /**
   * Two vectors of rows, four of the eight columns of each word.
   *
   * @param last the last word of a part, and a mask of the others
   * @param first the first bit of the four columns
   */
  private static void sumHalves(
      MemorySegment w,
      long offset,
      long apart,
      int words,
      int last,
      int first,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt,
      int step) {
    int to = rawAt;
    ShortVector a = ShortVector.zero(S);
    ShortVector b = a;
    for (int i = 0; i < words; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * TWO_BIT_FIELDS;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE).lanewise(LSHR, first);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE).lanewise(LSHR, first);
      ShortVector y = both(factors[f]);
      a = a.add(v.mul(y));
      b = b.add(u.mul(y));
      y = both(factors[f + 1]);
      a = a.add(v.lanewise(LSHR, 2).mul(y));
      b = b.add(u.lanewise(LSHR, 2).mul(y));
      y = both(factors[f + 2]);
      a = a.add(v.lanewise(LSHR, 4).mul(y));
      b = b.add(u.lanewise(LSHR, 4).mul(y));
      y = both(factors[f + 3]);
      a = a.add(v.lanewise(LSHR, 6).mul(y));
      b = b.add(u.lanewise(LSHR, 6).mul(y));
      if ((i & last) == last) {
        ShortVector.fromArray(S, raw, to).add(a).intoArray(raw, to);
        ShortVector.fromArray(S, raw, to + SHORTS).add(b).intoArray(raw, to + SHORTS);
        to += step;
        a = ShortVector.zero(S);
        b = a;
      }
    }
  }

  /** A factor in all lanes. */
  static ShortVector both(int factor) {
    return IntVector.broadcast(I, factor).reinterpretAsShorts();
  }

  /**
   * Integers of 3 bits; three words hold sixteen columns, which are a part.
   *
   * @param panel where the panel begins
   * @param columns of the panel
   * @param raw receives the sums
   */
  static void sumThreeBits(
      MemorySegment w,
      long panel,
      int columns,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt,
      int step) {
    int words = columns * 3 / Short.SIZE;
    int starts = factorsAt + BitPanel.factorCount(3, columns);
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      long at = panel + BitPanel.row(3, columns, row);
      long apart = panel + BitPanel.row(3, columns, row + SHORTS) - at;
      sumSixes(w, at, apart, words, factors, factorsAt, starts, raw, rawAt + row, step);
    }
  }

  /** Two vectors of rows; words of six columns, a unit is a part. */
  private static void sumSixes(
      MemorySegment w,
      long offset,
      long apart,
      int words,
      int[] factors,
      int factorsAt,
      int startsAt,
      short[] raw,
      int rawAt,
      int step) {
    int to = rawAt;
    int second = THREE_BITS; // where the second column of a word begins: 3, 2, 1
    int start = startsAt;
    ShortVector a = ShortVector.zero(S);
    ShortVector b = a;
    for (int i = 0; i < words; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * THREE_BIT_FIELDS;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      ShortVector y = IntVector.broadcast(I, factors[f]).reinterpretAsShorts();
      a = a.add(v.mul(y));
      b = b.add(u.mul(y));
      v = v.lanewise(LSHR, second);
      u = u.lanewise(LSHR, second);
      y = IntVector.broadcast(I, factors[f + 1]).reinterpretAsShorts();
      a = a.add(v.mul(y));
      b = b.add(u.mul(y));
      y = IntVector.broadcast(I, factors[f + 2]).reinterpretAsShorts();
      a = a.add(v.lanewise(LSHR, 3).mul(y));
      b = b.add(u.lanewise(LSHR, 3).mul(y));
      y = IntVector.broadcast(I, factors[f + 3]).reinterpretAsShorts();
      a = a.add(v.lanewise(LSHR, 6).mul(y));
      b = b.add(u.lanewise(LSHR, 6).mul(y));
      y = IntVector.broadcast(I, factors[f + 4]).reinterpretAsShorts();
      a = a.add(v.lanewise(LSHR, 9).mul(y));
      b = b.add(u.lanewise(LSHR, 9).mul(y));
      y = IntVector.broadcast(I, factors[f + 5]).reinterpretAsShorts();
      a = a.add(v.lanewise(LSHR, 12).mul(y));
      b = b.add(u.lanewise(LSHR, 12).mul(y));
      if (--second == 0) {
        second = THREE_BITS;
        y = IntVector.broadcast(I, factors[start++]).reinterpretAsShorts();
        a.add(y).intoArray(raw, to);
        b.add(y).intoArray(raw, to + SHORTS);
        to += step;
        a = ShortVector.zero(S);
        b = a;
      }
    }
  }
}
