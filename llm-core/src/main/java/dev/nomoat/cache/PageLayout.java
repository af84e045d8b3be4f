package dev.nomoat.cache;

import dev.nomoat.CacheFootprint;
import dev.nomoat.math.AttentionSpan;
import dev.nomoat.quant.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What the bytes of pages mean: in which class of pages a layer is, where the keys and values of
 * each layer and head lie in a page, and how to write and read them. Immutable; writing to
 * different positions is safe from any thread.
 *
 * <p>Layers that see equally far back are a class, so that pages which none of them sees any more
 * can be given back. All classes take their memory in frames of one size, so that what one gives
 * back another can take: where there is one class, a frame is a page; where there are several, it
 * has room for the largest layer, and a page lies in as many as its layers need, each layer in one.
 */
final class PageLayout {
  private static final int NO_CLASS = -1;

  private final CacheShape shape;
  private final PageFormat format;
  private final long frameBytes;
  private final List<AttentionSpan> spans = new ArrayList<>(); // of each class
  private final int[] frames; // of each class: frames of a page
  private final int[] classes; // of each layer
  private final int[] frameOf; // of each layer, in its pages
  private final long[] starts; // of each layer, in its frame

  /** The layout of pages of a shape. */
  PageLayout(CacheShape shape) {
    this.shape = shape;
    this.format = PageFormat.of(shape.type());
    int layers = shape.layers().size();
    classes = new int[layers];
    frameOf = new int[layers];
    starts = new long[layers];
    long all = 0;
    long largest = 0;
    for (int layer = 0; layer < layers; layer++) {
      long bytes = bytes(layer);
      classes[layer] = bytes == 0 ? NO_CLASS : classOf(layer(layer).span());
      all = Math.addExact(all, bytes);
      largest = Math.max(largest, bytes);
    }
    frameBytes = spans.size() == 1 ? all : largest;
    frames = new int[spans.size()];
    for (int pageClass = 0; pageClass < frames.length; pageClass++) {
      frames[pageClass] = place(pageClass);
    }
  }

  /** The class of a span, which is a new one when no layer before had it. */
  private int classOf(AttentionSpan span) {
    if (!spans.contains(span)) {
      spans.add(span);
    }
    return spans.indexOf(span);
  }

  /** Says where the layers of a class lie; in how many frames. */
  private int place(int pageClass) {
    int frame = 0;
    long at = 0;
    for (int layer = 0; layer < classes.length; layer++) {
      if (classes[layer] == pageClass) {
        if (at + bytes(layer) > frameBytes) {
          frame++;
          at = 0;
        }
        frameOf[layer] = frame;
        starts[layer] = at;
        at += bytes(layer);
      }
    }
    return frame + 1;
  }

  private long bytes(int layer) {
    return layer(layer).pageBytes(shape.type());
  }

  /** Memory that is taken at once. */
  long frameBytes() {
    return frameBytes;
  }

  /** What a token sees in each class of pages. */
  List<AttentionSpan> spans() {
    return spans;
  }

  /** Frames of a page of a class. */
  int frames(int pageClass) {
    return frames[pageClass];
  }

  /** The class of the pages in which a layer lies. */
  int pageClass(int layer) {
    return classes[layer];
  }

  /** The first page of a class that a token sees, or a later one. */
  int firstPage(int pageClass, int position) {
    return spans.get(pageClass).first(position) / CacheShape.PAGE;
  }

  /** Bytes of the pages with what tokens from a position on see, to the end of a sequence. */
  long bytes(int position, int tokens) {
    long pages = 0;
    for (int pageClass = 0; pageClass < frames.length; pageClass++) {
      int count = Math.ceilDiv(tokens, CacheShape.PAGE) - firstPage(pageClass, position);
      pages += (long) frames[pageClass] * count;
    }
    return pages * frameBytes;
  }

  /** What a sequence takes. */
  CacheFootprint footprint() {
    List<CacheFootprint.Group> groups = new ArrayList<>();
    for (int pageClass = 0; pageClass < frames.length; pageClass++) {
      int count = 0;
      for (int other : classes) {
        count += other == pageClass ? 1 : 0;
      }
      int seen = spans.get(pageClass).length();
      groups.add(new CacheFootprint.Group(count, seen, frames[pageClass]));
    }
    return new CacheFootprint(frameBytes, groups);
  }

  private CacheShape.Layer layer(int index) {
    return shape.layers().get(index);
  }

  /** Where the keys of a head lie in their frame. */
  private long keys(int layer, int kvHead) {
    return starts[layer] + kvHead * layer(layer).headBytes(format);
  }

  /** Where the values of a head lie in their frame. */
  private long values(int layer, int kvHead) {
    return keys(layer, kvHead) + format.keyBytes(layer(layer).keyDim());
  }

  /**
   * Stores a head's key and value, as long as the layer's are.
   *
   * @param page the frames of a page of the layer's class
   * @param layer which layer
   * @param kvHead which head
   * @param slot which position of the page
   * @param key numbers of the key
   * @param keyAt where they begin
   * @param value numbers of the value; not looked at when the layer's values are in its keys
   * @param valueAt where they begin
   */
  void store(
      MemorySegment[] page,
      int layer,
      int kvHead,
      int slot,
      float[] key,
      int keyAt,
      float[] value,
      int valueAt) {
    CacheShape.Layer row = layer(layer);
    MemorySegment frame = page[frameOf[layer]];
    format.storeKey(frame, keys(layer, kvHead), row.keyDim(), slot, key, keyAt);
    if (!row.valuesInKeys()) {
      format.storeValue(frame, values(layer, kvHead), row.valueDim(), slot, value, valueAt);
    }
  }

  /** {@link SequenceCache#readKeys} of a page's memory. */
  void readKeys(MemorySegment[] page, int layer, int kvHead, Kernels kernels, float[] target) {
    format.readKeys(
        page[frameOf[layer]], keys(layer, kvHead), layer(layer).keyDim(), kernels, target);
  }

  /** {@link SequenceCache#readValues} of a page's memory. */
  void readValues(
      MemorySegment[] page, int layer, int kvHead, int positions, Kernels kernels, float[] target) {
    int dim = layer(layer).valueDim();
    MemorySegment frame = page[frameOf[layer]];
    format.readValues(frame, values(layer, kvHead), dim, positions, kernels, target);
  }
}
