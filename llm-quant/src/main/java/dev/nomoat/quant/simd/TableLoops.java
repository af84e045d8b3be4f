package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.BitPanel.WORD_BYTES;
import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.IntegerLoops.FIELDS;
import static dev.nomoat.quant.simd.IntegerLoops.PART;
import static dev.nomoat.quant.simd.SmallLoops.both;
import static dev.nomoat.quant.simd.VectorLoops.B;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.S;
import static dev.nomoat.quant.simd.VectorLoops.SHORTS;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.nomoat.quant.packed.BitPanel;
import dev.nomoat.quant.packed.FactorForm;
import dev.nomoat.quant.packed.IntegerLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;

/**
 * The raw sums of {@link IntegerLoops} straight from packed memory for integers that are looked up
 * by codes of 4 bits: two at a time, one in each byte of a 16-bit lane; see {@link
 * FactorForm#make}.
 *
 * <p>What stands above the four bits of a code in its byte is left there: a lookup only minds as
 * many bits as there are bytes in a vector, and the table is repeated as often.
 */
final class TableLoops {
  private static final int BITS = 4;

  private TableLoops() {}

  static void sum(
      IntegerLayout layout,
      MemorySegment w,
      long panel,
      int columns,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt) {
    int words = columns / FIELDS;
    int last = layout.partColumns() / FIELDS - 1;
    int sums = FactorForm.sums(columns);
    int higher = FactorForm.higher(columns);
    byte[] table = layout.table();
    for (int row = 0; row < GROUP; row += SHORTS) {
      long at = panel + BitPanel.row(BITS, columns, row);
      int to = rawAt + row;
      if (layout.isSplit()) {
        sumSplit(table, w, at, words, last, factors, factorsAt, sums, higher, raw, to);
      } else {
        sumWhole(table, w, at, words, last, factors, factorsAt, sums, raw, to);
      }
    }
  }

  private static ShortVector lookUp(ShortVector codes, ByteVector table) {
    return codes.reinterpretAsBytes().selectFrom(table).reinterpretAsShorts();
  }

  /**
   * One vector of rows.
   *
   * @param last the last word of a part, and a mask of the others
   */
  private static void sumWhole(
      byte[] numbers,
      MemorySegment w,
      long offset,
      int words,
      int last,
      int[] factors,
      int factorsAt,
      int sums,
      short[] raw,
      int rawAt) {
    ByteVector table = ByteVector.fromArray(B, numbers, 0);
    int to = rawAt;
    int sum = 0;
    ShortVector a = ShortVector.zero(S);
    ShortVector b = a;
    for (int i = 0; i < words; i++) {
      int f = factorsAt + i * FIELDS;
      sum += factors[factorsAt + sums + i];
      ShortVector v = ShortVector.fromMemorySegment(S, w, offset + (long) i * WORD_BYTES, LE);
      ShortVector p = lookUp(v, table);
      a = a.add(p.mul(both(factors[f])));
      b = b.add(p.lanewise(LSHR, 8).mul(both(factors[f + 1])));
      p = lookUp(v.lanewise(LSHR, 4), table);
      a = a.add(p.mul(both(factors[f + 2])));
      b = b.add(p.lanewise(LSHR, 8).mul(both(factors[f + 3])));
      if ((i & last) == last) {
        a.add(b).sub((short) (IntegerLayout.BIAS * sum)).intoArray(raw, to);
        to += PART;
        sum = 0;
        a = ShortVector.zero(S);
        b = a;
      }
    }
  }

  /** The same for both parts of activations. */
  private static void sumSplit(
      byte[] numbers,
      MemorySegment w,
      long offset,
      int words,
      int last,
      int[] factors,
      int factorsAt,
      int sums,
      int higher,
      short[] raw,
      int rawAt) {
    ByteVector table = ByteVector.fromArray(B, numbers, 0);
    int to = rawAt;
    int sumA = 0;
    int sumB = 0;
    ShortVector a = ShortVector.zero(S);
    ShortVector b = a;
    for (int i = 0; i < words; i++) {
      int f = factorsAt + i * FIELDS;
      int g = f + higher;
      sumA += factors[factorsAt + sums + i];
      sumB += factors[factorsAt + sums + higher + i];
      ShortVector v = ShortVector.fromMemorySegment(S, w, offset + (long) i * WORD_BYTES, LE);
      ShortVector p = lookUp(v, table);
      a = a.add(p.mul(both(factors[f])));
      b = b.add(p.mul(both(factors[g])));
      p = p.lanewise(LSHR, 8);
      a = a.add(p.mul(both(factors[f + 1])));
      b = b.add(p.mul(both(factors[g + 1])));
      p = lookUp(v.lanewise(LSHR, 4), table);
      a = a.add(p.mul(both(factors[f + 2])));
      b = b.add(p.mul(both(factors[g + 2])));
      p = p.lanewise(LSHR, 8);
      a = a.add(p.mul(both(factors[f + 3])));
      b = b.add(p.mul(both(factors[g + 3])));
      if ((i & last) == last) {
        a.sub((short) (IntegerLayout.BIAS * sumA)).intoArray(raw, to);
        b.sub((short) (IntegerLayout.BIAS * sumB)).intoArray(raw, to + PART);
        to += 2 * PART;
        sumA = 0;
        sumB = 0;
        a = ShortVector.zero(S);
        b = a;
      }
    }
  }
}
