package dev.nomoat.quant.simd;

import dev.nomoat.quant.packed.FactorForm;
import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.PackedLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The definition of the inner loops, in plain Java. */
public final class ScalarLoops implements InnerLoops {
  private static final int COLUMNS = PackedLayout.RUN;

  /** Makes the loops. */
  public ScalarLoops() {}

  @Override
  public String description() {
    return "scalar";
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
    layout.readWeights(packed, offset, from, to, 0, GROUP, weights, scale, minimum);
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
    for (int t = 0; t < tokens; t++) {
      for (int k = 0; k < columns; k++) {
        float v = x[xAt + t * xStride + k];
        int to = yAt + t * yStride;
        for (int row = 0; row < GROUP; row++) {
          y[to + row] = Math.fma(weights[weightsAt + k * GROUP + row], v, y[to + row]);
        }
      }
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
    return false;
  }

  @Override
  public void unpackIntegers(
      IntegerLayout layout, MemorySegment packed, long offset, int from, int to, short[] integers) {
    layout.readIntegers(packed, offset, from, to, 0, GROUP, integers);
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
    int to = from + layout.panelColumns(from);
    layout.readScales(packed, offset, from, to, 0, GROUP, scale, minimum);
  }

  @Override
  public boolean readPacked() {
    return false;
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
    throw new UnsupportedOperationException("scalar loops read unpacked weights");
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
    throw new UnsupportedOperationException("scalar loops read unpacked weights");
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
    throw new UnsupportedOperationException("scalar loops read unpacked weights");
  }

  @Override
  public void sumTile(
      IntegerLayout layout, short[] integers, int columns, int[] x, int xAt, short[] raw) {
    int runColumns = layout.runColumns();
    int parts = layout.parts();
    Arrays.fill(raw, 0, columns / runColumns * parts * TILE * GROUP, (short) 0);
    for (int t = 0; t < TILE; t++) {
      for (int k = 0; k < columns; k++) {
        short v = (short) x[xAt + k * TILE + t];
        int first = k / runColumns * parts;
        if (layout.isSplit()) {
          addSplit(layout, integers, k, v, raw, (first * TILE + t) * GROUP);
        } else {
          int part = first + k % runColumns / layout.partColumns();
          addColumn(integers, k, v, raw, (part * TILE + t) * GROUP);
        }
      }
    }
  }

  /** Adds products in two parts: their low bits, and the bits above. */
  private static void addSplit(
      IntegerLayout layout, short[] integers, int column, int v, short[] raw, int to) {
    int shift = layout.secondShift();
    for (int row = 0; row < GROUP; row++) {
      int product = integers[column * GROUP + row] * v;
      raw[to + row] += (short) (product & ((1 << shift) - 1));
      raw[to + TILE * GROUP + row] += (short) (product >> shift);
    }
  }

  private static void addColumn(short[] integers, int column, int v, short[] raw, int to) {
    for (int row = 0; row < GROUP; row++) {
      raw[to + row] += (short) (integers[column * GROUP + row] * v);
    }
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
    for (int i = 0; i < tokens; i++) {
      int from = rawAt + i * GROUP;
      int to = yAt + i * GROUP;
      int s = xScaleAt + i;
      int m = xSumAt + i;
      addToken(layout, raw, from, step, runs, scale, minimum, xScale, s, xSum, m, y, to);
    }
  }

  private static void addToken(
      IntegerLayout layout,
      short[] raw,
      int rawAt,
      int step,
      int runs,
      float[] scale,
      float[] minimum,
      float[] xScale,
      int xScaleAt,
      float[] xSum,
      int xSumAt,
      float[] y,
      int yAt) {
    int parts = layout.parts();
    int runsOfPlane = COLUMNS / layout.runColumns();
    for (int run = 0; run < runs; run++) {
      float xs = xScale[xScaleAt + run / runsOfPlane * TILE];
      for (int row = 0; row < GROUP; row++) {
        int at = rawAt + run * parts * step + row;
        int sum = raw[at] + (parts == 2 ? raw[at + step] << layout.secondShift() : 0);
        y[yAt + row] = Math.fma(sum, scale[run * GROUP + row] * xs, y[yAt + row]);
        if (layout.hasMinimum()) {
          float sumOfRun = xSum[xSumAt + run * TILE];
          y[yAt + row] = Math.fma(minimum[run * GROUP + row], sumOfRun, y[yAt + row]);
        }
      }
    }
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
    for (int run = 0; run < runs; run++) {
      int from = at + run * COLUMNS;
      float max = 0;
      for (int k = from; k < from + COLUMNS; k++) {
        max = Math.max(max, Math.abs(x[k]));
      }
      boolean tiny = max < TINY;
      scale[scaleAt + run * TILE] = tiny ? 0 : max / 127;
      inverse[scaleAt + run * TILE] = tiny ? 0 : 127 / max;
      for (int k = 0; k < COLUMNS; k++) {
        int q = InnerLoops.round(x[from + k] * inverse[scaleAt + run * TILE]);
        quants[to + run * COLUMNS + k] = InnerLoops.twice(q);
      }
    }
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
    form.make(x, at, columns, quarterSums, sumsAt, factors, to);
  }

  @Override
  public void decodeColumns(
      int bits, MemorySegment run, long offset, int numbers, float[] target, int at) {
    for (int column = 0; column < GROUP; column++) {
      decode(bits, run, offset, column, column, GROUP, numbers, target, at + column, GROUP);
    }
  }

  @Override
  public void decodeRows(
      int bits, MemorySegment run, long offset, int numbers, int rows, float[] target, int at) {
    int bytes = bits == 8 ? numbers : Math.ceilDiv(numbers, 2);
    for (int row = 0; row < rows; row++) {
      decode(bits, run, offset, row, (long) row * bytes, 1, numbers, target, at + row * GROUP, 1);
    }
  }

  /** One vector of a run. */
  private static void decode(
      int bits,
      MemorySegment run,
      long offset,
      int vector,
      long firstByte,
      int byteStep,
      int numbers,
      float[] target,
      int at,
      int step) {
    float scale = Float.float16ToFloat(run.get(Halves.HALF, offset + 2L * vector));
    long from = offset + 2L * GROUP + firstByte;
    int half = Math.ceilDiv(numbers, 2);
    for (int i = 0; i < numbers; i++) {
      boolean high = bits == 4 && i >= half;
      byte b = run.get(ValueLayout.JAVA_BYTE, from + (long) (high ? i - half : i) * byteStep);
      int q = bits == 8 ? b : high ? InnerLoops.highNibble(b) : InnerLoops.lowNibble(b);
      target[at + i * step] = scale * q;
    }
  }
}
