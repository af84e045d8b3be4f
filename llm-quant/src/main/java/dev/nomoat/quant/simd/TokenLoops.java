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
      int[] factors,
      int factorsAt,
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
    int f = factorsAt;
    for (int from = 0; from < cols; ) {
      int columns = layout.panelColumns(from);
      int run = from / PackedLayout.RUN;
      int sums = sumsAt + run * InnerLoops.QUARTERS;
      IntegerLoops.sum(
          layout, w, offset, from, factors, f, quarterSums, sums, raw, 0, GROUP, scales);
      int x = xAt + run;
      if (layout instanceof SuperBlockLayout block) {
        SuperRunLoops.add(block, scales, from, raw, xScale, xSum, x, y, scale);
      } else {
        int runs = columns / layout.runColumns();
        ScaleLoops.readScales(layout, scales, from, scale, minimum);
        InnerLoops.moveMinima(layout, runs, scale, minimum);
        RunLoops.add(layout, raw, 0, GROUP, 1, runs, scale, minimum, xScale, xSum, x, 0, y, 0);
      }
      from += columns;
      f += layout.form().count(columns);
    }
  }
}
