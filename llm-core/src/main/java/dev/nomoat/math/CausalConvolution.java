package dev.nomoat.math;

import dev.nomoat.cache.SequenceCache;
import java.util.Arrays;
import java.util.Optional;

/**
 * A convolution along a sequence, each channel by itself, that sees a token and some before it:
 * {@code y[t][c] = bias[c] + Σ_k taps[c][k] · x[t − length + 1 + k][c]}, and where wanted SiLU of
 * that. The inputs of the tokens before a batch are recurrent state, shape [length − 1, channels].
 * Immutable.
 */
public final class CausalConvolution {
  /** Channels that are convolved together, at most. */
  public static final int BLOCK = 256;

  private final int channels;
  private final int length;
  private final float[] taps; // [length, channels]
  private final Optional<float[]> bias;
  private final boolean activated;

  /**
   * Makes a convolution.
   *
   * @param channels number of channels
   * @param taps factors, shape [channels, length]; copied
   * @param bias added, shape [channels]; borrowed
   * @param activated whether SiLU follows
   */
  public CausalConvolution(int channels, float[] taps, Optional<float[]> bias, boolean activated) {
    this.activated = activated;
    this.channels = channels;
    this.length = taps.length / channels;
    this.taps = new float[taps.length];
    this.bias = bias;
    for (int c = 0; c < channels; c++) {
      for (int k = 0; k < length; k++) {
        this.taps[k * channels + c] = taps[c * length + k];
      }
    }
  }

  /**
   * Blocks of channels.
   *
   * @param channels number of channels
   * @return how many there are
   */
  public static int blocks(int channels) {
    return Math.ceilDiv(channels, BLOCK);
  }

  /**
   * Numbers of the state.
   *
   * @param channels number of channels
   * @param length tokens that are seen
   * @return how many
   */
  public static int stateSize(int channels, int length) {
    return Math.multiplyExact(channels, length - 1);
  }

  /**
   * Scratch memory that {@link #apply} needs.
   *
   * @param length tokens that are seen
   * @return numbers
   */
  public static int scratchSize(int length) {
    return length * BLOCK;
  }

  /**
   * Convolves a block of channels of consecutive tokens in place, and keeps what later tokens need.
   * The layer's state begins with that of the convolution.
   *
   * @param sequence the tokens' sequence
   * @param layer the layer
   * @param block which block, below {@link #blocks}
   * @param x numbers, {@code x[at + t · stride + channel]}
   * @param at where the first token's begin
   * @param stride from one token to the next
   * @param tokens how many tokens
   * @param scratch memory of the thread, of {@link #scratchSize} numbers
   * @param exponentials memory of the thread
   */
  public void apply(
      SequenceCache sequence,
      int layer,
      int block,
      float[] x,
      int at,
      int stride,
      int tokens,
      float[] scratch,
      Exponentials exponentials) {
    int first = block * BLOCK;
    int count = Math.min(BLOCK, channels - first);
    int before = length - 1;
    for (int row = 0; row < before; row++) {
      sequence.readState(layer, row * channels + first, count, scratch, row * BLOCK);
    }
    for (int row = 0; row < before; row++) {
      int token = tokens - before + row;
      float[] source = token >= 0 ? x : scratch;
      int from = token >= 0 ? at + token * stride + first : (before + token) * BLOCK;
      sequence.writeState(layer, row * channels + first, count, source, from);
    }
    // the last one first, because the others are its input
    int sum = before * BLOCK;
    for (int t = tokens - 1; t >= 0; t--) {
      if (bias.isPresent()) {
        System.arraycopy(bias.get(), first, scratch, sum, count);
      } else {
        Arrays.fill(scratch, sum, sum + count, 0f);
      }
      for (int k = 0; k < length; k++) {
        int token = t - before + k;
        float[] source = token >= 0 ? x : scratch;
        int from = token >= 0 ? at + token * stride + first : (before + token) * BLOCK;
        add(taps, k * channels + first, source, from, scratch, sum, count);
      }
      if (activated) {
        exponentials.silu(scratch, sum, count);
      }
      System.arraycopy(scratch, sum, x, at + t * stride + first, count);
    }
  }

  private static void add(
      float[] taps, int tapsAt, float[] x, int xAt, float[] y, int yAt, int count) {
    for (int i = 0; i < count; i++) {
      y[yAt + i] = Math.fma(taps[tapsAt + i], x[xAt + i], y[yAt + i]);
    }
  }
}
