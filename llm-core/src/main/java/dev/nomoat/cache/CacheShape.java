package dev.nomoat.cache;

import dev.nomoat.CacheType;
import dev.nomoat.quant.PackedMatrix;

/**
 * What a position takes in the cache.
 *
 * @param layers number of layers
 * @param kvHeads key and value heads of a layer
 * @param headDim numbers of a head
 * @param type number format
 */
public record CacheShape(int layers, int kvHeads, int headDim, CacheType type) {
  /** Positions of a page. */
  public static final int PAGE = 64;

  /** Numbers of a value that lie together; the rest of a long head follows in further chunks. */
  public static final int CHUNK = PackedMatrix.GROUP;

  /**
   * Bytes of the keys, or of the values, of one head of one layer in a page.
   *
   * @return bytes
   */
  public long headBytes() {
    return (long) PAGE * headDim * type.bytes();
  }

  /**
   * Bytes of a page.
   *
   * @return bytes
   */
  public long pageBytes() {
    return Math.multiplyExact(2L * layers * kvHeads, headBytes());
  }

  /**
   * Bytes that a sequence takes.
   *
   * @param tokens its length, 0 or more
   * @return bytes, in whole pages
   */
  public long bytes(int tokens) {
    return Math.multiplyExact(Math.ceilDiv(tokens, PAGE), pageBytes());
  }

  long keys(int layer, int kvHead) {
    return 2 * ((long) layer * kvHeads + kvHead) * headBytes();
  }

  long values(int layer, int kvHead) {
    return keys(layer, kvHead) + headBytes();
  }
}
