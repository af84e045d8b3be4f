package dev.nomoat.quant.simd;

import dev.nomoat.quant.packed.PackedLayout;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The definition of the inner loops, in plain Java. */
public final class ScalarLoops implements InnerLoops {
  /** Makes the loops. */
  public ScalarLoops() {}

  @Override
  public String description() {
    return "scalar";
  }

  @Override
  public void readPanel(
      PackedLayout layout, MemorySegment packed, long offset, int from, int to, float[] panel) {
    layout.readPanel(packed, offset, from, to, 0, GROUP, panel);
  }

  @Override
  public void readScales(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      float[] scale,
      float[] minimum) {
    layout.readScales(packed, offset, from, to, 0, GROUP, scale, minimum);
  }

  @Override
  public void accumulate(
      float[] panel,
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
        addScaled(panel, k * GROUP, x[xAt + t * xStride + k], y, yAt + t * yStride);
      }
    }
  }

  @Override
  public void sumRuns(
      float[] panel,
      int runColumns,
      int runs,
      float[] x,
      int xAt,
      int xStride,
      int tokens,
      float[] sums) {
    for (int run = 0; run < runs; run++) {
      for (int t = 0; t < tokens; t++) {
        int at = (run * TILE + t) * GROUP;
        Arrays.fill(sums, at, at + GROUP, 0f);
        for (int k = run * runColumns; k < (run + 1) * runColumns; k++) {
          addScaled(panel, k * GROUP, x[xAt + t * xStride + k], sums, at);
        }
      }
    }
  }

  private static void addScaled(float[] panel, int from, float x, float[] target, int at) {
    for (int row = 0; row < GROUP; row++) {
      target[at + row] = Math.fma(panel[from + row], x, target[at + row]);
    }
  }

  @Override
  public void scaleRuns(
      float[] sums,
      int runs,
      int runShift,
      float[] scale,
      float[] minimum,
      boolean hasMinimum,
      float[] xScale,
      float[] xSum,
      int xAt,
      int xStride,
      int tokens,
      float[] y,
      int yAt,
      int yStride) {
    for (int t = 0; t < tokens; t++) {
      int to = yAt + t * yStride;
      for (int run = 0; run < runs; run++) {
        int from = (run * TILE + t) * GROUP;
        int weights = run * GROUP;
        int index = xAt + t * xStride + (run >> runShift);
        float s = xScale[index];
        for (int row = 0; row < GROUP; row++) {
          y[to + row] = Math.fma(sums[from + row], scale[weights + row] * s, y[to + row]);
        }
        if (hasMinimum) {
          addScaled(minimum, weights, xSum[index], y, to);
        }
      }
    }
  }

  @Override
  public boolean multiplyDirect(
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
  public boolean sumDirect(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      float[] x,
      int xAt,
      float[] sums) {
    return false;
  }

  @Override
  public boolean sumIntegers(
      PackedLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int[] pairs,
      int pairsAt,
      int[] integerSums,
      int sumsAt,
      short[] raw,
      float[] sums) {
    return false;
  }
}
