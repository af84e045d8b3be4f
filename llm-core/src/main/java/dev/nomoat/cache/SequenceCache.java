package dev.nomoat.cache;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of one sequence. Growing and releasing belong to the thread that schedules;
 * reading and writing positions that exist is safe from any thread as long as they are different
 * ones.
 */
public final class SequenceCache {
  private static final int PAGE = CacheShape.PAGE;

  private final PagePool pool;
  private final CacheShape shape;
  private final List<MemorySegment> pages = new ArrayList<>();

  /**
   * Makes an empty sequence.
   *
   * @param pool where pages come from
   */
  public SequenceCache(PagePool pool) {
    this.pool = pool;
    this.shape = pool.shape();
  }

  /**
   * Makes room.
   *
   * @param tokens positions 0 to tokens − 1 exist afterwards
   * @throws OutOfMemoryError when the system has no more memory
   */
  public void reserve(int tokens) {
    while (pages.size() * PAGE < tokens) {
      pages.add(pool.take());
    }
  }

  /** Gives all pages back. */
  public void release() {
    pages.forEach(pool::give);
    pages.clear();
  }

  /**
   * Stores a head's key and value.
   *
   * @param layer which layer
   * @param kvHead which head
   * @param position which position; it exists
   * @param key numbers of the key
   * @param keyAt where they begin
   * @param value numbers of the value
   * @param valueAt where they begin
   */
  public void store(
      int layer, int kvHead, int position, float[] key, int keyAt, float[] value, int valueAt) {
    MemorySegment page = pages.get(position / PAGE);
    int slot = position % PAGE;
    int headDim = shape.headDim();
    long keys = shape.keys(layer, kvHead);
    long values = shape.values(layer, kvHead) + (long) slot * headDim * shape.type().bytes();
    switch (shape.type()) {
      case F32 -> {
        for (int d = 0; d < headDim; d++) {
          page.set(JAVA_FLOAT, keys + 4L * (d * PAGE + slot), key[keyAt + d]);
          page.set(JAVA_FLOAT, values + 4L * d, value[valueAt + d]);
        }
      }
      case F16 -> {
        for (int d = 0; d < headDim; d++) {
          page.set(JAVA_SHORT, keys + 2L * (d * PAGE + slot), Float.floatToFloat16(key[keyAt + d]));
          page.set(JAVA_SHORT, values + 2L * d, Float.floatToFloat16(value[valueAt + d]));
        }
      }
    }
  }

  /**
   * Reads the keys of a page, shape [headDim, PAGE].
   *
   * @param layer which layer
   * @param kvHead which head
   * @param page which page
   * @param target receives {@code headDim · PAGE} numbers; those of positions never stored are
   *     undefined
   * @param halves scratch of the same length
   */
  public void readKeys(int layer, int kvHead, int page, float[] target, short[] halves) {
    read(pages.get(page), shape.keys(layer, kvHead), target, halves);
  }

  /**
   * Reads the values of a page, shape [PAGE, headDim].
   *
   * @param layer which layer
   * @param kvHead which head
   * @param page which page
   * @param target receives {@code PAGE · headDim} numbers; those of positions never stored are
   *     undefined
   * @param halves scratch of the same length
   */
  public void readValues(int layer, int kvHead, int page, float[] target, short[] halves) {
    read(pages.get(page), shape.values(layer, kvHead), target, halves);
  }

  private void read(MemorySegment page, long at, float[] target, short[] halves) {
    int count = PAGE * shape.headDim();
    switch (shape.type()) {
      case F32 -> MemorySegment.copy(page, JAVA_FLOAT, at, target, 0, count);
      case F16 -> {
        MemorySegment.copy(page, JAVA_SHORT, at, halves, 0, count);
        for (int i = 0; i < count; i++) {
          target[i] = Float.float16ToFloat(halves[i]);
        }
      }
    }
  }
}
