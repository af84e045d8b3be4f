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

  /**
   * Where the columns of the words of a unit begin, {@code [words][FIELDS]}, by the number of bits,
   * where words cut numbers in two.
   */
  static final short[][] SHIFTS = {{}, {}, {}, {}, {}, shifts(5), shifts(6)};

  private IntegerLoops() {}

  /** Where a word has no fourth column, its factor is 0, and so any shift will do. */
  private static short[] shifts(int bits) {
    short[] shifts = new short[BitPanel.unitWords(bits) * FIELDS];
    for (int i = 0; i < shifts.length; i++) {
      int field = i % FIELDS;
      int shift = field == 0 ? 0 : BitPanel.shift(bits, i / FIELDS, field);
      shifts[i] = (short) (shift < Short.SIZE ? shift : 0);
    }
    return shifts;
  }

  /**
   * Raw sums of a panel for one token.
   *
   * @param scales receives the scales of the panel as they are packed; an empty array for no scales
   */
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
      int rawAt,
      int step,
      short[] scales) {
    long panel = layout.panel(offset, from);
    if (layout.hasTable() || layout.bits() < 4) {
      sumSmall(layout, w, offset, from, factors, factorsAt, quarterSums, sumsAt, raw, rawAt, step);
      copyScales(layout, w, panel, from, 0, scales);
    } else {
      sumLarge(layout, w, panel, from, factors, factorsAt, raw, rawAt, step, scales);
    }
  }

  /** Integers of 2 and 3 bits and those that are looked up; the scales are left alone. */
  static void sumSmall(
      IntegerLayout layout,
      MemorySegment w,
      long offset,
      int from,
      int[] factors,
      int factorsAt,
      int[] quarterSums,
      int sumsAt,
      short[] raw,
      int rawAt,
      int step) {
    int columns = layout.panelColumns(from);
    long panel = layout.panel(offset, from);
    if (layout.hasTable()) {
      TableLoops.sum(layout, w, panel, columns, factors, factorsAt, raw, rawAt, step);
    } else if (layout.bits() == 3) {
      SmallLoops.sumThreeBits(w, panel, columns, factors, factorsAt, raw, rawAt, step);
    } else {
      if (layout instanceof RunScaleLayout block && block.hasOffsets()) {
        OffsetLoops.start(
            block, w, block.offsets(offset, from), quarterSums, sumsAt, raw, rawAt, step);
      } else {
        start(layout, columns, quarterSums, sumsAt, raw, rawAt, step);
      }
      SmallLoops.sumTwoBits(layout, w, panel, columns, factors, factorsAt, raw, rawAt, step);
    }
  }

  /** Copies the scales of a panel but for those that a loop has copied together with its words. */
  static void copyScales(
      IntegerLayout layout, MemorySegment w, long panel, int from, int words, short[] scales) {
    int done = words * WORD_BYTES / Short.BYTES;
    int rest = layout.scaleBytes(from) / Short.BYTES - done;
    if (rest > 0 && scales.length > 0) {
      long at = panel + BitPanel.bytes(layout.bits(), layout.panelColumns(from));
      MemorySegment.copy(w, Halves.HALF, at + (long) done * Short.BYTES, scales, done, rest);
    }
  }

  /**
   * How many words' worth of scales the loops over all words of a strip copy: they read as much in
   * a step as a word takes, where two vectors are a strip.
   */
  private static int scaleWords(IntegerLayout layout, int from) {
    return WORD_BYTES == 2 * S.vectorByteSize() ? layout.scaleBytes(from) / WORD_BYTES : 0;
  }

  /** Integers of 4 to 6 bits. */
  private static void sumLarge(
      IntegerLayout layout,
      MemorySegment w,
      long panel,
      int from,
      int[] factors,
      int factorsAt,
      short[] raw,
      int rawAt,
      int step,
      short[] scales) {
    int bits = layout.bits();
    int columns = layout.panelColumns(from);
    int starts = factorsAt + BitPanel.factorCount(bits, columns);
    int words = columns * bits / Short.SIZE;
    int more = scales.length > 0 ? scaleWords(layout, from) : 0;
    int last = layout.partColumns() / FIELDS - 1;
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      long at = panel + BitPanel.row(bits, columns, row);
      long apart = panel + BitPanel.row(bits, columns, row + SHORTS) - at;
      int to = rawAt + row;
      int end = row + 2 * SHORTS == GROUP ? words + more : words;
      if (bits == 4) {
        sumNibbles(
            w, at, apart, words, end, last, factors, factorsAt, starts, raw, to, step, scales);
      } else {
        sumWords(
            SHIFTS[bits],
            w,
            at,
            apart,
            words,
            end,
            factors,
            factorsAt,
            starts,
            raw,
            to,
            step,
            scales);
      }
    }
    copyScales(layout, w, panel, from, more, scales);
  }

  /**
   * Two vectors of rows; a word holds four columns. Shifts of ints take a constant, of shorts not.
   *
   * @param end where the scales end that are behind the words, counted in words
   * @param last the last word of a part, and a mask of the others
   */
  private static void sumNibbles(
      MemorySegment w,
      long offset,
      long apart,
      int words,
      int end,
      int last,
      int[] factors,
      int factorsAt,
      int startsAt,
      short[] raw,
      int rawAt,
      int step,
      short[] scales) {
    int to = rawAt;
    int copy = 0;
    int start = startsAt;
    ShortVector a = ShortVector.zero(S);
    ShortVector b = a;
    for (int i = 0; i < end; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * FIELDS;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      if (i < words) {
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
          y = IntVector.broadcast(I, factors[start++]).reinterpretAsShorts();
          a.add(y).intoArray(raw, to);
          b.add(y).intoArray(raw, to + SHORTS);
          to += step;
          a = ShortVector.zero(S);
          b = a;
        }
      } else {
        v.intoArray(scales, copy);
        u.intoArray(scales, copy + SHORTS);
        copy += 2 * SHORTS;
      }
    }
  }

  /**
   * Two vectors of rows; of 5 and 6 bits a unit is a part.
   *
   * @param shifts where the columns of the words of a unit begin, {@code [words of a unit][4]}
   * @param end where the scales end that are behind the words, counted in words
   */
  private static void sumWords(
      short[] shifts,
      MemorySegment w,
      long offset,
      long apart,
      int words,
      int end,
      int[] factors,
      int factorsAt,
      int startsAt,
      short[] raw,
      int rawAt,
      int step,
      short[] scales) {
    int to = rawAt;
    int copy = 0;
    int word = 0;
    int start = startsAt;
    ShortVector a = ShortVector.zero(S);
    ShortVector b = a;
    for (int i = 0; i < end; i++) {
      long at = offset + (long) i * WORD_BYTES;
      int f = factorsAt + i * FIELDS;
      ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector u = ShortVector.fromMemorySegment(S, w, at + apart, LE);
      if (i < words) {
        ShortVector y = IntVector.broadcast(I, factors[f]).reinterpretAsShorts();
        a = a.add(v.mul(y));
        b = b.add(u.mul(y));
        short shift = shifts[word + 1];
        y = IntVector.broadcast(I, factors[f + 1]).reinterpretAsShorts();
        a = a.add(v.lanewise(LSHR, shift).mul(y));
        b = b.add(u.lanewise(LSHR, shift).mul(y));
        shift = shifts[word + 2];
        y = IntVector.broadcast(I, factors[f + 2]).reinterpretAsShorts();
        a = a.add(v.lanewise(LSHR, shift).mul(y));
        b = b.add(u.lanewise(LSHR, shift).mul(y));
        shift = shifts[word + 3];
        y = IntVector.broadcast(I, factors[f + 3]).reinterpretAsShorts();
        a = a.add(v.lanewise(LSHR, shift).mul(y));
        b = b.add(u.lanewise(LSHR, shift).mul(y));
        word += FIELDS;
        if (word == shifts.length) {
          y = IntVector.broadcast(I, factors[start++]).reinterpretAsShorts();
          a.add(y).intoArray(raw, to);
          b.add(y).intoArray(raw, to + SHORTS);
          to += step;
          word = 0;
          a = ShortVector.zero(S);
          b = a;
        }
      } else {
        v.intoArray(scales, copy);
        u.intoArray(scales, copy + SHORTS);
        copy += 2 * SHORTS;
      }
    }
  }

  /** What the sums of parts of integers of 2 bits begin with. */
  private static void start(
      IntegerLayout layout,
      int columns,
      int[] quarterSums,
      int sumsAt,
      short[] raw,
      int rawAt,
      int step) {
    int quarters = layout.partColumns() / 8;
    int parts = columns / layout.partColumns();
    for (int part = 0; part < parts; part++) {
      int sum = 0;
      for (int i = 0; i < quarters; i++) {
        sum += quarterSums[sumsAt + part * quarters + i];
      }
      ShortVector v = ShortVector.broadcast(S, (short) (-layout.zero() * sum));
      for (int row = 0; row < GROUP; row += SHORTS) {
        v.intoArray(raw, rawAt + part * step + row);
      }
    }
  }

  static void sumTile(
      IntegerLayout layout, short[] integers, int columns, int[] x, int xAt, short[] raw) {
    int last = layout.partColumns() - 1;
    for (int row = 0; row < GROUP; row += 2 * SHORTS) {
      if (layout.isSplit()) {
        sumSplit(integers, row, columns, last, x, xAt, raw);
        sumSplit(integers, row + SHORTS, columns, last, x, xAt, raw);
      } else {
        sumParts(integers, row, columns, last, x, xAt, raw);
      }
    }
  }

  /**
   * One vector of rows, four tokens, both parts of sums: the sum of two columns is exact in 16
   * bits, see {@link TableLoops}.
   *
   * @param last the last column of a part, and a mask of the others
   */
  private static void sumSplit(
      short[] integers, int row, int columns, int last, int[] x, int xAt, short[] raw) {
    ShortVector a0 = ShortVector.zero(S), a1 = a0, a2 = a0, a3 = a0;
    ShortVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    int to = row;
    for (int i = 0; i < columns; i += 2) {
      int at = row + i * GROUP;
      int p = xAt + i * TILE;
      int q = p + TILE;
      ShortVector v = ShortVector.fromArray(S, integers, at);
      ShortVector u = ShortVector.fromArray(S, integers, at + GROUP);
      ShortVector s = v.mul(both(x[p])).add(u.mul(both(x[q])));
      a0 = a0.add(s);
      b0 = b0.add(s.lanewise(ASHR, 8));
      s = v.mul(both(x[p + 1])).add(u.mul(both(x[q + 1])));
      a1 = a1.add(s);
      b1 = b1.add(s.lanewise(ASHR, 8));
      s = v.mul(both(x[p + 2])).add(u.mul(both(x[q + 2])));
      a2 = a2.add(s);
      b2 = b2.add(s.lanewise(ASHR, 8));
      s = v.mul(both(x[p + 3])).add(u.mul(both(x[q + 3])));
      a3 = a3.add(s);
      b3 = b3.add(s.lanewise(ASHR, 8));
      if ((i & last) == last - 1) {
        a0.sub(b0.lanewise(LSHL, 8)).intoArray(raw, to);
        a1.sub(b1.lanewise(LSHL, 8)).intoArray(raw, to + GROUP);
        a2.sub(b2.lanewise(LSHL, 8)).intoArray(raw, to + 2 * GROUP);
        a3.sub(b3.lanewise(LSHL, 8)).intoArray(raw, to + 3 * GROUP);
        b0.intoArray(raw, to + PART);
        b1.intoArray(raw, to + PART + GROUP);
        b2.intoArray(raw, to + PART + 2 * GROUP);
        b3.intoArray(raw, to + PART + 3 * GROUP);
        to += 2 * PART;
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

  /**
   * Two vectors of rows, four tokens.
   *
   * @param last the last column of a part, and a mask of the others
   */
  private static void sumParts(
      short[] integers, int row, int columns, int last, int[] x, int xAt, short[] raw) {
    ShortVector a0 = ShortVector.zero(S), a1 = a0, a2 = a0, a3 = a0;
    ShortVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    int to = row;
    for (int i = 0; i < columns; i++) {
      int at = row + i * GROUP;
      int p = xAt + i * TILE;
      ShortVector v = ShortVector.fromArray(S, integers, at);
      ShortVector u = ShortVector.fromArray(S, integers, at + SHORTS);
      ShortVector y = IntVector.broadcast(I, x[p]).reinterpretAsShorts();
      a0 = a0.add(v.mul(y));
      b0 = b0.add(u.mul(y));
      y = IntVector.broadcast(I, x[p + 1]).reinterpretAsShorts();
      a1 = a1.add(v.mul(y));
      b1 = b1.add(u.mul(y));
      y = IntVector.broadcast(I, x[p + 2]).reinterpretAsShorts();
      a2 = a2.add(v.mul(y));
      b2 = b2.add(u.mul(y));
      y = IntVector.broadcast(I, x[p + 3]).reinterpretAsShorts();
      a3 = a3.add(v.mul(y));
      b3 = b3.add(u.mul(y));
      if ((i & last) == last) {
        a0.intoArray(raw, to);
        b0.intoArray(raw, to + SHORTS);
        a1.intoArray(raw, to + GROUP);
        b1.intoArray(raw, to + GROUP + SHORTS);
        a2.intoArray(raw, to + 2 * GROUP);
        b2.intoArray(raw, to + 2 * GROUP + SHORTS);
        a3.intoArray(raw, to + 3 * GROUP);
        b3.intoArray(raw, to + 3 * GROUP + SHORTS);
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
}
