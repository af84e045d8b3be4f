package dev.nomoat.quant.simd;

import static dev.nomoat.quant.packed.PackedLayout.GROUP;

import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.packed.SuperBlockLayout;
import java.lang.foreign.MemorySegment;

/** Products of one token with 8-bit activations, panel by panel straight from packed memory. */
final class TokenLoops {
  private TokenLoops() {}

  static void multiply(
      IntegerLayout layout,
      MemorySegment w,
      long offset,
      int levels,
      int[] factors,
      int factorsAt,
      int factorsStride,
      int[] quarterSums,
      int sumsAt,
      float[] xScale,
      float[] xSum,
      int xAt,
      float[] y,
      short[] raw,
      float[] scale,
      float[] minimum,
      short[] scales) {
    int cols = layout.cols();
    int runs = cols / PackedLayout.RUN;
    int f = factorsAt;
    for (int from = 0; from < cols; ) {
      int run = from / PackedLayout.RUN;
      for (int level = 0; level < levels; level++) {
        IntegerLoops.sum(
            layout,
            w,
            offset,
            from,
            factors,
            f + level * factorsStride,
            quarterSums,
            sumsAt + (level * runs + run) * InnerLoops.QUARTERS,
            raw,
            0,
            GROUP,
            level == 0 ? scales : VectorLoops.NO_SCALES);
        int x = xAt + level * runs + run;
        if (layout instanceof SuperBlockLayout block) {
          SuperRunLoops.add(block, scales, from, raw, xScale, xSum, x, y, scale);
        } else {
          add(layout, scales, from, level, raw, xScale, xSum, x, y, scale, minimum);
        }
      }
      int columns = layout.panelColumns(from);
      from += columns;
      f += layout.form().count(columns);
    }
  }

  private static void add(
      IntegerLayout layout,
      short[] scales,
      int from,
      int level,
      short[] raw,
      float[] xScale,
      float[] xSum,
      int xAt,
      float[] y,
      float[] scale,
      float[] minimum) {
    int runs = layout.panelColumns(from) / layout.runColumns();
    if (level == 0) {
      ScaleLoops.readScales(layout, scales, from, scale, minimum);
      InnerLoops.moveMinima(layout, runs, scale, minimum);
    }
    RunLoops.add(layout, raw, 0, GROUP, 1, runs, scale, minimum, xScale, xSum, xAt, 0, y, 0);
  }
}
