package dev.nomoat.quant;

import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.simd.InnerLoops;
import java.util.Arrays;

/**
 * Cuts the product of one group of rows into panels and tiles for the inner loops. The arguments
 * stand in a workspace, so that a product allocates nothing.
 */
final class Products {
  static final int TILE = InnerLoops.TILE;
  private static final int GROUP = PackedLayout.GROUP;
  private static final int PANEL = PackedLayout.PANEL;

  /**
   * From this many tokens on, decoding a panel to f32 once costs less than reading the packed
   * weights each time.
   */
  private static final int PANEL_TOKENS = 4;

  private Products() {}

  /** Multiplies one group with tokens {@code from} to {@code to}. */
  static void group(
      InnerLoops loops,
      PackedMatrix w,
      int group,
      Activations x,
      boolean eightBit,
      int from,
      int to,
      float[] y,
      int yStride,
      Workspace space) {
    int rest = from;
    if (to - from < PANEL_TOKENS) {
      while (rest < to
          && single(loops, w, group, x, eightBit, rest, y, rest * yStride + group * GROUP, space)) {
        rest++;
      }
    }
    if (rest < to) {
      panels(loops, w, group, x, eightBit, rest, to, y, yStride, space);
    }
  }

  /** One token, straight from packed memory; false when the loops have no such path. */
  private static boolean single(
      InnerLoops loops,
      PackedMatrix w,
      int group,
      Activations x,
      boolean eightBit,
      int token,
      float[] y,
      int yAt,
      Workspace space) {
    PackedLayout layout = w.layout();
    int cols = w.cols();
    long offset = w.groupOffset(group);
    int run = layout.scaleColumns();
    if (run == 0) {
      return loops.multiplyDirect(layout, w.data(), offset, cols, x.direct.x, token * cols, y, yAt);
    }
    Activations.Form form = eightBit ? x.quantized : x.direct;
    int xRuns = cols / 32;
    Arrays.fill(y, yAt, yAt + GROUP, 0f);
    for (int k = 0; k < cols; k += PANEL) {
      int end = Math.min(cols, k + PANEL);
      boolean summed =
          eightBit
              ? loops.sumIntegers(
                  layout,
                  w.data(),
                  offset,
                  k,
                  end,
                  x.pairs,
                  token * cols / 2,
                  x.integerSums,
                  token * xRuns,
                  space.raw,
                  space.sums)
              : loops.sumDirect(layout, w.data(), offset, k, end, form.x, token * cols, space.sums);
      if (!summed) {
        return false;
      }
      loops.readScales(layout, w.data(), offset, k, end, space.scale, space.minimum);
      loops.scaleRuns(
          space.sums,
          (end - k) / run,
          run == 16 ? 1 : 0,
          space.scale,
          space.minimum,
          layout.hasMinimum(),
          form.scale,
          form.sum,
          token * xRuns + k / 32,
          xRuns,
          1,
          y,
          yAt,
          0);
    }
    return true;
  }

  /** Any number of tokens: each panel is decoded once and used for all. */
  private static void panels(
      InnerLoops loops,
      PackedMatrix w,
      int group,
      Activations x,
      boolean eightBit,
      int from,
      int to,
      float[] y,
      int yStride,
      Workspace space) {
    PackedLayout layout = w.layout();
    int cols = w.cols();
    int row = group * GROUP;
    for (int t = from; t < to; t++) {
      Arrays.fill(y, t * yStride + row, t * yStride + row + GROUP, 0f);
    }
    Activations.Form form = eightBit ? x.quantized : x.direct;
    int run = layout.scaleColumns();
    int xRuns = cols / 32;
    for (int k = 0; k < cols; k += PANEL) {
      int end = Math.min(cols, k + PANEL);
      loops.readPanel(layout, w.data(), w.groupOffset(group), k, end, space.panel);
      loops.readScales(layout, w.data(), w.groupOffset(group), k, end, space.scale, space.minimum);
      for (int t = from; t < to; t += TILE) {
        int count = Math.min(TILE, to - t);
        int xAt = t * cols + k;
        int yAt = t * yStride + row;
        if (run == 0) {
          loops.accumulate(space.panel, end - k, form.x, xAt, cols, count, y, yAt, yStride);
        } else {
          int runs = (end - k) / run;
          loops.sumRuns(space.panel, run, runs, form.x, xAt, cols, count, space.sums);
          loops.scaleRuns(
              space.sums,
              runs,
              run == 16 ? 1 : 0,
              space.scale,
              space.minimum,
              layout.hasMinimum(),
              form.scale,
              form.sum,
              t * xRuns + k / 32,
              xRuns,
              count,
              y,
              yAt,
              yStride);
        }
      }
    }
  }
}
