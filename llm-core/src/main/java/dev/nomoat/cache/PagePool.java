package dev.nomoat.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Where sequences take memory from and give it back: pages, and recurrent state. It is never given
 * back to the system before the arena closes. Not thread-safe: it belongs to the thread that
 * schedules.
 *
 * <p>Pages of sequences that have ended are remembered with their {@linkplain PrefixTree tokens},
 * until others need the memory.
 */
public final class PagePool {
  private final CacheShape shape;
  private final Arena arena;
  private final PageLayout layout;
  private final long stateBytes;
  private final long[] stateStarts; // of each layer
  private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
  private final ArrayDeque<MemorySegment> freeStates = new ArrayDeque<>();
  private final PrefixTree known = new PrefixTree();
  private final int mostPages;
  private final int mostStates;
  private int pages; // that were allocated
  private int states;

  /**
   * Makes an empty pool for sequences without recurrent state, and without a limit.
   *
   * @param shape what a page holds
   * @param arena where the memory comes from; borrowed
   */
  public PagePool(CacheShape shape, Arena arena) {
    this(shape, StateShape.NONE, arena);
  }

  /**
   * Makes an empty pool without a limit.
   *
   * @param shape what a page holds
   * @param state recurrent state of a sequence
   * @param arena where the memory comes from; borrowed
   */
  public PagePool(CacheShape shape, StateShape state, Arena arena) {
    this(shape, state, arena, Integer.MAX_VALUE, Integer.MAX_VALUE);
  }

  /**
   * Makes an empty pool.
   *
   * @param shape what a page holds
   * @param state recurrent state of a sequence
   * @param arena where the memory comes from; borrowed
   * @param mostPages pages that there may be
   * @param mostStates recurrent states that there may be, where sequences have some
   */
  public PagePool(CacheShape shape, StateShape state, Arena arena, int mostPages, int mostStates) {
    this.shape = shape;
    this.stateBytes = state.bytes();
    this.arena = arena;
    this.mostPages = mostPages;
    this.mostStates = mostStates;
    this.layout = new PageLayout(shape);
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
   * Pages that there may be.
   *
   * @return how many
   */
  public int mostPages() {
    return mostPages;
  }

  /**
   * Sequences that there may be at a time, because of their recurrent state.
   *
   * @return how many
   */
  public int mostSequences() {
    return hasState() ? mostStates : Integer.MAX_VALUE;
  }

  /**
   * Pages that were allocated.
   *
   * @return how many
   */
  public int allocatedPages() {
    return pages;
  }

  /**
   * Pages that sequences hold.
   *
   * @return how many; one that several hold counts once
   */
  public int used() {
    return pages - free.size() - known.unused();
  }

  /**
   * Pages that nobody holds, but that are remembered with their tokens.
   *
   * @return how many
   */
  public int remembered() {
    return known.unused();
  }

  /**
   * Pages that a sequence could take now.
   *
   * @return how many
   */
  public int available() {
    return mostPages - pages + free.size() + known.unused();
  }

  /**
   * Pages that were forgotten because others needed the memory.
   *
   * @return how many, since the pool was made
   */
  public long evictions() {
    return known.evictions();
  }

  /** Forgets all tokens of pages that no sequence holds. */
  public void forget() {
    for (MemorySegment page = known.evict(); page != null; page = known.evict()) {
      free.push(page);
    }
  }

  /** What the bytes of a page mean. */
  PageLayout layout() {
    return layout;
  }

  /** Pages that are found by their tokens. */
  PrefixTree known() {
    return known;
  }

  /** Whether sequences have recurrent state. */
  boolean hasState() {
    return stateBytes > 0;
  }

  /** Where the state of a layer begins, in bytes. */
  long stateStart(int layer) {
    return stateStarts[layer];
  }

  /** Memory for a state; null when there is none left. */
  @Nullable MemorySegment takeState() {
    if (!freeStates.isEmpty()) {
      return freeStates.pop();
    }
    if (states == mostStates) {
      return null;
    }
    MemorySegment memory = arena.allocate(stateBytes, 64);
    states++;
    return memory;
  }

  void giveState(MemorySegment memory) {
    freeStates.push(memory);
  }

  /** A page; null when there is none left, and none to forget. */
  @Nullable MemorySegment take() {
    if (!free.isEmpty()) {
      return free.pop();
    }
    if (pages == mostPages) {
      return known.evict();
    }
    MemorySegment page = arena.allocate(shape.pageBytes(), 64);
    pages++;
    return page;
  }

  void give(MemorySegment page) {
    free.push(page);
  }
}
