package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;
import static dev.nomoat.quant.simd.VectorLoops.F;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static dev.nomoat.quant.simd.VectorLoops.LANES;
import static dev.nomoat.quant.simd.VectorLoops.ODD_BYTES;
import static dev.nomoat.quant.simd.VectorLoops.ODD_PART;
import static dev.nomoat.quant.simd.VectorLoops.PAIRS;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.B2I;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;

import dev.nomoat.quant.packed.BlockLayout;
import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.MicroscalingLayout;
import dev.nomoat.quant.packed.RunScaleLayout;
import dev.nomoat.quant.packed.SuperBlockLayout;
import dev.nomoat.quant.packed.TwoBitLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** The scales and minima of runs of weights, out of a copy of those of a panel. */
final class ScaleLoops {
  /** The bits of half the least normal float. */
  private static final int HALF_OF_LEAST = 0x00400000;

  private ScaleLoops() {}

  /**
   * Scales and minima of a panel.
   *
   * @param packed the {@link IntegerLayout#scaleBytes} of the panel
   * @param from first column of the panel
   */
  static void readScales(
      IntegerLayout layout, short[] packed, int from, float[] scale, float[] minimum) {
    long offset = layout.offsetOfScales(from);
    int runs = layout.panelColumns(from) / layout.runColumns();
    switch (layout) {
      case BlockLayout block -> {
        int count = runs * GROUP;
        halves(packed, block.scales(offset, from), scale, 0, count);
        if (block.hasMinimum()) {
          halves(packed, block.minima(offset, from), minimum, 0, count);
        }
      }
      case SuperBlockLayout block -> {
        long at = block.scales(offset, from);
        long sub = block.subScales(offset, from);
        products(packed, at, sub, runs, 1, scale);
        if (block.hasMinimum()) {
          products(packed, at + 2L * GROUP, sub + 8L * GROUP, runs, -1, minimum);
        }
      }
      case RunScaleLayout block ->
          products(
              packed,
              block.scales(offset, from),
              block.runScales(offset, from),
              runs,
              block.unit(),
              scale);
      case TwoBitLayout block -> {
        long at = block.scales(offset, from);
        long factors = block.factors(offset, from);
        nibbleProducts(packed, at, factors, runs, 0, 1, scale);
        nibbleProducts(packed, at + 2L * GROUP, factors, runs, 4, -1, minimum);
      }
      case MicroscalingLayout block -> {
        long at = block.scales(offset, from);
        if (block.hasExponents()) {
          exponents(packed, at, runs, scale);
        } else {
          smallFloats(packed, at, runs, scale);
        }
      }
    }
  }

  /** F16 numbers, of which the first stands at some byte. */
  static void halves(short[] packed, long offset, float[] target, int to, int count) {
    int at = (int) offset / Short.BYTES;
    for (int i = 0; i < count; i++) {
      target[to + i] = Float.float16ToFloat(packed[at + i]);
    }
  }

  /**
   * {@code target[run][64]} = F16 number · factor · byte, in one loop over all runs, because
   * starting a loop costs as much as a few of its steps.
   */
  private static void products(
      short[] packed, long offset, long bytes, int runs, float factor, float[] target) {
    decodeHalves(packed, offset, factor, target);
    for (int i = 0; i < runs * GROUP; i += 2 * LANES) {
      int d = InnerLoops.SCALES + i % GROUP;
      int at = (int) (bytes + i) / Short.BYTES;
      FloatVector.fromArray(F, target, d)
          .mul(
              (FloatVector)
                  ShortVector.fromArray(PAIRS, packed, at)
                      .reinterpretAsBytes()
                      .convertShape(B2F, F, 0))
          .intoArray(target, i);
      FloatVector.fromArray(F, target, d + LANES)
          .mul(
              (FloatVector)
                  ShortVector.fromArray(PAIRS, packed, at + ODD_BYTES / Short.BYTES)
                      .reinterpretAsBytes()
                      .convertShape(B2F, F, ODD_PART))
          .intoArray(target, i + LANES);
    }
  }

  /** {@code target[run][64]} = F16 number · factor · four bits of a byte, from a shift on. */
  private static void nibbleProducts(
      short[] packed, long offset, long bytes, int runs, int shift, float factor, float[] target) {
    decodeHalves(packed, offset, factor, target);
    for (int i = 0; i < runs * GROUP; i += 2 * LANES) {
      int d = InnerLoops.SCALES + i % GROUP;
      FloatVector.fromArray(F, target, d)
          .mul(
              (FloatVector)
                  bytes(packed, bytes + i, 0).lanewise(LSHR, shift).and(15).convert(I2F, 0))
          .intoArray(target, i);
      FloatVector.fromArray(F, target, d + LANES)
          .mul(
              (FloatVector)
                  bytes(packed, bytes + i + ODD_BYTES, ODD_PART)
                      .lanewise(LSHR, shift)
                      .and(15)
                      .convert(I2F, 0))
          .intoArray(target, i + LANES);
    }
  }

  /** {@code target[run][64]} = 2^(byte − 128). */
  private static void exponents(short[] packed, long offset, int runs, float[] target) {
    for (int i = 0; i < runs * GROUP; i += 2 * LANES) {
      exponents(bytes(packed, offset + i, 0)).intoArray(target, i);
      exponents(bytes(packed, offset + i + ODD_BYTES, ODD_PART)).intoArray(target, i + LANES);
    }
  }

  /** Half of the number with such an exponent; half of the least one's half where that is 0. */
  private static FloatVector exponents(IntVector bytes) {
    return bytes
        .and(0xff)
        .lanewise(LSHL, 23)
        .lanewise(MAX, HALF_OF_LEAST)
        .reinterpretAsFloats()
        .mul(0.5f);
  }

  /** {@code target[run][64]} = half of the E4M3 number of a byte. */
  private static void smallFloats(short[] packed, long offset, int runs, float[] target) {
    for (int i = 0; i < runs * GROUP; i += 2 * LANES) {
      smallFloats(bytes(packed, offset + i, 0)).intoArray(target, i);
      smallFloats(bytes(packed, offset + i + ODD_BYTES, ODD_PART)).intoArray(target, i + LANES);
    }
  }

  /** The bits where a float has them, then the difference of the exponents' biases, and half. */
  private static FloatVector smallFloats(IntVector bytes) {
    return bytes.lanewise(LSHL, 20).reinterpretAsFloats().mul(0x1p119f);
  }

  private static IntVector bytes(short[] packed, long offset, int part) {
    return (IntVector)
        ShortVector.fromArray(PAIRS, packed, (int) offset / Short.BYTES)
            .reinterpretAsBytes()
            .convertShape(B2I, I, part);
  }

  /** F16 numbers times a factor, into scratch behind the scales. */
  private static void decodeHalves(short[] packed, long offset, float factor, float[] target) {
    halves(packed, offset, target, InnerLoops.SCALES, GROUP);
    for (int i = InnerLoops.SCALES; i < InnerLoops.SCALES + GROUP; i++) {
      target[i] *= factor;
    }
  }
}
