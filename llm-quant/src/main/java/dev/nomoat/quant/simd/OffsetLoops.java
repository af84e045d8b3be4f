package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.VectorLoops.LE;
import static dev.nomoat.quant.simd.VectorLoops.S;
import static dev.nomoat.quant.simd.VectorLoops.SHORTS;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.nomoat.quant.packed.BitPanel;
import dev.nomoat.quant.packed.RunScaleLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ShortVector;

/**
 * The offsets that {@link RunScaleLayout#hasOffsets()} tells of: two for eight columns of a row.
 */
final class OffsetLoops {
  private static final int EIGHT = 8;

  private OffsetLoops() {}

  /**
   * What the sums of 16 columns begin with: {@link IntegerLoops#start} and the offsets' products.
   *
   * @param offset where the offsets of the panel begin
   */
  static void start(
      RunScaleLayout layout,
      MemorySegment w,
      long offset,
      int[] quarterSums,
      int sumsAt,
      short[] raw,
      int rawAt,
      int step) {
    for (int row = 0; row < GROUP; row += SHORTS) {
      for (int word = 0; word < BitPanel.WIDTH / (EIGHT * Short.SIZE); word++) {
        long at = offset + (long) (word * GROUP + row) * Short.BYTES;
        int first = word * Short.SIZE;
        int to = rawAt + first / 2 * step + row;
        startWord(layout.zero(), w, at, quarterSums, sumsAt + first, raw, to, step);
      }
    }
  }

  /** One word of a vector of rows: two bits for each sum. */
  private static void startWord(
      int zero,
      MemorySegment w,
      long at,
      int[] quarterSums,
      int sumsAt,
      short[] raw,
      int rawAt,
      int step) {
    ShortVector v = ShortVector.fromMemorySegment(S, w, at, LE);
    for (int i = 0; i < Short.SIZE / 2; i++) {
      int x = quarterSums[sumsAt + 2 * i];
      int next = quarterSums[sumsAt + 2 * i + 1];
      ShortVector both = v.and((short) 3);
      both.mul((short) (2 * x))
          .add(both.lanewise(LSHR, 1).mul((short) (2 * next - 4 * x)))
          .sub((short) (zero * (x + next)))
          .intoArray(raw, rawAt + i * step);
      v = v.lanewise(LSHR, 2);
    }
  }

  /**
   * Adds the offsets to integers.
   *
   * @param offset where the offsets of the panel begin
   * @param integers of the panel, {@code [columns][64]}
   */
  static void add(MemorySegment w, long offset, short[] integers) {
    for (int row = 0; row < GROUP; row += SHORTS) {
      for (int i = 0; i < BitPanel.WIDTH / EIGHT; i++) {
        int word = i / Short.SIZE;
        long at = offset + (long) (word * GROUP + row) * Short.BYTES;
        ShortVector two =
            ShortVector.fromMemorySegment(S, w, at, LE)
                .lanewise(LSHR, i % Short.SIZE)
                .and((short) 1)
                .lanewise(LSHL, 1);
        for (int k = i * EIGHT; k < (i + 1) * EIGHT; k++) {
          int to = k * GROUP + row;
          ShortVector.fromArray(S, integers, to).add(two).intoArray(integers, to);
        }
      }
    }
  }
}
