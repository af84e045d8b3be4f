package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.InnerLoops.TILE;
import static dev.nomoat.quant.simd.VectorLoops.F;
import static dev.nomoat.quant.simd.VectorLoops.HALF;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static dev.nomoat.quant.simd.VectorLoops.ODD_BYTES;
import static dev.nomoat.quant.simd.VectorLoops.ODD_PART;
import static dev.nomoat.quant.simd.VectorLoops.PAIRS;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.S2F;
import static jdk.incubator.vector.VectorOperators.S2I;

import dev.nomoat.quant.packed.BitPanel;
import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.packed.SuperBlockLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Adding the raw sums of a panel of Q4_K, Q5_K or Q6_K for one token, with scales and minima as
 * they are packed: the same as {@link ScaleLoops#readScales} and {@link RunLoops#add}, without
 * storing those of runs, which only pays when several tokens share them.
 */
final class SuperRunLoops {
  /** The scales of a super-block with runs of 32 columns: as many bytes as its minima. */
  private static final int SCALES = BitPanel.WIDTH / PackedLayout.RUN * GROUP;

  /** From a scale to the minimum of the same run, both bytes, in an array of pairs of them. */
  private static final int MINIMA = SCALES / Short.BYTES;

  /** {@link VectorLoops#ODD_BYTES} there. */
  private static final int ODD = ODD_BYTES / Short.BYTES;

  private SuperRunLoops() {}

  /**
   * Adds them.
   *
   * @param packed the scales of the panel
   * @param factors scratch for 128 numbers
   */
  static void add(
      SuperBlockLayout layout,
      short[] packed,
      int from,
      short[] raw,
      float[] xScale,
      int xScaleAt,
      float[] xSum,
      int xSumAt,
      float[] y,
      int yAt,
      float[] factors) {
    long offset = layout.offsetOfScales(from);
    int lines = layout.hasMinimum() ? 2 : 1;
    ScaleLoops.halves(packed, layout.scales(offset, from), factors, 0, lines * GROUP);
    int sub = (int) layout.subScales(offset, from) / Short.BYTES;
    switch (layout.bits()) {
      case 4 -> addFour(raw, factors, packed, sub, xScale, xScaleAt, xSum, xSumAt, y, yAt);
      case 5 -> addFive(raw, factors, packed, sub, xScale, xScaleAt, xSum, xSumAt, y, yAt);
      default -> addSix(raw, factors, packed, sub, xScale, xScaleAt, y, yAt);
    }
  }

  private static void addFour(
      short[] raw,
      float[] factors,
      short[] packed,
      int sub,
      float[] xScale,
      int xScaleAt,
      float[] xSum,
      int xSumAt,
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
      for (int i = row; i < SCALES; i += GROUP) {
        int plane = i / GROUP * TILE;
        int at = sub + i / Short.BYTES;
        FloatVector u = FloatVector.broadcast(F, xScale[xScaleAt + plane]);
        FloatVector v = FloatVector.broadcast(F, xSum[xSumAt + plane]);
        FloatVector s =
            ((FloatVector)
                    ShortVector.fromArray(PAIRS, packed, at)
                        .reinterpretAsBytes()
                        .convertShape(B2F, F, 0))
                .mul(da);
        FloatVector m =
            s.fma(
                centre,
                ((FloatVector)
                        ShortVector.fromArray(PAIRS, packed, at + MINIMA)
                            .reinterpretAsBytes()
                            .convertShape(B2F, F, 0))
                    .mul(ma));
        a =
            m.fma(
                v,
                ((FloatVector) ShortVector.fromArray(HALF, raw, i).convertShape(S2F, F, 0))
                    .fma(s.mul(u), a));
        s =
            ((FloatVector)
                    ShortVector.fromArray(PAIRS, packed, at + ODD)
                        .reinterpretAsBytes()
                        .convertShape(B2F, F, ODD_PART))
                .mul(db);
        m =
            s.fma(
                centre,
                ((FloatVector)
                        ShortVector.fromArray(PAIRS, packed, at + MINIMA + ODD)
                            .reinterpretAsBytes()
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
      short[] packed,
      int sub,
      float[] xScale,
      int xScaleAt,
      float[] xSum,
      int xSumAt,
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
      for (int i = row; i < SCALES; i += GROUP) {
        int plane = i / GROUP * TILE;
        int at = sub + i / Short.BYTES;
        FloatVector u = FloatVector.broadcast(F, xScale[xScaleAt + plane]);
        FloatVector v = FloatVector.broadcast(F, xSum[xSumAt + plane]);
        int from = i / GROUP * 2 * GROUP + row;
        FloatVector s =
            ((FloatVector)
                    ShortVector.fromArray(PAIRS, packed, at)
                        .reinterpretAsBytes()
                        .convertShape(B2F, F, 0))
                .mul(da);
        FloatVector m =
            s.fma(
                centre,
                ((FloatVector)
                        ShortVector.fromArray(PAIRS, packed, at + MINIMA)
                            .reinterpretAsBytes()
                            .convertShape(B2F, F, 0))
                    .mul(ma));
        a =
            m.fma(
                v,
                ((FloatVector)
                        ((IntVector) ShortVector.fromArray(HALF, raw, from).convertShape(S2I, I, 0))
                            .add(
                                ShortVector.fromArray(HALF, raw, from + GROUP)
                                    .convertShape(S2I, I, 0))
                            .convert(I2F, 0))
                    .fma(s.mul(u), a));
        s =
            ((FloatVector)
                    ShortVector.fromArray(PAIRS, packed, at + ODD)
                        .reinterpretAsBytes()
                        .convertShape(B2F, F, ODD_PART))
                .mul(db);
        m =
            s.fma(
                centre,
                ((FloatVector)
                        ShortVector.fromArray(PAIRS, packed, at + MINIMA + ODD)
                            .reinterpretAsBytes()
                            .convertShape(B2F, F, ODD_PART))
                    .mul(mb));
        b =
            m.fma(
                v,
                ((FloatVector)
                        ((IntVector)
                                ShortVector.fromArray(HALF, raw, from + LANES)
                                    .convertShape(S2I, I, 0))
                            .add(
                                ShortVector.fromArray(HALF, raw, from + GROUP + LANES)
                                    .convertShape(S2I, I, 0))
                            .convert(I2F, 0))
                    .fma(s.mul(u), b));
      }
      a.intoArray(y, yAt + row);
      b.intoArray(y, yAt + row + LANES);
    }
  }

  private static void addSix(
      short[] raw,
      float[] factors,
      short[] packed,
      int sub,
      float[] xScale,
      int xScaleAt,
      float[] y,
      int yAt) {
    for (int row = 0; row < GROUP; row += 2 * LANES) {
      FloatVector a = FloatVector.fromArray(F, y, yAt + row);
      FloatVector b = FloatVector.fromArray(F, y, yAt + row + LANES);
      FloatVector da = FloatVector.fromArray(F, factors, row);
      FloatVector db = FloatVector.fromArray(F, factors, row + LANES);
      for (int i = row; i < InnerLoops.SCALES; i += GROUP) {
        FloatVector u = FloatVector.broadcast(F, xScale[xScaleAt + i / (2 * GROUP) * TILE]);
        int at = sub + i / Short.BYTES;
        int from = i / GROUP * 2 * GROUP + row;
        a =
            ((FloatVector)
                    ((IntVector) ShortVector.fromArray(HALF, raw, from).convertShape(S2I, I, 0))
                        .add(ShortVector.fromArray(HALF, raw, from + GROUP).convertShape(S2I, I, 0))
                        .convert(I2F, 0))
                .fma(
                    ((FloatVector)
                            ShortVector.fromArray(PAIRS, packed, at)
                                .reinterpretAsBytes()
                                .convertShape(B2F, F, 0))
                        .mul(da)
                        .mul(u),
                    a);
        b =
            ((FloatVector)
                    ((IntVector)
                            ShortVector.fromArray(HALF, raw, from + LANES).convertShape(S2I, I, 0))
                        .add(
                            ShortVector.fromArray(HALF, raw, from + GROUP + LANES)
                                .convertShape(S2I, I, 0))
                        .convert(I2F, 0))
                .fma(
                    ((FloatVector)
                            ShortVector.fromArray(PAIRS, packed, at + ODD)
                                .reinterpretAsBytes()
                                .convertShape(B2F, F, ODD_PART))
                        .mul(db)
                        .mul(u),
                    b);
      }
      a.intoArray(y, yAt + row);
      b.intoArray(y, yAt + row + LANES);
    }
  }
}
