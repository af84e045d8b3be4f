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
    int f = factorsAt;
    int sums = sumsAt;
    int s = xScaleAt;
    int m = xSumAt;
    for (int at = from; at < to; ) {
      int columns = layout.panelColumns(at);
      int runs = columns / layout.runColumns();
      IntegerLoops.sum(layout, w, offset, at, factors, f, quarterSums, sums, raw, 0, GROUP, scales);
      if (layout instanceof SuperBlockLayout block) {
        SuperRunLoops.add(block, scales, at, raw, xScale, s, xSum, m, y, yAt, scale);
      } else {
        ScaleLoops.readScales(layout, scales, at, scale, minimum);
        InnerLoops.moveMinima(layout, runs, scale, minimum);
        RunLoops.add(layout, raw, 0, GROUP, 1, runs, scale, minimum, xScale, s, xSum, m, y, yAt);
      }
      at += columns;
      f += layout.form().count(columns);
      sums += columns / PackedLayout.RUN * InnerLoops.QUARTERS;
      s += columns / PackedLayout.RUN * InnerLoops.TILE;
      m += runs * InnerLoops.TILE;
    }
  }
}
