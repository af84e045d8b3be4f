package dev.nomoat;

import dev.nomoat.cache.CacheShape;
import java.util.List;

/**
 * What keys and values of a sequence take in the cache. Layers whose tokens see equally far back
 * form a group. Of a group that sees all, every position is kept; of one that sees a window or a
 * chunk, what the next tokens can still see. Memory is taken in frames of one size, for 64
 * positions of a group at a time. Immutable.
 *
 * @param frameBytes memory of a frame
 * @param groups the groups; none when no layer has keys and values
 */
public record CacheFootprint(long frameBytes, List<Group> groups) {
  /** Copies the list. */
  public CacheFootprint {
    groups = List.copyOf(groups);
  }

  /**
   * Layers whose tokens see equally far back.
   *
   * @param layers how many layers
   * @param seen positions that a token sees at most, itself included; 0 when it sees all
   * @param frames frames that 64 positions of these layers take
   */
  public record Group(int layers, int seen, int frames) {
    /** Pages that a sequence of so many tokens holds at most while it is evaluated. */
    private long pages(int tokens) {
      long all = Math.ceilDiv(tokens, CacheShape.PAGE);
      if (seen == 0) {
        return all;
      }
      // what the first token of a step sees before itself, and the step; from anywhere in a page
      long kept = seen - 1L + CacheShape.STEP;
      return Math.min(all, Math.ceilDiv(kept - 1, CacheShape.PAGE) + 1);
    }
  }

  /**
   * Frames that a sequence holds at most while it is evaluated. Of a group that sees {@code seen}
   * positions, these are the pages of {@code min(tokens, seen - 1 + 256)} positions, and one more
   * where they may begin within a page: up to 256 tokens are evaluated at once.
   *
   * @param tokens its length, 0 or more
   * @return how many
   */
  public long frames(int tokens) {
    long frames = 0;
    for (int i = 0; i < groups.size(); i++) {
      frames += groups.get(i).pages(tokens) * groups.get(i).frames();
    }
    return frames;
  }

  /**
   * Memory that a sequence takes at most while it is evaluated.
   *
   * @param tokens its length, 0 or more
   * @return bytes of all its {@linkplain #frames frames}
   * @throws ArithmeticException when they are too many for a number
   */
  public long bytes(int tokens) {
    return Math.multiplyExact(frames(tokens), frameBytes);
  }
}
