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
    int firstRow = first * x.levels();
    int rows = tokens * x.levels();
    space.clearedProducts(rows);
    if (loops.readPacked() && x.isPacked(layout.form(), rows)) {
      multiplyPacked(loops, layout, w, offset, x, firstRow, rows, space);
    } else {
      multiplyUnpacked(loops, layout, w, offset, x, firstRow, rows, space);
    }
    int yAt = first * yStride + group * GROUP;
    if (x.levels() == 1) {
      copy(space.products, tokens, y, yAt, yStride);
    } else {
      addLevels(space.products, tokens, y, yAt, yStride);
    }
  }

  /**
   * Straight from packed memory: rows by themselves that are not in whole tiles, then tile by tile.
   * The first row by itself brings the weights near for all others while it is multiplied.
   */
  private static void multiplyPacked(
      InnerLoops loops,
      IntegerLayout layout,
      PackedMatrix w,
      long offset,
      Activations x,
      int firstRow,
      int rows,
      Workspace space) {
    int endRow = firstRow + rows;
    int firstTile = endRow;
    int endTile = endRow;
    if (x.hasFactorTiles(layout.form())) {
      firstTile = Math.min(endRow, Math.ceilDiv(firstRow, TILE) * TILE);
      endTile = Math.max(firstTile, endRow / TILE * TILE);
    }
    int inTiles = endTile - firstTile;
    int single = rows - inTiles;
    int streamed = streamed(layout.form(), single, rows);
    for (int k = 0; k < w.cols(); k += COPIED) {
      int end = Math.min(w.cols(), k + COPIED);
      for (int i = 0; i < streamed; i++) {
        int row = firstRow + i < firstTile ? firstRow + i : firstRow + i + inTiles;
        multiplyRow(loops, layout, w, offset, k, end, x, row, row - firstRow, space);
      }
      if (streamed == rows) {
        continue;
      }
      if (streamed == 0) {
        copyPanels(w, offset, k, space);
      }
      MemorySegment packed = streamed == 0 ? space.panels : w.data();
      long at = streamed == 0 ? -layout.offsetOf(k) : offset;
      for (int panel = k; panel < end; panel += PANEL) {
        readScales(loops, layout, packed, at, panel, space);
        for (int i = streamed; i < single; i++) {
          int row = firstRow + i < firstTile ? firstRow + i : firstRow + i + inTiles;
          sumPackedRow(loops, layout, packed, at, panel, x, row, space);
          addRuns(loops, layout, panel, x, row, 1, row - firstRow, 0, space);
        }
        for (int row = firstTile; row < endTile; row += TILE) {
          sumPackedTile(loops, layout, packed, at, panel, x, row, space);
          addRuns(loops, layout, panel, x, row, TILE, row - firstRow, 0, space);
        }
      }
    }
  }

  /** How many rows by themselves are multiplied while the weights are read from memory. */
  private static int streamed(FactorForm form, int single, int rows) {
    if (rows == 1 || (form.hasTiles() && rows == 2)) {
      return single; // so few that each may as well decode the scales for itself
    }
    return form.hasTiles() ? Math.min(single, 1) : 0;
  }

  private static void multiplyUnpacked(
      InnerLoops loops,
      IntegerLayout layout,
      PackedMatrix w,
      long offset,
      Activations x,
      int firstRow,
      int rows,
      Workspace space) {
    for (int k = 0; k < w.cols(); k += PANEL) {
      int end = Math.min(w.cols(), k + PANEL);
      if (k % COPIED == 0) {
        copyPanels(w, offset, k, space);
      }
      long at = -layout.offsetOf(k / COPIED * COPIED);
      readScales(loops, layout, space.panels, at, k, space);
      loops.unpackIntegers(layout, space.panels, at, k, end, space.integers);
      for (int tile = firstRow / TILE * TILE; tile < firstRow + rows; tile += TILE) {
        sumTile(loops, layout, x, tile, k, end, space);
        int from = Math.max(tile, firstRow);
        int count = Math.min(tile + TILE, firstRow + rows) - from;
        addRuns(loops, layout, k, x, from, count, from - firstRow, from - tile, space);
      }
    }
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

  /** Some panels of one row of the activations. */
  private static void multiplyRow(
      InnerLoops loops,
      IntegerLayout layout,
      PackedMatrix w,
      long offset,
      int from,
      int to,
      Activations x,
      int row,
      int productsRow,
      Workspace space) {
    FactorForm form = layout.form();
    loops.multiplyToken(
        layout,
        w.data(),
        offset,
        from,
        to,
        x.factors(form),
        x.factorsAt(form, row, from),
        x.quarterSums,
        x.quarterSumsAt(row, from),
        x.scale,
        x.scaleAt(row, from),
        x.runSums(layout),
        x.runSumsAt(layout, row, from),
        space.products,
        productsRow * GROUP,
        space.raw,
        space.scale,
        space.minimum,
        space.packedScales);
  }

  /** Raw sums of a panel of a row. */
  private static void sumPackedRow(
      InnerLoops loops,
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      Activations x,
      int row,
      Workspace space) {
    FactorForm form = layout.form();
    loops.sumPacked(
        layout,
        packed,
        offset,
        from,
        x.factors(form),
        x.factorsAt(form, row, from),
        x.quarterSums,
        x.quarterSumsAt(row, from),
        space.raw);
  }

  /** Raw sums of a panel of a tile. */
  private static void sumPackedTile(
      InnerLoops loops,
      IntegerLayout layout,
      MemorySegment packed,
      long offset,
      int from,
      Activations x,
      int firstRow,
      Workspace space) {
    FactorForm form = layout.form();
    loops.sumPackedTile(
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
      loops.sumTile(
          layout, space.integers, to - from, x.tiles, x.tilesAt(firstRow, from), space.raw);
    } else {
      x.gatherTile(firstRow, from, to, space.tile);
      loops.sumTile(layout, space.integers, to - from, space.tile, 0, space.raw);
    }
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
   * Adds raw sums of a panel for rows of the activations.
   *
   * @param xRow the first of these rows
   * @param count how many, none of them in another tile
   * @param row the first, counted from that of the first product
   * @param tileRow the first, counted from that of the first raw sum
   */
  private static void addRuns(
      InnerLoops loops,
      IntegerLayout layout,
      int from,
      Activations x,
      int xRow,
      int count,
      int row,
      int tileRow,
      Workspace space) {
    loops.addRuns(
        layout,
        space.raw,
        tileRow * GROUP,
        TILE * GROUP,
        count,
        layout.panelColumns(from) / layout.runColumns(),
        space.scale,
        space.minimum,
        x.scale,
        x.scaleAt(xRow, from),
        x.runSums(layout),
        x.runSumsAt(layout, xRow, from),
        space.products,
        row * GROUP);
  }

  private static void copy(float[] products, int tokens, float[] y, int yAt, int yStride) {
    for (int t = 0; t < tokens; t++) {
      System.arraycopy(products, t * GROUP, y, yAt + t * yStride, GROUP);
    }
  }

  /** From the products of two levels of each token to their sums. */
  private static void addLevels(float[] products, int tokens, float[] y, int yAt, int yStride) {
    for (int t = 0; t < tokens; t++) {
      int first = 2 * t * GROUP;
      int to = yAt + t * yStride;
      for (int i = 0; i < GROUP; i++) {
        y[to + i] = products[first + i] + products[first + GROUP + i];
      }
    }
  }
}
