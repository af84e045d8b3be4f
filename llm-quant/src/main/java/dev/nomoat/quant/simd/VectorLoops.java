package dev.nomoat.quant.simd;

import dev.nomoat.quant.packed.ByteLayout;
import dev.nomoat.quant.packed.FactorForm;
import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.packed.PlainLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The inner loops on the Vector API, with 128-, 256- or 512-bit vectors. One lane is one row. */
public final class VectorLoops implements InnerLoops {
  static final VectorShape SHAPE =
      VectorShape.forBitSize(Math.min(512, VectorShape.preferredShape().vectorBitSize()));
  static final VectorSpecies<Float> F = VectorSpecies.of(float.class, SHAPE);
  static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, SHAPE);
  static final VectorSpecies<Short> S = VectorSpecies.of(short.class, SHAPE);
  static final VectorSpecies<Byte> B = VectorSpecies.of(byte.class, SHAPE);
  static final VectorSpecies<Short> HALF =
      S.withShape(VectorShape.forBitSize(SHAPE.vectorBitSize() / 2));

  /** As many bytes as {@link #F} has lanes, or twice as many where no shape is that small. */
  static final VectorSpecies<Byte> QUARTER =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, SHAPE.vectorBitSize() / 4)));

  /** The same as shorts of two bytes each. */
  static final VectorSpecies<Short> PAIRS = VectorSpecies.of(short.class, QUARTER.vectorShape());

  /** Lanes of {@link #F}. */
  static final int LANES = F.length();

  /** Part of a {@link #QUARTER} that holds the second of two vectors of rows. */
  static final int ODD_PART = QUARTER.length() > LANES ? 1 : 0;

  /** From the first to the second vector of rows, in bytes of {@link #QUARTER}s to be loaded. */
  static final int ODD_BYTES = QUARTER.length() > LANES ? 0 : LANES;

  /** Lanes of {@link #S}. */
  static final int SHORTS = S.length();

  /** Rows that are followed through the columns together. */
  static final int STRIP = 4 * LANES;

  static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LE);

  /**
   * F16 to f32, exact for finite numbers: the bits are extended with their sign, shifted by 13 and
   * masked with this, then the exponent is corrected by {@link #F16_SCALE}.
   */
  static final int F16_BITS = 0x8fffe000;

  /** 2 to the power of the difference of the exponents' biases. */
  static final float F16_SCALE = 0x1p112f;

  private static final short[] NO_SCALES = {};

  /** Makes the loops. */
  public VectorLoops() {}

  @Override
  public String description() {
    return "vector, %d bits".formatted(SHAPE.vectorBitSize());
  }

  @Override
  public void unpackWeights(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      float[] weights,
      float[] scale,
      float[] minimum,
      short[] integers,
      short[] scales) {
    switch (layout) {
      case PlainLayout plain -> FloatLoops.unpack(plain, packed, offset, from, to, weights);
      case ByteLayout bytes -> {
        long block = offset + (long) (from / ByteLayout.COLUMNS) * ByteLayout.BLOCK_BYTES;
        ByteLoops.unpack(packed, block, to - from, weights);
      }
      case IntegerLayout small -> {
        UnpackLoops.unpack(small, packed, offset, from, integers);
        readScales(small, packed, offset, from, scale, minimum, scales);
        FloatLoops.expand(small, integers, to - from, scale, minimum, weights);
      }
    }
  }

  @Override
  public void accumulate(
      float[] weights,
      int weightsAt,
      int columns,
      float[] x,
      int xAt,
      int xStride,
      int tokens,
      float[] y,
      int yAt,
      int yStride) {
    int t = 0;
    for (; t <= tokens - TILE; t += TILE) {
      FloatLoops.accumulateTile(
          weights,
          weightsAt,
          columns,
          x,
          xAt + t * xStride,
          xStride,
          y,
          yAt + t * yStride,
          yStride);
    }
    for (; t < tokens; t++) {
      FloatLoops.accumulateToken(
          weights, weightsAt, columns, x, xAt + t * xStride, y, yAt + t * yStride);
    }
  }

  @Override
  public boolean multiply(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int columns,
      float[] x,
      int xAt,
      float[] y,
      int yAt) {
    return switch (layout) {
      case PlainLayout plain ->
          switch (plain.type()) {
            case F32 -> {
              PlainLoops.multiplyF32(packed, offset, columns, x, xAt, y, yAt);
              yield true;
            }
            case BF16 -> {
              PlainLoops.multiplyBf16(packed, offset, columns, x, xAt, y, yAt);
              yield true;
            }
            default -> {
              if (LANES < 16) {
                yield false;
              }
              PlainLoops.multiplyF16(packed, offset, columns, x, xAt, y, yAt);
              yield true;
            }
          };
      case ByteLayout bytes -> {
        ByteLoops.multiply(packed, offset, columns, x, xAt, y, yAt);
        yield true;
      }
      case IntegerLayout small -> false;
    };
  }

  @Override
  public void unpackIntegers(
      IntegerLayout layout, MemorySegment packed, long offset, int from, int to, short[] integers) {
    UnpackLoops.unpack(layout, packed, offset, from, integers);
  }

  @Override
  public void readScales(
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      float[] scale,
      float[] minimum,
      short[] scales) {
    IntegerLoops.copyScales(layout, packed, layout.panel(offset, from), from, 0, scales);
    ScaleLoops.readScales(layout, scales, from, scale, minimum);
  }

  @Override
  public boolean readPacked() {
    return true;
  }

  @Override
  public void multiplyToken(
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int[] factors,
      int factorsAt,
      int[] quarterSums,
      int sumsAt,
      float[] xScale,
      int xScaleAt,
      float[] xSum,
      int xSumAt,
      float[] y,
      int yAt,
      short[] raw,
      float[] scale,
      float[] minimum,
      short[] scales) {
    TokenLoops.multiply(
        layout,
        packed,
        offset,
        from,
        to,
        factors,
        factorsAt,
        quarterSums,
        sumsAt,
        xScale,
        xScaleAt,
        xSum,
        xSumAt,
        y,
        yAt,
        raw,
        scale,
        minimum,
        scales);
  }

  @Override
  public void sumTile(
      IntegerLayout layout, short[] integers, int columns, int[] x, int xAt, short[] raw) {
    IntegerLoops.sumTile(layout, integers, columns, x, xAt, raw);
  }

  @Override
  public void sumPacked(
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int[] factors,
      int factorsAt,
      int[] quarterSums,
      int sumsAt,
      short[] raw) {
    IntegerLoops.sum(
        layout,
        packed,
        offset,
        from,
        factors,
        factorsAt,
        quarterSums,
        sumsAt,
        raw,
        0,
        IntegerLoops.PART,
        NO_SCALES);
  }

  @Override
  public void sumPackedTile(
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int[] factors,
      int factorsAt,
      short[] raw) {
    QuadLoops.sum(layout, packed, offset, from, factors, factorsAt, raw);
  }

  @Override
  public void addRuns(
      IntegerLayout layout,
      short[] raw,
      int rawAt,
      int step,
      int tokens,
      int runs,
      float[] scale,
      float[] minimum,
      float[] xScale,
      int xScaleAt,
      float[] xSum,
      int xSumAt,
      float[] y,
      int yAt) {
    RunLoops.add(
        layout, raw, rawAt, step, tokens, runs, scale, minimum, xScale, xScaleAt, xSum, xSumAt, y,
        yAt);
  }

  @Override
  public void quantize(
      float[] x,
      int at,
      int runs,
      float[] scale,
      float[] inverse,
      int scaleAt,
      int[] quants,
      int to) {
    RunLoops.quantize(x, at, runs, scale, inverse, scaleAt, quants, to);
  }

  @Override
  public void makeFactors(
      FactorForm form,
      int[] x,
      int at,
      int columns,
      int[] quarterSums,
      int sumsAt,
      int[] factors,
      int to) {
    if (form.isOfCodes()) {
      form.make(x, at, columns, quarterSums, sumsAt, factors, to);
    } else {
      FactorLoops.make(form, x, at, columns, factors, to);
      form.makeStarts(quarterSums, sumsAt, columns, factors, to);
    }
  }

  @Override
  public void decodeColumns(
      int bits, MemorySegment run, long offset, int numbers, float[] target, int at) {
    if (bits == 8) {
      PanelLoops.decodeByteColumns(run, offset, numbers, target, at);
    } else {
      PanelLoops.decodeNibbleColumns(run, offset, numbers, target, at);
    }
  }

  @Override
  public void decodeRows(
      int bits, MemorySegment run, long offset, int numbers, int rows, float[] target, int at) {
    if (bits == 8) {
      PanelLoops.decodeByteRows(run, offset, numbers, rows, target, at);
    } else {
      PanelLoops.decodeNibbleRows(run, offset, numbers, rows, target, at);
    }
  }
}
