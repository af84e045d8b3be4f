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
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;

/** The integers of a panel as 16-bit numbers, {@code [columns][64]}. A lane is a row. */
final class UnpackLoops {
  private UnpackLoops() {}

  static void unpack(
      IntegerLayout layout, MemorySegment w, long offset, int from, short[] integers) {
    int bits = layout.bits();
    int columns = layout.panelColumns(from);
    short zero = (short) (layout.hasTable() ? 0 : layout.zero());
    int unitColumns = BitPanel.unitColumns(bits);
    long panel = layout.panel(offset, from);
    for (int row = 0; row < GROUP; row += SHORTS) {
      long at = panel + BitPanel.row(bits, columns, row);
      for (int column = 0; column < unitColumns; column++) {
        int bit = bits * column;
        int first = BitPanel.word(bits, columns, 0, bit / Short.SIZE);
        int last = BitPanel.word(bits, columns, 0, (bit + bits - 1) / Short.SIZE);
        int shift = bit % Short.SIZE;
        int units = columns / unitColumns;
        int to = column * GROUP + row;
        int stride = unitColumns * GROUP;
        if (first == last) {
          unpackWhole(bits, zero, w, at + first, units, shift, integers, to, stride);
        } else {
          unpackCut(bits, zero, w, at + first, last - first, units, shift, integers, to, stride);
        }
      }
    }
    if (layout.hasTable()) {
      lookUp(layout.table(), integers, columns * GROUP);
    }
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

  /** A column of each unit that lies in one word. */
  private static void unpackWhole(
      int bits,
      short zero,
      MemorySegment w,
      long offset,
      int units,
      int shift,
      short[] integers,
      int integersAt,
      int stride) {
    short mask = (short) ((1 << bits) - 1);
    for (int i = 0; i < units; i++) {
      ShortVector.fromMemorySegment(S, w, offset + (long) i * WORD_BYTES, LE)
          .lanewise(LSHR, shift)
          .and(mask)
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
      int units,
      int shift,
      short[] integers,
      int integersAt,
      int stride) {
    short mask = (short) ((1 << bits) - 1);
    for (int i = 0; i < units; i++) {
      long at = offset + (long) i * WORD_BYTES;
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
