package dev.nomoat.quant;

import dev.nomoat.quant.packed.FactorForm;
import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.packed.PlainLayout;
import dev.nomoat.quant.simd.InnerLoops;
import java.lang.foreign.MemorySegment;

/**
 * Cuts the product of one group of rows into panels of columns and tiles of tokens for the inner
 * loops.
 */
final class Products {
  private static final int GROUP = PackedLayout.GROUP;
  private static final int PANEL = Workspace.PANEL;
  private static final int COPIED = Workspace.COPIED;
  private static final int TILE = InnerLoops.TILE;

  /** Columns that the first cache holds as f32 numbers, where no more tokens share them. */
  private static final int NARROW_PANEL = 64;

  private Products() {}

  /** Multiplies one group with f32 activations of some tokens. */
  static void direct(
      InnerLoops loops,
      PackedMatrix w,
      int group,
      Activations x,
      int first,
      int tokens,
      float[] y,
      int yStride,
      Workspace space) {
    PackedLayout layout = w.layout();
    long offset = w.groupOffset(group);
    int cols = w.cols();
    int row = group * GROUP;
    int done = 0;
    while (tokens < Activations.FEW_TOKENS
        && done < tokens
        && loops.multiply(
            layout,
            w.data(),
            offset,
            cols,
            x.values(),
            (first + done) * cols,
            y,
            (first + done) * yStride + row)) {
      done++;
    }
    if (done == tokens) {
      return;
    }
    float[] products = space.clearedProducts(tokens);
    boolean narrow = tokens < Activations.FEW_TOKENS && layout instanceof PlainLayout;
    int step = narrow ? NARROW_PANEL : PANEL;
    for (int k = 0; k < cols; k += step) {
      int end = Math.min(cols, k + step);
      boolean copied = !(layout instanceof PlainLayout);
      if (copied && k % COPIED == 0) {
        copyPanels(w, offset, k, space);
      }
      loops.unpackWeights(
          layout,
          copied ? space.panels : w.data(),
          copied ? -layout.offsetOf(k / COPIED * COPIED) : offset,
          k,
          end,
          space.weights,
          space.scale,
          space.minimum,
          space.integers,
          space.packedScales);
      loops.accumulate(
          space.weights,
          0,
          end - k,
          x.values(),
          first * cols + k,
          cols,
          tokens,
          products,
          0,
          GROUP);
    }
    copy(products, tokens, y, first * yStride + row, yStride);
  }

  /** Multiplies one group with 8-bit activations of some tokens. */
  static void eightBit(
      InnerLoops loops,
      IntegerLayout layout,
      PackedMatrix w,
      int group,
      Activations x,
      int first,
      int tokens,
      float[] y,
      int yStride,
      Workspace space) {
    long offset = w.groupOffset(group);
    int cols = w.cols();
    int firstRow = first * x.levels();
    int rows = tokens * x.levels();
    float[] products = space.clearedProducts(tokens);
    FactorForm form = layout.form();
    if (rows == 1
        && x.hasFactors(form)
        && multiplyToken(loops, layout, w.data(), offset, x, firstRow, space)) {
      copy(products, 1, y, first * yStride + group * GROUP, yStride);
      return;
    }
    boolean inTiles =
        x.hasFactorTiles(form)
            && rows <= Activations.PACKED_ROWS
            && rows >= 2 * tiles(firstRow, rows);
    boolean inPairs = x.hasFactors(form) && Activations.few(rows) && !inTiles;
    for (int k = 0; k < cols; k += PANEL) {
      int end = Math.min(cols, k + PANEL);
      if (k % COPIED == 0) {
        copyPanels(w, offset, k, space);
      }
      MemorySegment packed = space.panels;
      long at = -layout.offsetOf(k / COPIED * COPIED);
      if (inPairs && multiplyPacked(loops, layout, packed, at, k, x, firstRow, rows, space)) {
        continue;
      }
      readScales(loops, layout, packed, at, k, space);
      boolean unpacked = false;
      int start = inTiles || x.isTiled() ? firstRow / TILE * TILE : firstRow;
      for (int tile = start; tile < firstRow + rows; tile += TILE) {
        if (!inTiles || !sumPackedTile(loops, layout, packed, at, k, x, tile, space)) {
          if (!unpacked) {
            loops.unpackIntegers(layout, packed, at, k, end, space.integers);
            unpacked = true;
          }
          sumTile(loops, layout, x, tile, k, end, space);
        }
        int from = Math.max(tile, firstRow);
        int count = Math.min(tile + TILE, firstRow + rows) - from;
        addRuns(loops, layout, k, end, x, from, count, from - firstRow, from - tile, TILE, space);
      }
    }
    copy(products, tokens, y, first * yStride + group * GROUP, yStride);
  }

  /**
   * Copies panels to a near cache, from where they are read in another order: read so from memory,
   * they would come at half the speed.
   */
  private static void copyPanels(PackedMatrix w, long offset, int from, Workspace space) {
    PackedLayout layout = w.layout();
    long begin = layout.offsetOf(from);
    long end = Math.min(layout.offsetOf(from + COPIED), layout.groupBytes());
    MemorySegment.copy(w.data(), offset + begin, space.panels, 0, end - begin);
  }

  /** Tiles of which some rows are. */
  private static int tiles(int firstRow, int rows) {
    return (firstRow + rows - 1) / TILE - firstRow / TILE + 1;
  }

  /** False when the loops have no such path. */
  private static boolean sumPackedTile(
      InnerLoops loops,
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      Activations x,
      int firstRow,
      Workspace space) {
    FactorForm form = layout.form();
    return loops.sumPackedTile(
        layout,
        packed,
        offset,
        from,
        x.factorTiles(form),
        x.factorTilesAt(form, firstRow, from),
        space.raw);
  }

  private static void sumTile(
      InnerLoops loops,
      IntegerLayout layout,
      Activations x,
      int firstRow,
      int from,
      int to,
      Workspace space) {
    if (x.isTiled()) {
      int at = (firstRow / TILE * x.cols() + from) * TILE;
      loops.sumTile(layout, space.integers, to - from, x.tiles, at, space.raw);
    } else {
      x.gatherTile(firstRow, from, to, space.tile);
      loops.sumTile(layout, space.integers, to - from, space.tile, 0, space.raw);
    }
  }

  /** One row of the activations; false when the loops have no such path. */
  private static boolean multiplyToken(
      InnerLoops loops,
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      Activations x,
      int row,
      Workspace space) {
    FactorForm form = layout.form();
    int run = row * x.cols() / PackedLayout.RUN;
    return loops.multiplyToken(
        layout,
        packed,
        offset,
        x.factors(form),
        x.factorsAt(form, row, 0),
        x.quarterSums,
        run * InnerLoops.QUARTERS,
        x.scale,
        x.runSums(layout),
        run,
        space.products,
        space.raw,
        space.scale,
        space.minimum,
        space.packedScales);
  }

  /**
   * A panel of a few tokens, straight from packed memory; false when the loops have no such path.
   */
  private static boolean multiplyPacked(
      InnerLoops loops,
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      Activations x,
      int firstRow,
      int rows,
      Workspace space) {
    int to = from + layout.panelColumns(from);
    for (int t = 0; t < rows; t += 2) {
      int count = Math.min(2, rows - t);
      if (!sum(loops, layout, packed, offset, from, x, firstRow + t, count, space)) {
        return false;
      }
      if (t == 0) {
        readScales(loops, layout, packed, offset, from, space);
      }
      addRuns(loops, layout, from, to, x, firstRow + t, count, t, 0, count, space);
    }
    return true;
  }

  /** Raw sums of a panel of one or two tokens; false when the loops have no such path. */
  private static boolean sum(
      InnerLoops loops,
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      Activations x,
      int row,
      int tokens,
      Workspace space) {
    FactorForm form = layout.form();
    int runs = x.cols() / PackedLayout.RUN;
    return loops.sum(
        layout,
        packed,
        offset,
        from,
        tokens,
        x.factors(form),
        x.factorsAt(form, row, from),
        x.factorsStride(form),
        x.quarterSums,
        (row * runs + from / PackedLayout.RUN) * InnerLoops.QUARTERS,
        runs * InnerLoops.QUARTERS,
        space.raw);
  }

  /** Reads scales, and minima as they are where the centre of the integers' range counts as 0. */
  private static void readScales(
      InnerLoops loops,
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      Workspace space) {
    loops.readScales(layout, packed, offset, from, space.scale, space.minimum, space.packedScales);
    int runs = layout.panelColumns(from) / layout.runColumns();
    InnerLoops.moveMinima(layout, runs, space.scale, space.minimum);
  }

  /**
   * Adds raw sums of rows of the activations.
   *
   * @param xRow the first of these rows
   * @param count how many
   * @param row the first, counted from that of the first product
   * @param tileRow the first, counted from that of the first raw sum
   * @param tileRows rows of the raw sums
   */
  private static void addRuns(
      InnerLoops loops,
      IntegerLayout layout,
      int from,
      int to,
      Activations x,
      int xRow,
      int count,
      int row,
      int tileRow,
      int tileRows,
      Workspace space) {
    int together = x.levels() == 1 ? count : 1; // levels of a token have one product
    for (int i = 0; i < count; i += together) {
      loops.addRuns(
          layout,
          space.raw,
          (tileRow + i) * GROUP,
          tileRows * GROUP,
          together,
          (to - from) / layout.runColumns(),
          space.scale,
          space.minimum,
          x.scale,
          x.runSums(layout),
          ((xRow + i) * x.cols() + from) / PackedLayout.RUN,
          x.cols() / PackedLayout.RUN,
          space.products,
          (row + i) / x.levels() * GROUP);
    }
  }

  private static void copy(float[] products, int tokens, float[] y, int yAt, int yStride) {
    for (int t = 0; t < tokens; t++) {
      System.arraycopy(products, t * GROUP, y, yAt + t * yStride, GROUP);
    }
  }
}
