package dev.nomoat.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Where sequences take memory from and give it back: pages, and recurrent state. It is never given
 * back to the system before the arena closes. Not thread-safe: it belongs to the thread that
 * schedules.
 */
public final class PagePool {
  private final CacheShape shape;
  private final Arena arena;
  private final long[] starts; // of each layer in a page
  private final long stateBytes;
  private final long[] stateStarts; // of each layer
  private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
  private final ArrayDeque<MemorySegment> freeStates = new ArrayDeque<>();
  private int used;

  /**
   * Makes an empty pool for sequences without recurrent state.
   *
   * @param shape what a page holds
   * @param arena where the memory comes from; borrowed
   */
  public PagePool(CacheShape shape, Arena arena) {
    this(shape, StateShape.NONE, arena);
  }

  /**
   * Makes an empty pool.
   *
   * @param shape what a page holds
   * @param state recurrent state of a sequence
   * @param arena where the memory comes from; borrowed
   */
  public PagePool(CacheShape shape, StateShape state, Arena arena) {
    this.shape = shape;
    this.stateBytes = state.bytes();
    this.arena = arena;
    this.starts = new long[shape.layers().size()];
    for (int layer = 1; layer < starts.length; layer++) {
      starts[layer] = starts[layer - 1] + bytes(shape.layers().get(layer - 1).numbers());
    }
    this.stateStarts = new long[state.layers().size()];
    for (int layer = 1; layer < stateStarts.length; layer++) {
      stateStarts[layer] = stateStarts[layer - 1] + 4L * state.layers().get(layer - 1);
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
    return starts[layer] + bytes((long) kvHead * row.headNumbers());
  }

  /** Where the values of a head lie in a page. */
  long values(int layer, int kvHead) {
    return keys(layer, kvHead) + bytes(shape.layers().get(layer).keyDim());
  }

  /** Whether sequences have recurrent state. */
  boolean hasState() {
    return stateBytes > 0;
  }

  /** Where the state of a layer begins, in bytes. */
  long stateStart(int layer) {
    return stateStarts[layer];
  }

  MemorySegment takeState() {
    return freeStates.isEmpty() ? arena.allocate(stateBytes, 64) : freeStates.pop();
  }

  void giveState(MemorySegment memory) {
    freeStates.push(memory);
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
