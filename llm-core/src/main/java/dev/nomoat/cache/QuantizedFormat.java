package dev.nomoat.cache;

import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.PanelFormat;
import java.lang.foreign.MemorySegment;

/**
 * Keys are the columns of a panel, so that a scale of each position's lie side by side; values are
 * the rows of one.
 *
 * @param panel how numbers become integers
 */
record QuantizedFormat(PanelFormat panel) implements PageFormat {
  static final QuantizedFormat Q8_0 = new QuantizedFormat(PanelFormat.Q8_0);
  static final QuantizedFormat Q4_0 = new QuantizedFormat(PanelFormat.Q4_0);

  @Override
  public long keyBytes(int dim) {
    return panel.bytes(dim);
  }

  @Override
  public long valueBytes(int dim) {
    return panel.bytes(dim);
  }

  @Override
  public void storeKey(MemorySegment page, long at, int dim, int slot, float[] key, int keyAt) {
    panel.putColumn(page, at, slot, key, keyAt, dim);
  }

  @Override
  public void storeValue(
      MemorySegment page, long at, int dim, int slot, float[] value, int valueAt) {
    panel.putRow(page, at, slot, value, valueAt, dim);
  }

  @Override
  public void readKeys(MemorySegment page, long at, int dim, Kernels kernels, float[] target) {
    kernels.decodeColumns(panel, page, at, dim, target, 0);
  }

  @Override
  public void readValues(
      MemorySegment page, long at, int dim, int positions, Kernels kernels, float[] target) {
    kernels.decodeRows(panel, page, at, dim, positions, target, 0);
  }
}
