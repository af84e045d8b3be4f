package dev.nomoat.model;

import dev.nomoat.cache.CacheShape;
import dev.nomoat.math.AttentionSpan;
import java.util.Optional;

/**
 * What mixes the positions of a sequence in a block, and by which sizes: attention, attention to
 * latents, or a recurrence.
 */
public sealed interface Mixer permits Mixer.Attention, LatentAttention, Recurrent {
  /**
   * What a position takes in the cache.
   *
   * @return the layer's keys and values; none, unless this is attention
   */
  default CacheShape.Layer cached() {
    return CacheShape.Layer.NONE;
  }

  /**
   * Recurrent state that it keeps for a sequence.
   *
   * @return f32 numbers, 0 for none
   */
  default int stateSize() {
    return 0;
  }

  /**
   * Attention of a block.
   *
   * @param heads query heads
   * @param kvHeads key/value heads; divides heads
   * @param keyDim numbers of a key and of a query
   * @param valueDim numbers of a value
   * @param span which positions a token attends to
   * @param rope index of the rotary position embedding, or −1 for none
   * @param temperature by how much the scores grow with the position, if they do
   * @param values what the values are
   * @param keysOf the layer whose keys and values it reads, or −1 for its own
   */
  record Attention(
      int heads,
      int kvHeads,
      int keyDim,
      int valueDim,
      AttentionSpan span,
      int rope,
      Optional<Temperature> temperature,
      Values values,
      int keysOf)
      implements Mixer {
    /** What the values of a layer are. */
    public enum Values {
      /** A projection of the input. */
      PROJECTED,
      /** The same, each head normalised without a gain. */
      NORMALIZED,
      /** What becomes of keys before they are normalised and turned, normalised without a gain. */
      OF_KEYS
    }

    /**
     * Attention to keys and values of its own.
     *
     * @param heads query heads
     * @param kvHeads key/value heads; divides heads
     * @param keyDim numbers of a key and of a query
     * @param valueDim numbers of a value
     * @param span which positions a token attends to
     * @param rope index of the rotary position embedding, or −1 for none
     */
    public Attention(
        int heads, int kvHeads, int keyDim, int valueDim, AttentionSpan span, int rope) {
      this(heads, kvHeads, keyDim, valueDim, span, rope, Optional.empty(), Values.PROJECTED, OWN);
    }

    /** For {@code keysOf}: its own. */
    public static final int OWN = -1;

    /**
     * Whether its keys and values are those of another layer.
     *
     * @return true when it has none
     */
    public boolean sharesKeys() {
      return keysOf != OWN;
    }

    @Override
    public CacheShape.Layer cached() {
      // where a token sees what follows it, all is kept until the sequence is evaluated
      AttentionSpan kept = span.causal() ? span : AttentionSpan.ALL;
      return sharesKeys()
          ? CacheShape.Layer.NONE
          : new CacheShape.Layer(kvHeads, keyDim, valueDim, false, kept);
    }

    /**
     * Query heads that share a key/value head.
     *
     * @return {@code heads / kvHeads}
     */
    public int group() {
      return heads / kvHeads;
    }

    /**
     * Numbers of all queries of a token.
     *
     * @return {@code heads · keyDim}
     */
    public int queriesDim() {
      return heads * keyDim;
    }

    /**
     * Numbers of all queries of a token and of the gates behind them.
     *
     * @return {@code heads · (keyDim + valueDim)}
     */
    public int queriesAndGatesDim() {
      return heads * (keyDim + valueDim);
    }

    /**
     * Numbers of all keys of a token.
     *
     * @return {@code kvHeads · keyDim}
     */
    public int keysDim() {
      return kvHeads * keyDim;
    }

    /**
     * Numbers of all values of a token.
     *
     * @return {@code kvHeads · valueDim}
     */
    public int valuesDim() {
      return kvHeads * valueDim;
    }

    /**
     * Numbers of what all heads attend to.
     *
     * @return {@code heads · valueDim}
     */
    public int outputDim() {
      return heads * valueDim;
    }
  }
}
