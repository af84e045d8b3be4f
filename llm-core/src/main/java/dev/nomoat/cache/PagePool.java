package dev.nomoat.cache;

import dev.nomoat.CacheFootprint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Where sequences take memory from and give it back: frames for the pages of all classes, and
 * recurrent state. It is never given back to the system before the arena closes. Not thread-safe:
 * it belongs to the thread that schedules.
 *
 * <p>Pages and states of sequences that have ended are remembered with their {@linkplain PrefixTree
 * tokens}, until others need the memory.
 */
public final class PagePool {
  private final CacheShape shape;
  private final Arena arena;
  private final PageLayout layout;
  private final CacheFootprint footprint;
  private final StateShape stateShape;
  private final long stateBytes;
  private final long[] stateStarts; // of each layer
  private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
  private final ArrayDeque<MemorySegment> freeStates = new ArrayDeque<>();
  private final PrefixTree known;
  private final int mostFrames;
  private final int mostStates;
  private int frames; // that were allocated
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
   * @param mostFrames frames that there may be
   * @param mostStates recurrent states that there may be, where sequences have some, those that are
   *     remembered included
   */
  public PagePool(CacheShape shape, StateShape state, Arena arena, int mostFrames, int mostStates) {
    this.shape = shape;
    this.stateShape = state;
    this.stateBytes = state.bytes();
    this.arena = arena;
    this.mostFrames = mostFrames;
    this.mostStates = mostStates;
    this.layout = new PageLayout(shape);
    this.footprint = layout.footprint();
    this.known = new PrefixTree(layout.spans(), stateBytes > 0, this::give, this::giveState);
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
   * Recurrent state of a sequence.
   *
   * @return the shape
   */
  public StateShape stateShape() {
    return stateShape;
  }

  /**
   * What a sequence takes.
   *
   * @return memory, by how far layers see
   */
  public CacheFootprint footprint() {
    return footprint;
  }

  /**
   * Frames that there may be.
   *
   * @return how many
   */
  public int mostFrames() {
    return mostFrames;
  }

  /**
   * Recurrent states that sequences may hold at a time, saved ones included.
   *
   * @return how many; very many where sequences have none
   */
  public int mostStates() {
    return hasState() ? mostStates : Integer.MAX_VALUE;
  }

  /**
   * Frames that were allocated.
   *
   * @return how many
   */
  public int allocatedFrames() {
    return frames;
  }

  /**
   * Frames that sequences hold.
   *
   * @return how many; one that several hold counts once
   */
  public int used() {
    return frames - free.size() - known.unused();
  }

  /**
   * Frames that nobody holds, but that are remembered with the tokens of their pages.
   *
   * @return how many
   */
  public int remembered() {
    return known.unused();
  }

  /**
   * Frames that a sequence could take now.
   *
   * @return how many
   */
  public int available() {
    return mostFrames - frames + free.size() + known.unused();
  }

  /**
   * Pages that were forgotten because others needed the memory.
   *
   * @return how many, since the pool was made
   */
  public long evictions() {
    return known.evictions();
  }

  /**
   * Recurrent states that sequences hold.
   *
   * @return how many
   */
  public int usedStates() {
    return states - freeStates.size() - known.unusedStates();
  }

  /** Forgets all tokens of pages and states that no sequence holds. */
  public void forget() {
    while (known.evict() || known.evictState()) {
      // the tree gives the memory back
    }
  }

  /** What the bytes of pages mean. */
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

  /** Memory for a state; null when there is none left, and none to forget. */
  @Nullable MemorySegment takeState() {
    if (!freeStates.isEmpty()) {
      return freeStates.pop();
    }
    if (states == mostStates) {
      return known.evictState() ? freeStates.pop() : null;
    }
    try {
      MemorySegment memory = arena.allocate(stateBytes, 64);
      states++;
      return memory;
    } catch (OutOfMemoryError e) {
      // the system has less than the budget
      if (!known.evictState()) {
        throw e;
      }
      return freeStates.pop();
    }
  }

  void giveState(MemorySegment memory) {
    freeStates.push(memory);
  }

  /** Frames for a page of a class; null when there are not enough, with what can be forgotten. */
  MemorySegment @Nullable [] take(int pageClass) {
    MemorySegment[] page = new MemorySegment[layout.frames(pageClass)];
    if (available() < page.length) {
      return null;
    }
    while (free.size() < page.length) {
      if (frames == mostFrames || !grow()) {
        known.evict();
      }
    }
    for (int i = 0; i < page.length; i++) {
      page[i] = free.pop();
    }
    return page;
  }

  /**
   * Adds a frame; false when the system has less memory than the budget, and some can be forgotten.
   */
  private boolean grow() {
    try {
      free.push(arena.allocate(layout.frameBytes(), 64));
      frames++;
      return true;
    } catch (OutOfMemoryError e) {
      if (known.unused() == 0) {
        throw e;
      }
      return false;
    }
  }

  void give(MemorySegment[] page) {
    for (MemorySegment frame : page) {
      free.push(frame);
    }
  }
}
