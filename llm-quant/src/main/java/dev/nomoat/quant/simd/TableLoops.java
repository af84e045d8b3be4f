package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.BitPanel.WORD_BYTES;
import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.IntegerLoops.FIELDS;
import static dev.nomoat.quant.simd.SmallLoops.both;
import static dev.nomoat.quant.simd.VectorLoops.B;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.S;
import static dev.nomoat.quant.simd.VectorLoops.SHORTS;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.nomoat.quant.packed.BitPanel;
import dev.nomoat.quant.packed.FactorForm;
import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.PairPanel;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;

/**
 * The raw sums of {@link IntegerLoops} straight from packed memory for integers that are looked up
 * by codes of 3 or 4 bits: two at a time, one in each byte of a 16-bit lane; see {@link
 * FactorForm#make}. The sum of two columns or of a whole word is exact in 16 bits. Of these sums
 * the lanes add up both all bits, modulo 2¹⁶, and the upper eight: {@code Σ s = 256 · Σ (s >> 8) +
 * Σ (s & 255)}, of which the last fits, and so is what the first leaves.
 *
 * <p>What stands above the bits of a code in its byte is left there: a lookup only minds as many
 * bits as there are bytes in a vector, and the table is repeated as often.
 */
final class TableLoops {
  private TableLoops() {}

  static void sum(
      IntegerLayout layout,
      MemorySegment w,
      long panel,
      int columns,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt,
      int step) {
    FactorForm form = layout.form();
    int bits = layout.bits();
    int words = form.wordsOf(columns);
    int wordsOfRun = form.wordsOf(layout.runColumns());
    int sumsAt = factorsAt + FactorForm.sums(columns);
    byte[] table = layout.table();
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      long at = panel + BitPanel.row(bits, columns, row);
      long apart = panel + BitPanel.row(bits, columns, row + SHORTS) - at;
      int to = rawAt + row;
      if (form == FactorForm.PAIRS) {
        int f = factorsAt;
        clear(columns / layout.runColumns(), raw, to, step);
        sumPairs(table, 0, w, at, apart, words, wordsOfRun, factors, f, sumsAt, raw, to, step);
        f += FIELDS / 2;
        sumPairs(
            table, bits, w, at, apart, words, wordsOfRun, factors, f, sumsAt + 1, raw, to, step);
      } else {
        sumFours(
            table,
            bits,
            w,
            at,
            apart,
            words,
            wordsOfRun,
            factors,
            factorsAt,
            sumsAt,
            raw,
            to,
            step);
      }
    }
    if (layout.hasPairs()) {
      int units = columns / PairPanel.UNIT_COLUMNS;
      int unitsOfRun = layout.runColumns() / PairPanel.UNIT_COLUMNS;
      int f = factorsAt + words * FIELDS;
      for (int row = 0; row < GROUP; row += SHORTS) {
        long at = panel + BitPanel.row(bits, columns, row);
        sumRest(
            table, w, at, units, unitsOfRun, factors, f, sumsAt + words, raw, rawAt + row, step);
      }
    }
  }

  private static void clear(int runs, short[] raw, int rawAt, int step) {
    ShortVector zero = ShortVector.zero(S);
    for (int to = rawAt; to < rawAt + 2 * runs * step; to += step) {
      zero.intoArray(raw, to);
      zero.intoArray(raw, to + SHORTS);
    }
  }

  private static ShortVector lookUp(ShortVector codes, ByteVector table) {
    return codes.reinterpretAsBytes().selectFrom(table).reinterpretAsShorts();
  }

  /**
   * Two vectors of rows, by sums of four columns.
   *
   * @param bits of a code
   */
  private static void sumFours(
      byte[] numbers,
      int bits,
      MemorySegment w,
      long offset,
      long apart,
      int words,
      int wordsOfRun,
      int[] factors,
      int factorsAt,
      int sumsAt,
      short[] raw,
      int rawAt,
      int step) {
    ByteVector table = ByteVector.fromArray(B, numbers, 0);
    int to = rawAt;
    int left = wordsOfRun;
    ShortVector a = ShortVector.zero(S), b = a, upperA = a, upperB = a;
    for (int i = 0; i < words; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * FIELDS;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      ShortVector p = lookUp(v, table);
      ShortVector q = lookUp(u, table);
      ShortVector y = both(factors[f]);
      ShortVector z = both(factors[sumsAt + i]);
      ShortVector s = z.add(p.mul(y));
      ShortVector t = z.add(q.mul(y));
      y = both(factors[f + 1]);
      s = s.add(p.lanewise(LSHR, 8).mul(y));
      t = t.add(q.lanewise(LSHR, 8).mul(y));
      p = lookUp(v.lanewise(LSHR, bits), table);
      q = lookUp(u.lanewise(LSHR, bits), table);
      y = both(factors[f + 2]);
      s = s.add(p.mul(y));
      t = t.add(q.mul(y));
      y = both(factors[f + 3]);
      s = s.add(p.lanewise(LSHR, 8).mul(y));
      t = t.add(q.lanewise(LSHR, 8).mul(y));
      a = a.add(s);
      b = b.add(t);
      upperA = upperA.add(s.lanewise(ASHR, 8));
      upperB = upperB.add(t.lanewise(ASHR, 8));
      if (--left == 0) {
        left = wordsOfRun;
        a.sub(upperA.lanewise(LSHL, 8)).intoArray(raw, to);
        b.sub(upperB.lanewise(LSHL, 8)).intoArray(raw, to + SHORTS);
        upperA.intoArray(raw, to + step);
        upperB.intoArray(raw, to + step + SHORTS);
        to += 2 * step;
        a = ShortVector.zero(S);
        b = a;
        upperA = a;
        upperB = a;
      }
    }
  }

  /**
   * Two vectors of rows, two of the four columns of each word, added to what the sums begin with.
   *
   * @param first the first bit of the two columns
   */
  private static void sumPairs(
      byte[] numbers,
      int first,
      MemorySegment w,
      long offset,
      long apart,
      int words,
      int wordsOfRun,
      int[] factors,
      int factorsAt,
      int sumsAt,
      short[] raw,
      int rawAt,
      int step) {
    ByteVector table = ByteVector.fromArray(B, numbers, 0);
    int to = rawAt;
    int left = wordsOfRun;
    ShortVector a = ShortVector.zero(S), b = a, upperA = a, upperB = a;
    for (int i = 0; i < words; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * FIELDS;
      ShortVector p =
          lookUp(ShortVector.fromMemorySegment(S, w, at, LE).lanewise(LSHR, first), table);
      ShortVector q =
          lookUp(ShortVector.fromMemorySegment(S, w, at + apart, LE).lanewise(LSHR, first), table);
      ShortVector z = both(factors[sumsAt + 2 * i]);
      ShortVector y = both(factors[f]);
      ShortVector s = z.add(p.mul(y));
      ShortVector t = z.add(q.mul(y));
      y = both(factors[f + 1]);
      s = s.add(p.lanewise(LSHR, 8).mul(y));
      t = t.add(q.lanewise(LSHR, 8).mul(y));
      a = a.add(s);
      b = b.add(t);
      upperA = upperA.add(s.lanewise(ASHR, 8));
      upperB = upperB.add(t.lanewise(ASHR, 8));
      if (--left == 0) {
        left = wordsOfRun;
        add(a.sub(upperA.lanewise(LSHL, 8)), raw, to);
        add(b.sub(upperB.lanewise(LSHL, 8)), raw, to + SHORTS);
        add(upperA, raw, to + step);
        add(upperB, raw, to + step + SHORTS);
        to += 2 * step;
        a = ShortVector.zero(S);
        b = a;
        upperA = a;
        upperB = a;
      }
    }
  }

  private static void add(ShortVector sums, short[] raw, int at) {
    ShortVector.fromArray(S, raw, at).add(sums).intoArray(raw, at);
  }

  /**
   * One vector of rows, the fourth words of the units of a {@link PairPanel}: added to the sums of
   * the others.
   */
  private static void sumRest(
      byte[] numbers,
      MemorySegment w,
      long offset,
      int units,
      int unitsOfRun,
      int[] factors,
      int factorsAt,
      int sumsAt,
      short[] raw,
      int rawAt,
      int step) {
    ByteVector table = ByteVector.fromArray(B, numbers, 0);
    for (int i = 0; i < units; i++) {
      long at = offset + (long) i * PairPanel.UNIT_WORDS * WORD_BYTES;
      int f = factorsAt + i * FIELDS;
      int to = rawAt + i / unitsOfRun * 2 * step;
      ShortVector v = rest(w, at);
      ShortVector p = lookUp(v, table);
      ShortVector s = both(factors[sumsAt + i]).add(p.mul(both(factors[f])));
      s = s.add(p.lanewise(LSHR, 8).mul(both(factors[f + 1])));
      p = lookUp(v.lanewise(LSHR, PairPanel.BITS), table);
      s = s.add(p.mul(both(factors[f + 2])));
      s = s.add(p.lanewise(LSHR, 8).mul(both(factors[f + 3])));
      ShortVector.fromArray(S, raw, to).add(s.and((short) 0xff)).intoArray(raw, to);
      ShortVector.fromArray(S, raw, to + step).add(s.lanewise(ASHR, 8)).intoArray(raw, to + step);
    }
  }

  /** The fourth word of a unit of a {@link PairPanel}. */
  static ShortVector rest(MemorySegment w, long at) {
    short mask = (short) PairPanel.REST;
    ShortVector first = ShortVector.fromMemorySegment(S, w, at, LE).and(mask);
    ShortVector second = ShortVector.fromMemorySegment(S, w, at + WORD_BYTES, LE).and(mask);
    ShortVector third = ShortVector.fromMemorySegment(S, w, at + 2L * WORD_BYTES, LE).and(mask);
    return first
        .lanewise(LSHR, PairPanel.REST_SHIFT)
        .or(second.lanewise(LSHR, PairPanel.REST_SHIFT - 2))
        .or(third.lanewise(LSHR, PairPanel.REST_SHIFT - 4));
  }
}
