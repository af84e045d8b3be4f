package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.BitPanel.WORD_BYTES;
import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.VectorLoops.B;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.S;
import static dev.nomoat.quant.simd.VectorLoops.SHORTS;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.nomoat.quant.packed.BitPanel;
import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.PairPanel;
import dev.nomoat.quant.packed.RunScaleLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;

/** The integers of a panel as 16-bit numbers, {@code [columns][64]}. A lane is a row. */
final class UnpackLoops {
  private UnpackLoops() {}

  static void unpack(
      IntegerLayout layout, MemorySegment w, long offset, int from, short[] integers) {
    if (layout.hasPairs()) {
      unpackPairs(w, layout.panel(offset, from), integers);
    } else {
      unpackBits(layout, w, offset, from, integers);
    }
    if (layout.hasTable()) {
      lookUp(layout.table(), integers, layout.panelColumns(from) * GROUP);
    } else if (layout instanceof RunScaleLayout block && block.hasOffsets()) {
      OffsetLoops.add(w, block.offsets(offset, from), integers);
    }
  }

  private static void unpackBits(
      IntegerLayout layout, MemorySegment w, long offset, int from, short[] integers) {
    int bits = layout.bits();
    int columns = layout.panelColumns(from);
    short zero = (short) layout.zero();
    int scale = layout.shift();
    int unitColumns = BitPanel.unitColumns(bits);
    int unitBytes = BitPanel.word(bits, 1, 0);
    long panel = layout.panel(offset, from);
    for (int row = 0; row < GROUP; row += SHORTS) {
      long at = panel + BitPanel.row(bits, columns, row);
      if (bits == 6) {
        unpackSixes(zero, w, at, columns, integers, row);
        continue;
      }
      for (int column = 0; column < unitColumns; column++) {
        int bit = bits * column;
        int first = BitPanel.word(bits, 0, bit / Short.SIZE);
        int last = BitPanel.word(bits, 0, (bit + bits - 1) / Short.SIZE);
        int shift = bit % Short.SIZE;
        int units = columns / unitColumns;
        int to = column * GROUP + row;
        int stride = unitColumns * GROUP;
        if (first == last) {
          unpackWhole(
              bits, scale, zero, w, at + first, unitBytes, units, shift, integers, to, stride);
        } else {
          unpackCut(
              bits,
              zero,
              w,
              at + first,
              last - first,
              unitBytes,
              units,
              shift,
              integers,
              to,
              stride);
        }
      }
    }
  }

  /** All columns of units of 6 bits: three words at a time. */
  private static void unpackSixes(
      short zero, MemorySegment w, long offset, int columns, short[] integers, int integersAt) {
    short mask = (1 << 6) - 1;
    int units = columns / BitPanel.unitColumns(6);
    int unitBytes = BitPanel.word(6, 1, 0);
    for (int i = 0; i < units; i++) {
      long at = offset + (long) i * unitBytes;
      int to = integersAt + i * BitPanel.unitColumns(6) * GROUP;
      ShortVector a = ShortVector.fromMemorySegment(S, w, at, LE);
      ShortVector b = ShortVector.fromMemorySegment(S, w, at + WORD_BYTES, LE);
      ShortVector c = ShortVector.fromMemorySegment(S, w, at + 2L * WORD_BYTES, LE);
      a.and(mask).sub(zero).intoArray(integers, to);
      a.lanewise(LSHR, 6).and(mask).sub(zero).intoArray(integers, to + GROUP);
      a.lanewise(LSHR, 12)
          .or(b.lanewise(LSHL, 4))
          .and(mask)
          .sub(zero)
          .intoArray(integers, to + 2 * GROUP);
      b.lanewise(LSHR, 2).and(mask).sub(zero).intoArray(integers, to + 3 * GROUP);
      b.lanewise(LSHR, 8).and(mask).sub(zero).intoArray(integers, to + 4 * GROUP);
      b.lanewise(LSHR, 14)
          .or(c.lanewise(LSHL, 2))
          .and(mask)
          .sub(zero)
          .intoArray(integers, to + 5 * GROUP);
      c.lanewise(LSHR, 4).and(mask).sub(zero).intoArray(integers, to + 6 * GROUP);
      c.lanewise(LSHR, 10).sub(zero).intoArray(integers, to + 7 * GROUP);
    }
  }

  /** The codes of a {@link PairPanel}. */
  private static void unpackPairs(MemorySegment w, long panel, short[] integers) {
    for (int row = 0; row < GROUP; row += SHORTS) {
      long strip = panel + BitPanel.row(PairPanel.BITS, BitPanel.WIDTH, row);
      for (int k = 0; k < BitPanel.WIDTH; k += PairPanel.UNIT_COLUMNS) {
        long at = strip + (long) k / PairPanel.UNIT_COLUMNS * PairPanel.UNIT_WORDS * WORD_BYTES;
        int to = k * GROUP + row;
        for (int word = 0; word < PairPanel.UNIT_WORDS; word++) {
          ShortVector v = ShortVector.fromMemorySegment(S, w, at + (long) word * WORD_BYTES, LE);
          unpackWord(v, integers, to);
          to += PairPanel.WORD_COLUMNS * GROUP;
        }
        unpackWord(TableLoops.rest(w, at), integers, to);
      }
    }
  }

  private static void unpackWord(ShortVector v, short[] integers, int to) {
    short mask = (1 << PairPanel.BITS) - 1;
    v.and(mask).intoArray(integers, to);
    v.lanewise(LSHR, PairPanel.shift(1)).and(mask).intoArray(integers, to + GROUP);
    v.lanewise(LSHR, PairPanel.shift(2)).and(mask).intoArray(integers, to + 2 * GROUP);
    v.lanewise(LSHR, PairPanel.shift(3)).and(mask).intoArray(integers, to + 3 * GROUP);
  }

  /** Puts integers in the place of codes. */
  private static void lookUp(byte[] table, short[] integers, int count) {
    ByteVector numbers = ByteVector.fromArray(B, table, 0);
    for (int i = 0; i < count; i += SHORTS) {
      ByteVector codes = ShortVector.fromArray(S, integers, i).reinterpretAsBytes();
      codes
          .selectFrom(numbers)
          .reinterpretAsShorts()
          .and((short) 0xff)
          .sub((short) IntegerLayout.BIAS)
          .intoArray(integers, i);
    }
  }

  /**
   * A column of each unit that lies in one word.
   *
   * @param scale the shift of what is stored
   */
  private static void unpackWhole(
      int bits,
      int scale,
      short zero,
      MemorySegment w,
      long offset,
      int unitBytes,
      int units,
      int shift,
      short[] integers,
      int integersAt,
      int stride) {
    short mask = (short) ((1 << bits) - 1);
    for (int i = 0; i < units; i++) {
      ShortVector.fromMemorySegment(S, w, offset + (long) i * unitBytes, LE)
          .lanewise(LSHR, shift)
          .and(mask)
          .lanewise(LSHL, scale)
          .sub(zero)
          .intoArray(integers, integersAt + i * stride);
    }
  }

  /** A column of each unit that is cut in two words. */
  private static void unpackCut(
      int bits,
      short zero,
      MemorySegment w,
      long offset,
      long apart,
      int unitBytes,
      int units,
      int shift,
      short[] integers,
      int integersAt,
      int stride) {
    short mask = (short) ((1 << bits) - 1);
    for (int i = 0; i < units; i++) {
      long at = offset + (long) i * unitBytes;
      ShortVector.fromMemorySegment(S, w, at, LE)
          .lanewise(LSHR, shift)
          .or(
              ShortVector.fromMemorySegment(S, w, at + apart, LE)
                  .lanewise(LSHL, Short.SIZE - shift))
          .and(mask)
          .sub(zero)
          .intoArray(integers, integersAt + i * stride);
    }
  }
}
