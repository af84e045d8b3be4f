package dev.nomoat.math;

import dev.nomoat.quant.Kernels;

/**
 * The recurrence of a selective state space with one decay for a head (Mamba 2; Dao and Gu, 2024),
 * for some channels of a head: {@code S ← decay · S + B ⊗ (step · x)}, {@code y = C · S + skip ·
 * x}.
 *
 * <p>An instance is the scratch memory of one thread.
 */
public final class StateSpace {
  private final HeadState state;
  private final float[] input = new float[HeadState.CHUNK];
  private final float[] output = new float[HeadState.CHUNK];

  /**
   * Makes scratch memory.
   *
   * @param stateDim numbers of the state for each channel
   * @param kernels products
   */
  public StateSpace(int stateDim, Kernels kernels) {
    this.state = new HeadState(stateDim, kernels);
  }

  /**
   * The state, shape [stateDim, channels].
   *
   * @return to be loaded before tokens, and stored after
   */
  public HeadState state() {
    return state;
  }

  /**
   * Goes on by a token.
   *
   * @param decay what the state is multiplied by
   * @param step what the input is multiplied by
   * @param skip share of the input in the output
   * @param numbers B, C and the input, which the output replaces
   * @param b where B begins, stateDim numbers
   * @param c where C begins, stateDim numbers
   * @param x where the input begins
   * @param channels numbers of the input, 1 to {@link HeadState#CHUNK}
   */
  public void next(
      float decay, float step, float skip, float[] numbers, int b, int c, int x, int channels) {
    HeadState.scaled(step, numbers, x, channels, input);
    HeadState.scaled(skip, numbers, x, channels, output);
    state.decay(decay);
    state.add(numbers, b, input);
    state.read(numbers, c, output);
    System.arraycopy(output, 0, numbers, x, channels);
  }
}
