package dev.nomoat.model;

import dev.nomoat.math.CausalConvolution;
import dev.nomoat.math.HeadState;

/**
 * What mixes the positions of a sequence without looking back at them: it keeps a state of a fixed
 * size, that of a short convolution first.
 */
public sealed interface Recurrent extends Mixer {
  /**
   * A short convolution between two gates (LFM2): {@code C ∘ convolution(B ∘ x)}, where B, C and x
   * are projections of the input.
   *
   * @param channels numbers of B, C and x
   * @param length tokens that the convolution sees, 2 or more
   */
  public record ShortConvolution(int channels, int length) implements Recurrent {
    @Override
    public int stateSize() {
      return CausalConvolution.stateSize(channels, length);
    }
  }

  /**
   * A selective state space with one decay for a head (Mamba 2), behind a short convolution.
   *
   * @param heads number of heads
   * @param headDim channels of a head
   * @param groups groups of heads that share B and C; divides heads
   * @param stateDim numbers of the state for each channel
   * @param length tokens that the convolution sees, 2 or more
   */
  public record StateSpace(int heads, int headDim, int groups, int stateDim, int length)
      implements Recurrent {
    /**
     * Channels of all heads.
     *
     * @return {@code heads · headDim}
     */
    public int innerDim() {
      return heads * headDim;
    }

    /**
     * Channels of the convolution: x of all heads, B and C of all groups.
     *
     * @return how many
     */
    public int convolved() {
      return innerDim() + 2 * groups * stateDim;
    }

    /**
     * What the input is projected to: z, the channels of the convolution, the step of each head.
     *
     * @return how many numbers
     */
    public int projected() {
      return innerDim() + convolved() + heads;
    }

    @Override
    public int stateSize() {
      return Math.addExact(
          CausalConvolution.stateSize(convolved(), length),
          Math.multiplyExact(heads, HeadState.size(stateDim, headDim)));
    }
  }

  /**
   * A gated delta net, behind a short convolution.
   *
   * @param keyHeads heads of queries and keys
   * @param valueHeads heads of values and of the state; a multiple of keyHeads
   * @param keyDim numbers of a query or key
   * @param valueDim numbers of a value
   * @param length tokens that the convolution sees, 2 or more
   * @param order which value heads share a key head
   */
  public record DeltaNet(
      int keyHeads, int valueHeads, int keyDim, int valueDim, int length, Order order)
      implements Recurrent {
    /** Which value heads share a key head. */
    public enum Order {
      /**
       * Those that follow each other; a projection gives the rates of the first key head's value
       * heads, then their decays, then those of the second one's.
       */
      GROUPED,
      /** Those whose numbers differ by a multiple of keyHeads. */
      TILED
    }

    /**
     * The key head of a value head.
     *
     * @param head the value head
     * @return the key head
     */
    public int keyHead(int head) {
      return switch (order) {
        case GROUPED -> head / (valueHeads / keyHeads);
        case TILED -> head % keyHeads;
      };
    }

    /**
     * Numbers of all keys of a token.
     *
     * @return {@code keyHeads · keyDim}
     */
    public int keysDim() {
      return keyHeads * keyDim;
    }

    /**
     * Numbers of all values of a token.
     *
     * @return {@code valueHeads · valueDim}
     */
    public int valuesDim() {
      return valueHeads * valueDim;
    }

    /**
     * Channels of the convolution: queries, keys and values.
     *
     * @return how many
     */
    public int convolved() {
      return 2 * keysDim() + valuesDim();
    }

    @Override
    public int stateSize() {
      return Math.addExact(
          CausalConvolution.stateSize(convolved(), length),
          Math.multiplyExact(valueHeads, HeadState.size(keyDim, valueDim)));
    }
  }
}
