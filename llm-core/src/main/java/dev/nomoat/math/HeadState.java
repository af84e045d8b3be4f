package dev.nomoat.math;

import dev.nomoat.cache.SequenceCache;
import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.PackedMatrix;
import java.util.Arrays;

/**
 * The recurrent state of some channels of a head, a matrix of shape [rows, channels], while tokens
 * are evaluated. Sums over rows are taken in their order.
 *
 * <p>An instance is the scratch memory of one thread.
 */
public final class HeadState {
  /** Channels of a head that are computed together, at most. */
  public static final int CHUNK = PackedMatrix.GROUP;

  private final int rows;
  private final Kernels kernels;
  private final float[] state; // [rows, CHUNK]

  /**
   * Makes scratch memory.
   *
   * @param rows numbers of the state for each channel
   * @param kernels products
   */
  public HeadState(int rows, Kernels kernels) {
    this.rows = rows;
    this.kernels = kernels;
    this.state = new float[rows * CHUNK];
  }

  /**
   * Chunks of a head.
   *
   * @param channels channels of a head
   * @return how many there are
   */
  public static int chunks(int channels) {
    return Math.ceilDiv(channels, CHUNK);
  }

  /**
   * Numbers of the state of a head, in whole chunks.
   *
   * @param rows numbers for each channel
   * @param channels channels of a head
   * @return how many
   */
  public static int size(int rows, int channels) {
    return Math.multiplyExact(rows, chunks(channels) * CHUNK);
  }

  /**
   * Reads the state of a chunk.
   *
   * @param sequence whose it is
   * @param layer the layer
   * @param at where it begins in the layer's state
   */
  public void load(SequenceCache sequence, int layer, int at) {
    sequence.readState(layer, at, state.length, state, 0);
  }

  /**
   * Writes the state of a chunk.
   *
   * @param sequence whose it is
   * @param layer the layer
   * @param at where it begins in the layer's state
   */
  public void store(SequenceCache sequence, int layer, int at) {
    sequence.writeState(layer, at, state.length, state, 0);
  }

  /** Multiplies by a number. */
  void decay(float factor) {
    for (int i = 0; i < state.length; i++) {
      state[i] *= factor;
    }
  }

  /** {@code S += x ⊗ channels}, with a number of x for each row. */
  void add(float[] x, int at, float[] channels) {
    // each row of the state is a sum to which the channels are added once
    kernels.accumulate(channels, 0, 1, x, at, 1, rows, state, 0, CHUNK);
  }

  /** {@code channels += x · S}, with a number of x for each row. */
  void read(float[] x, int at, float[] channels) {
    kernels.accumulate(state, 0, rows, x, at, 0, 1, channels, 0, 0);
  }

  /** Sets some channels to numbers times a factor, the others of a chunk to 0. */
  static void scaled(float factor, float[] x, int at, int count, float[] channels) {
    for (int i = 0; i < count; i++) {
      channels[i] = factor * x[at + i];
    }
    Arrays.fill(channels, count, CHUNK, 0f);
  }
}
