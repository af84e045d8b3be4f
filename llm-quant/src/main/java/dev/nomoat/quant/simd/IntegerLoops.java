package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.packed.QuantPlane.NIBBLE_BYTES;
import static dev.nomoat.quant.packed.QuantPlane.NIBBLE_STRIDE;
import static dev.nomoat.quant.simd.InnerLoops.TILE;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.S;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Sums of products of 4- to 6-bit weights and 8-bit activations in 16-bit lanes: a 32-bit lane is a
 * row, its two halves a pair of columns. A sum of 16 products of magnitude 15 · 127, or of 8 of 32
 * · 127, fits 16 bits. The raw sums go to a small array and are widened by a second method: one
 * method for both is beyond what C2 inlines, and runs five times slower.
 */
final class IntegerLoops {
  private static final short ONE = 1;
  private static final short TWO = 2;
  private static final short THREE = 3;
  private static final short FOUR = 4;
  private static final short EIGHT = 8;
  private static final short TWELVE = 12;
  private static final short NIBBLE = 15;
  private static final short FIFTH = 16;
  private static final short UPPER = 48;
  private static final short CENTRE = 32;

  /** Numbers of raw sums that a block leaves: two parts of 64 rows of two halves. */
  private static final int RAW = 4 * GROUP;

  /** From the first part of a block's raw sums, even pairs for 5 and 6 bits, to the odd ones. */
  private static final int PART = 2 * GROUP;

  private IntegerLoops() {}

  /** Sums of the runs of consecutive planes, {@code sums[run · TILE][64]}. */
  static void sum(
      MemorySegment w,
      long offset,
      long stride,
      int blocks,
      int bits,
      int centre,
      int[] pairs,
      int pairsAt,
      int[] integerSums,
      int sumsAt,
      short[] raw,
      float[] sums) {
    for (int row = 0; row < GROUP; row += bits == 4 ? 2 * LANES : LANES) {
      long at = offset + 4L * row;
      switch (bits) {
        case 4 -> sum4(w, at, stride, blocks, pairs, pairsAt, raw, 2 * row);
        case 5 -> sum5(w, at, stride, blocks, pairs, pairsAt, raw, 2 * row);
        default -> sum6(w, at, stride, blocks, pairs, pairsAt, raw, 2 * row);
      }
    }
    if (bits == 6) {
      widenParts(raw, 2 * blocks, sums);
    } else {
      widen(raw, blocks, bits == 4 ? 1 : 2, centre, integerSums, sumsAt, sums);
    }
  }

  private static void sum4(
      MemorySegment w,
      long offset,
      long stride,
      int blocks,
      int[] pairs,
      int pairsAt,
      short[] raw,
      int rawAt) {
    long block = offset;
    int p = pairsAt;
    int to = rawAt;
    for (int b = 0; b < blocks; b++, block += stride, to += RAW) {
      ShortVector s = ShortVector.zero(S);
      ShortVector u = ShortVector.zero(S);
      long at = block;
      for (int j = 0; j < 4; j++, at += NIBBLE_STRIDE, p += 4) {
        ShortVector v = load(w, at);
        ShortVector z = load(w, at + 4L * LANES);
        ShortVector x = pair(pairs, p);
        s = s.add(v.and(NIBBLE).mul(x));
        u = u.add(z.and(NIBBLE).mul(x));
        x = pair(pairs, p + 1);
        s = s.add(v.lanewise(LSHR, FOUR).and(NIBBLE).mul(x));
        u = u.add(z.lanewise(LSHR, FOUR).and(NIBBLE).mul(x));
        x = pair(pairs, p + 2);
        s = s.add(v.lanewise(LSHR, EIGHT).and(NIBBLE).mul(x));
        u = u.add(z.lanewise(LSHR, EIGHT).and(NIBBLE).mul(x));
        x = pair(pairs, p + 3);
        s = s.add(v.lanewise(LSHR, TWELVE).mul(x));
        u = u.add(z.lanewise(LSHR, TWELVE).mul(x));
      }
      s.intoArray(raw, to);
      u.intoArray(raw, to + 2 * LANES);
    }
  }

  private static void sum5(
      MemorySegment w,
      long offset,
      long stride,
      int blocks,
      int[] pairs,
      int pairsAt,
      short[] raw,
      int rawAt) {
    long block = offset;
    int p = pairsAt;
    int to = rawAt;
    for (int b = 0; b < blocks; b++, block += stride, to += RAW) {
      ShortVector even = ShortVector.zero(S);
      ShortVector odd = ShortVector.zero(S);
      ShortVector h = load(w, block + NIBBLE_BYTES);
      long at = block;
      for (int j = 0; j < 4; j++, at += NIBBLE_STRIDE, p += 4) {
        ShortVector v = load(w, at);
        ShortVector q = v.and(NIBBLE).or(h.lanewise(LSHL, FOUR).and(FIFTH));
        even = even.add(q.mul(pair(pairs, p)));
        q = v.lanewise(LSHR, FOUR).and(NIBBLE).or(h.lanewise(LSHL, THREE).and(FIFTH));
        odd = odd.add(q.mul(pair(pairs, p + 1)));
        q = v.lanewise(LSHR, EIGHT).and(NIBBLE).or(h.lanewise(LSHL, TWO).and(FIFTH));
        even = even.add(q.mul(pair(pairs, p + 2)));
        q = v.lanewise(LSHR, TWELVE).or(h.lanewise(LSHL, ONE).and(FIFTH));
        odd = odd.add(q.mul(pair(pairs, p + 3)));
        h = h.lanewise(LSHR, FOUR);
      }
      even.intoArray(raw, to);
      odd.intoArray(raw, to + PART);
    }
  }

  /** Two runs of 16 columns a plane: even pairs are the first 16 columns, odd ones the last. */
  private static void sum6(
      MemorySegment w,
      long offset,
      long stride,
      int blocks,
      int[] pairs,
      int pairsAt,
      short[] raw,
      int rawAt) {
    long block = offset;
    int p = pairsAt;
    int to = rawAt;
    for (int b = 0; b < blocks; b++, block += stride, to += RAW) {
      ShortVector even = ShortVector.zero(S);
      ShortVector odd = ShortVector.zero(S);
      long at = block;
      for (int j = 0; j < 4; j++, at += NIBBLE_STRIDE, p += 4) {
        ShortVector v = load(w, at);
        ShortVector h = load(w, block + NIBBLE_BYTES + (j < 2 ? 0 : NIBBLE_STRIDE));
        h = h.lanewise(LSHR, (short) (8 * (j & 1)));
        ShortVector q = v.and(NIBBLE).or(h.lanewise(LSHL, FOUR).and(UPPER));
        even = even.add(q.sub(CENTRE).mul(pair(pairs, p)));
        q = v.lanewise(LSHR, FOUR).and(NIBBLE).or(h.lanewise(LSHL, TWO).and(UPPER));
        odd = odd.add(q.sub(CENTRE).mul(pair(pairs, p + 1)));
        q = v.lanewise(LSHR, EIGHT).and(NIBBLE).or(h.and(UPPER));
        even = even.add(q.sub(CENTRE).mul(pair(pairs, p + 2)));
        q = v.lanewise(LSHR, TWELVE).or(h.lanewise(LSHR, TWO).and(UPPER));
        odd = odd.add(q.sub(CENTRE).mul(pair(pairs, p + 3)));
      }
      even.intoArray(raw, to);
      odd.intoArray(raw, to + PART);
    }
  }

  private static ShortVector load(MemorySegment w, long at) {
    return ShortVector.fromMemorySegment(S, w, at, LE);
  }

  /** A pair of activations in every 32-bit lane. */
  private static ShortVector pair(int[] pairs, int at) {
    return IntVector.broadcast(I, pairs[at]).reinterpretAsShorts();
  }

  /** Adds halves and parts of each block, and {@code -centre} times the sum of its activations. */
  private static void widen(
      short[] raw, int blocks, int parts, int centre, int[] integerSums, int sumsAt, float[] sums) {
    assert blocks > 0 && blocks * RAW <= raw.length && (parts == 1 || parts == 2)
        : "%d blocks of %d parts of %d rows in %d raw sums"
            .formatted(blocks, parts, GROUP, raw.length);
    assert sumsAt >= 0
            && sumsAt + blocks <= integerSums.length
            && blocks * TILE * GROUP <= sums.length
        : "%d blocks at %d of %d sums of activations, into %d"
            .formatted(blocks, sumsAt, integerSums.length, sums.length);
    for (int b = 0; b < blocks; b++) {
      int from = b * RAW;
      int to = b * TILE * GROUP;
      int correction = -centre * integerSums[sumsAt + b];
      if (parts == 1) {
        for (int row = 0; row < GROUP; row += LANES) {
          store(halves(raw, from + 2 * row).add(correction), sums, to + row);
        }
      } else {
        for (int row = 0; row < GROUP; row += LANES) {
          IntVector sum = halves(raw, from + 2 * row).add(halves(raw, from + PART + 2 * row));
          store(sum.add(correction), sums, to + row);
        }
      }
    }
  }

  /** Adds the halves; each part is a run. */
  private static void widenParts(short[] raw, int runs, float[] sums) {
    for (int run = 0; run < runs; run++) {
      for (int row = 0; row < GROUP; row += LANES) {
        store(halves(raw, run * PART + 2 * row), sums, run * TILE * GROUP + row);
      }
    }
  }

  /** The sums of the two 16-bit halves of 32-bit lanes. */
  private static IntVector halves(short[] raw, int at) {
    IntVector both = ShortVector.fromArray(S, raw, at).reinterpretAsInts();
    return both.lanewise(ASHR, 16).add(both.lanewise(LSHL, 16).lanewise(ASHR, 16));
  }

  private static void store(IntVector sum, float[] sums, int at) {
    ((FloatVector) sum.convert(I2F, 0)).intoArray(sums, at);
  }
}
