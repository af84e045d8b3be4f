package dev.nomoat.cache;

import dev.nomoat.quant.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * What the bytes of a page mean: where the keys and values of each layer and head lie, and how to
 * write and read them. Immutable; writing to different positions is safe from any thread.
 */
final class PageLayout {
  private final CacheShape shape;
  private final PageFormat format;
  private final long[] starts; // of each layer

  /** The layout of pages of a shape. */
  PageLayout(CacheShape shape) {
    this.shape = shape;
    this.format = PageFormat.of(shape.type());
    this.starts = new long[shape.layers().size()];
    for (int layer = 1; layer < starts.length; layer++) {
      starts[layer] = starts[layer - 1] + layer(layer - 1).pageBytes(shape.type());
    }
  }

  private CacheShape.Layer layer(int index) {
    return shape.layers().get(index);
  }

  /** Where the keys of a head lie. */
  private long keys(int layer, int kvHead) {
    return starts[layer] + kvHead * layer(layer).headBytes(format);
  }

  /** Where the values of a head lie. */
  private long values(int layer, int kvHead) {
    return keys(layer, kvHead) + format.keyBytes(layer(layer).keyDim());
  }

  /**
   * Stores a head's key and value, as long as the layer's are.
   *
   * @param page memory of a page
   * @param layer which layer
   * @param kvHead which head
   * @param slot which position of the page
   * @param key numbers of the key
   * @param keyAt where they begin
   * @param value numbers of the value; not looked at when the layer's values are in its keys
   * @param valueAt where they begin
   */
  void store(
      MemorySegment page,
      int layer,
      int kvHead,
      int slot,
      float[] key,
      int keyAt,
      float[] value,
      int valueAt) {
    CacheShape.Layer row = layer(layer);
    format.storeKey(page, keys(layer, kvHead), row.keyDim(), slot, key, keyAt);
    if (!row.valuesInKeys()) {
      format.storeValue(page, values(layer, kvHead), row.valueDim(), slot, value, valueAt);
    }
  }

  /** {@link SequenceCache#readKeys} of a page's memory. */
  void readKeys(MemorySegment page, int layer, int kvHead, Kernels kernels, float[] target) {
    format.readKeys(page, keys(layer, kvHead), layer(layer).keyDim(), kernels, target);
  }

  /** {@link SequenceCache#readValues} of a page's memory. */
  void readValues(
      MemorySegment page, int layer, int kvHead, int positions, Kernels kernels, float[] target) {
    int dim = layer(layer).valueDim();
    format.readValues(page, values(layer, kvHead), dim, positions, kernels, target);
  }
}
