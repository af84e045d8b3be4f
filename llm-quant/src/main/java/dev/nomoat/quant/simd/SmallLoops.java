package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.BitPanel.WORD_BYTES;
import static dev.nomoat.quant.packed.PackedLayout.GROUP;
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
 * The raw sums of {@link IntegerLoops} straight from packed memory for integers of 2 and 3 bits.
 */
final class SmallLoops {
  private static final int TWO_BIT_FIELDS = 8;
  private static final int THREE_BIT_FIELDS = 6;

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
      int rawAt) {
    int words = columns / TWO_BIT_FIELDS;
    int last = layout.partColumns() / TWO_BIT_FIELDS - 1;
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      long at = panel + BitPanel.row(2, columns, row);
      long apart = panel + BitPanel.row(2, columns, row + SHORTS) - at;
      int to = rawAt + row;
      sumHalves(w, at, apart, words, last, 0, factors, factorsAt, raw, to);
      int upper = factorsAt + TWO_BIT_FIELDS / 2;
      sumHalves(w, at, apart, words, last, 8, factors, upper, raw, to);
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
      int rawAt) {
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
        to += PART;
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
   * @param raw what the sums begin with, then the sums
   */
  static void sumThreeBits(
      MemorySegment w,
      long panel,
      int columns,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt) {
    int units = columns / BitPanel.unitColumns(3);
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      long first = panel + BitPanel.row(3, columns, row);
      long apart = panel + BitPanel.row(3, columns, row + SHORTS) - first;
      for (int word = 0; word < BitPanel.unitWords(3); word++) {
        sumSixes(
            w,
            first + BitPanel.word(3, columns, 0, word),
            apart,
            units,
            BitPanel.shift(3, word, 1),
            factors,
            factorsAt + word * units * THREE_BIT_FIELDS,
            raw,
            rawAt + row);
      }
    }
  }

  /** Two vectors of rows; words of six columns, a part each. */
  private static void sumSixes(
      MemorySegment w,
      long offset,
      long apart,
      int units,
      int second,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt) {
    for (int i = 0; i < units; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * THREE_BIT_FIELDS;
      int to = rawAt + i * PART;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      ShortVector y = both(factors[f]);
      ShortVector a = ShortVector.fromArray(S, raw, to).add(v.mul(y));
      ShortVector b = ShortVector.fromArray(S, raw, to + SHORTS).add(u.mul(y));
      v = v.lanewise(LSHR, second);
      u = u.lanewise(LSHR, second);
      y = both(factors[f + 1]);
      a = a.add(v.mul(y));
      b = b.add(u.mul(y));
      y = both(factors[f + 2]);
      a = a.add(v.lanewise(LSHR, 3).mul(y));
      b = b.add(u.lanewise(LSHR, 3).mul(y));
      y = both(factors[f + 3]);
      a = a.add(v.lanewise(LSHR, 6).mul(y));
      b = b.add(u.lanewise(LSHR, 6).mul(y));
      y = both(factors[f + 4]);
      a = a.add(v.lanewise(LSHR, 9).mul(y));
      b = b.add(u.lanewise(LSHR, 9).mul(y));
      y = both(factors[f + 5]);
      a.add(v.lanewise(LSHR, 12).mul(y)).intoArray(raw, to);
      b.add(u.lanewise(LSHR, 12).mul(y)).intoArray(raw, to + SHORTS);
    }
  }
}
