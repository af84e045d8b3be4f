package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.VectorLoops.F;
import static dev.nomoat.quant.simd.VectorLoops.HALF;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static dev.nomoat.quant.simd.VectorLoops.ODD_BYTES;
import static dev.nomoat.quant.simd.VectorLoops.ODD_PART;
import static dev.nomoat.quant.simd.VectorLoops.QUARTER;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.S2F;
import static jdk.incubator.vector.VectorOperators.S2I;

import dev.nomoat.quant.packed.BitPanel;
import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.packed.SuperBlockLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Adding the raw sums of a panel of Q4_K or Q5_K for one token, with scales and minima as they are
 * packed: the same as {@link ScaleLoops#readScales} and {@link RunLoops#add}, without storing those
 * of runs, which only pays when several tokens share them. With Q6_K, which has no minima, nothing
 * was gained so.
 */
final class SuperRunLoops {
  /** Where the minima of runs of 32 columns begin, after their scales. */
  private static final int MINIMA = BitPanel.WIDTH / PackedLayout.RUN * GROUP;

  private SuperRunLoops() {}

  static void add(
      SuperBlockLayout layout,
      MemorySegment w,
      long offset,
      int from,
      short[] raw,
      float[] xScale,
      float[] xSum,
      int xAt,
      float[] y,
      int yAt,
      float[] factors,
      byte[] bytes) {
    Halves.decode(w, layout.scales(offset, from), factors, 0, 2 * GROUP);
    MemorySegment.copy(
        w, ValueLayout.JAVA_BYTE, layout.subScales(offset, from), bytes, 0, bytes.length);
    if (layout.bits() == 4) {
      addFour(raw, factors, bytes, xScale, xSum, xAt, y, yAt);
    } else {
      addFive(raw, factors, bytes, xScale, xSum, xAt, y, yAt);
    }
  }

  private static void addFour(
      short[] raw,
      float[] factors,
      byte[] bytes,
      float[] xScale,
      float[] xSum,
      int xAt,
      float[] y,
      int yAt) {
    FloatVector centre = FloatVector.broadcast(F, BitPanel.centre(4));
    for (int row = 0; row < GROUP; row += 2 * LANES) {
      FloatVector a = FloatVector.fromArray(F, y, yAt + row);
      FloatVector b = FloatVector.fromArray(F, y, yAt + row + LANES);
      FloatVector da = FloatVector.fromArray(F, factors, row);
      FloatVector db = FloatVector.fromArray(F, factors, row + LANES);
      FloatVector ma = FloatVector.fromArray(F, factors, row + GROUP).neg();
      FloatVector mb = FloatVector.fromArray(F, factors, row + GROUP + LANES).neg();
      for (int i = row; i < MINIMA; i += GROUP) {
        int plane = xAt + i / GROUP;
        FloatVector u = FloatVector.broadcast(F, xScale[plane]);
        FloatVector v = FloatVector.broadcast(F, xSum[plane]);
        FloatVector s =
            ((FloatVector) ByteVector.fromArray(QUARTER, bytes, i).convertShape(B2F, F, 0)).mul(da);
        FloatVector m =
            s.fma(
                centre,
                ((FloatVector)
                        ByteVector.fromArray(QUARTER, bytes, i + MINIMA).convertShape(B2F, F, 0))
                    .mul(ma));
        a =
            m.fma(
                v,
                ((FloatVector) ShortVector.fromArray(HALF, raw, i).convertShape(S2F, F, 0))
                    .fma(s.mul(u), a));
        s =
            ((FloatVector)
                    ByteVector.fromArray(QUARTER, bytes, i + ODD_BYTES)
                        .convertShape(B2F, F, ODD_PART))
                .mul(db);
        m =
            s.fma(
                centre,
                ((FloatVector)
                        ByteVector.fromArray(QUARTER, bytes, i + MINIMA + ODD_BYTES)
                            .convertShape(B2F, F, ODD_PART))
                    .mul(mb));
        b =
            m.fma(
                v,
                ((FloatVector) ShortVector.fromArray(HALF, raw, i + LANES).convertShape(S2F, F, 0))
                    .fma(s.mul(u), b));
      }
      a.intoArray(y, yAt + row);
      b.intoArray(y, yAt + row + LANES);
    }
  }

  private static void addFive(
      short[] raw,
      float[] factors,
      byte[] bytes,
      float[] xScale,
      float[] xSum,
      int xAt,
      float[] y,
      int yAt) {
    FloatVector centre = FloatVector.broadcast(F, BitPanel.centre(5));
    for (int row = 0; row < GROUP; row += 2 * LANES) {
      FloatVector a = FloatVector.fromArray(F, y, yAt + row);
      FloatVector b = FloatVector.fromArray(F, y, yAt + row + LANES);
      FloatVector da = FloatVector.fromArray(F, factors, row);
      FloatVector db = FloatVector.fromArray(F, factors, row + LANES);
      FloatVector ma = FloatVector.fromArray(F, factors, row + GROUP).neg();
      FloatVector mb = FloatVector.fromArray(F, factors, row + GROUP + LANES).neg();
      for (int i = row; i < MINIMA; i += GROUP) {
        int plane = xAt + i / GROUP;
        FloatVector u = FloatVector.broadcast(F, xScale[plane]);
        FloatVector v = FloatVector.broadcast(F, xSum[plane]);
        int at = i / GROUP * 2 * GROUP + row;
        FloatVector s =
            ((FloatVector) ByteVector.fromArray(QUARTER, bytes, i).convertShape(B2F, F, 0)).mul(da);
        FloatVector m =
            s.fma(
                centre,
                ((FloatVector)
                        ByteVector.fromArray(QUARTER, bytes, i + MINIMA).convertShape(B2F, F, 0))
                    .mul(ma));
        a =
            m.fma(
                v,
                ((FloatVector)
                        ((IntVector) ShortVector.fromArray(HALF, raw, at).convertShape(S2I, I, 0))
                            .add(
                                ShortVector.fromArray(HALF, raw, at + GROUP)
                                    .convertShape(S2I, I, 0))
                            .convert(I2F, 0))
                    .fma(s.mul(u), a));
        s =
            ((FloatVector)
                    ByteVector.fromArray(QUARTER, bytes, i + ODD_BYTES)
                        .convertShape(B2F, F, ODD_PART))
                .mul(db);
        m =
            s.fma(
                centre,
                ((FloatVector)
                        ByteVector.fromArray(QUARTER, bytes, i + MINIMA + ODD_BYTES)
                            .convertShape(B2F, F, ODD_PART))
                    .mul(mb));
        b =
            m.fma(
                v,
                ((FloatVector)
                        ((IntVector)
                                ShortVector.fromArray(HALF, raw, at + LANES)
                                    .convertShape(S2I, I, 0))
                            .add(
                                ShortVector.fromArray(HALF, raw, at + GROUP + LANES)
                                    .convertShape(S2I, I, 0))
                            .convert(I2F, 0))
                    .fma(s.mul(u), b));
      }
      a.intoArray(y, yAt + row);
      b.intoArray(y, yAt + row + LANES);
    }
  }
}
