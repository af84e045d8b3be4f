package dev.nomoat.math;

import dev.nomoat.quant.Kernels;
import java.util.Arrays;

/**
 * The gated delta rule (Yang et al., 2024), for some channels of a head: the state decays, then
 * what it says of the key is moved towards the value: {@code S ← decay · S}, {@code S ← S + k ⊗
 * (rate · (v − k · S))}, {@code y = q · S}.
 *
 * <p>An instance is the scratch memory of one thread.
 */
public final class DeltaRule {
  private final HeadState state;
  private final float[] change = new float[HeadState.CHUNK];
  private final float[] output = new float[HeadState.CHUNK];

  /**
   * Makes scratch memory.
   *
   * @param keyDim numbers of a key
   * @param kernels products
   */
  public DeltaRule(int keyDim, Kernels kernels) {
    this.state = new HeadState(keyDim, kernels);
  }

  /**
   * The state, shape [keyDim, channels].
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
   * @param rate how far the state is moved
   * @param numbers query, key and value, which the output replaces
   * @param q where the query begins, keyDim numbers
   * @param k where the key begins, keyDim numbers
   * @param v where the value begins
   * @param channels numbers of the value, 1 to {@link HeadState#CHUNK}
   */
  public void next(float decay, float rate, float[] numbers, int q, int k, int v, int channels) {
    state.decay(decay);
    Arrays.fill(output, 0f);
    state.read(numbers, k, output);
    for (int i = 0; i < channels; i++) {
      change[i] = rate * (numbers[v + i] - output[i]);
    }
    Arrays.fill(change, channels, HeadState.CHUNK, 0f);
    state.add(numbers, k, change);
    Arrays.fill(output, 0f);
    state.read(numbers, q, output);
    System.arraycopy(output, 0, numbers, v, channels);
  }
}
