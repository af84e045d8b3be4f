package dev.nomoat.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Where sequences take pages from and give them back. Pages are never given back to the system
 * before the arena closes. Not thread-safe: it belongs to the thread that schedules.
 */
public final class PagePool {
  private final CacheShape shape;
  private final Arena arena;
  private final long[] starts; // of each layer in a page
  private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
  private int used;

  /**
   * Makes an empty pool.
   *
   * @param shape what a page holds
   * @param arena where the memory comes from; borrowed
   */
  public PagePool(CacheShape shape, Arena arena) {
    this.shape = shape;
    this.arena = arena;
    this.starts = new long[shape.layers().size()];
    for (int layer = 1; layer < starts.length; layer++) {
      starts[layer] = starts[layer - 1] + bytes(shape.layers().get(layer - 1).numbers());
    }
  }

  /**
   * What a page holds.
   *
   * @return the shape
   */
  public CacheShape shape() {
    return shape;
  }

  /**
   * Pages that sequences hold.
   *
   * @return how many
   */
  public int used() {
    return used;
  }

  private long bytes(long numbers) {
    return numbers * CacheShape.PAGE * shape.type().bytes();
  }

  /** Where the keys of a head lie in a page. */
  long keys(int layer, int kvHead) {
    CacheShape.Layer row = shape.layers().get(layer);
    return starts[layer] + bytes((long) kvHead * (row.keyDim() + row.valueDim()));
  }

  /** Where the values of a head lie in a page. */
  long values(int layer, int kvHead) {
    return keys(layer, kvHead) + bytes(shape.layers().get(layer).keyDim());
  }

  MemorySegment take() {
    MemorySegment page = free.isEmpty() ? arena.allocate(shape.pageBytes(), 64) : free.pop();
    used++;
    return page;
  }

  void give(MemorySegment page) {
    used--;
    free.push(page);
  }
}
