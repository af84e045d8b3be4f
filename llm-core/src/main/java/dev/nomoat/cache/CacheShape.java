package dev.nomoat.cache;

import dev.nomoat.CacheFootprint;
import dev.nomoat.CacheType;
import dev.nomoat.math.AttentionSpan;
import dev.nomoat.quant.PackedMatrix;
import java.util.Collections;
import java.util.List;

/**
 * What a position takes in the cache.
 *
 * @param layers what each layer keeps, in order
 * @param type number format
 */
public record CacheShape(List<Layer> layers, CacheType type) {
  /** Positions of a page. */
  public static final int PAGE = 64;

  /** Numbers of a value that lie together; the rest of a long head follows in further chunks. */
  public static final int CHUNK = PackedMatrix.GROUP;

  /** Tokens of a sequence that are evaluated at once, at most. */
  public static final int STEP = 256;

  /** Copies the list. */
  public CacheShape {
    layers = List.copyOf(layers);
  }

  /**
   * What a layer keeps of a position.
   *
   * @param kvHeads key/value heads; 0 when the layer has no keys and values of its own
   * @param keyDim numbers of a key
   * @param valueDim numbers of a value
   * @param valuesInKeys whether a value is the first numbers of its key, and takes nothing
   * @param span which positions a token reads: what none reads any more is not kept
   */
  public record Layer(
      int kvHeads, int keyDim, int valueDim, boolean valuesInKeys, AttentionSpan span) {
    /** A layer without keys and values. */
    public static final Layer NONE = new Layer(0, 0, 0);

    /** Checks that the values are in the keys, if they should be. */
    public Layer {
      if (valuesInKeys && valueDim > keyDim) {
        throw new IllegalArgumentException(
            "values of %d numbers in keys of %d".formatted(valueDim, keyDim));
      }
    }

    /**
     * A layer whose tokens see all positions.
     *
     * @param kvHeads key/value heads
     * @param keyDim numbers of a key
     * @param valueDim numbers of a value
     * @param valuesInKeys whether a value is the first numbers of its key
     */
    public Layer(int kvHeads, int keyDim, int valueDim, boolean valuesInKeys) {
      this(kvHeads, keyDim, valueDim, valuesInKeys, AttentionSpan.ALL);
    }

    /**
     * A layer whose values are not those of its keys, and whose tokens see all positions.
     *
     * @param kvHeads key/value heads
     * @param keyDim numbers of a key
     * @param valueDim numbers of a value
     */
    public Layer(int kvHeads, int keyDim, int valueDim) {
      this(kvHeads, keyDim, valueDim, false, AttentionSpan.ALL);
    }

    /**
     * The same, of which every position is kept.
     *
     * @return a copy whose tokens see all positions
     */
    public Layer withoutLimit() {
      return new Layer(kvHeads, keyDim, valueDim, valuesInKeys);
    }

    /** Bytes that a head's keys and values take in a page. */
    long headBytes(PageFormat format) {
      long keys = format.keyBytes(keyDim);
      return valuesInKeys ? keys : Math.addExact(keys, format.valueBytes(valueDim));
    }

    /**
     * Bytes that the layer takes in a page.
     *
     * @param type number format
     * @return those of all heads' keys and values
     */
    public long pageBytes(CacheType type) {
      return Math.multiplyExact(headBytes(PageFormat.of(type)), kvHeads);
    }
  }

  /**
   * A shape whose layers are alike, with values as long as keys.
   *
   * @param layers number of layers
   * @param kvHeads key and value heads of a layer
   * @param headDim numbers of a head
   * @param type number format
   * @return the shape
   */
  public static CacheShape uniform(int layers, int kvHeads, int headDim, CacheType type) {
    return new CacheShape(Collections.nCopies(layers, new Layer(kvHeads, headDim, headDim)), type);
  }

  /**
   * What a sequence takes.
   *
   * @return memory, by how far layers see
   */
  public CacheFootprint footprint() {
    return new PageLayout(this).footprint();
  }
}
