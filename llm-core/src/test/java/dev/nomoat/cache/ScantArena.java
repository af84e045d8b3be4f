package dev.nomoat.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Has memory for so many pieces only, as a system that has less than it was asked for. */
public final class ScantArena implements Arena {
  private final Arena arena;
  private int left;

  /**
   * Makes one.
   *
   * @param arena where the pieces come from; closed with this one
   * @param left how many there are
   */
  public ScantArena(Arena arena, int left) {
    this.arena = arena;
    this.left = left;
  }

  @Override
  public MemorySegment allocate(long bytes, long alignment) {
    if (left == 0) {
      throw new OutOfMemoryError("no piece is left");
    }
    left--;
    return arena.allocate(bytes, alignment);
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
