package dev.nomoat.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Counts what is allocated, and has memory for so many pieces only, as a small system may. */
public final class CountingArena implements Arena {
  private final Arena arena;
  private final int most;
  private int allocations;
  private long bytes;

  /**
   * Makes one.
   *
   * @param arena where the pieces come from; closed with this one
   * @param most how many there are
   */
  public CountingArena(Arena arena, int most) {
    this.arena = arena;
    this.most = most;
  }

  int allocations() {
    return allocations;
  }

  long bytes() {
    return bytes;
  }

  @Override
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    if (allocations == most) {
      throw new OutOfMemoryError("no piece is left");
    }
    allocations++;
    bytes += byteSize;
    return arena.allocate(byteSize, byteAlignment);
  }

  @Override
  public MemorySegment.Scope scope() {
    return arena.scope();
  }

  @Override
  public void close() {
    arena.close();
  }
}
