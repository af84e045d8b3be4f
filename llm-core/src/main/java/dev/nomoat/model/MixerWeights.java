package dev.nomoat.model;

import dev.nomoat.model.Weights.Linear;
import dev.nomoat.model.Weights.Norm;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The weights of what mixes the positions of a sequence: the part of a block where a token learns
 * of those before it. Immutable.
 *
 * @param <M> a matrix
 * @param <V> a vector
 */
public sealed interface MixerWeights<M, V> {
  /**
   * The last projection of the mixer: to what it adds, [dim].
   *
   * @return the projection
   */
  Linear<M, V> output();

  /**
   * The same with other matrices and vectors.
   *
   * @param matrix makes a matrix of each
   * @param vector makes a vector of each
   * @param <N> another matrix
   * @param <W> another vector
   * @return the mixer
   */
  <N, W> MixerWeights<N, W> map(Function<M, N> matrix, Function<V, W> vector);

  /**
   * Attention.
   *
   * @param query to [heads · headDim]
   * @param key to [kvHeads · headDim]; none when another layer's keys and values are read
   * @param value to [kvHeads · headDim]; none when values are made of keys
   * @param output from [heads · headDim]
   * @param queryNorms of the queries: one for all or for each head, or one for each of the heads
   * @param keyNorms of the keys, likewise
   * @param sinks score of no position for each head
   * @param <M> a matrix
   * @param <V> a vector
   */
  record Attention<M, V>(
      Linear<M, V> query,
      Optional<Linear<M, V>> key,
      Optional<Linear<M, V>> value,
      Linear<M, V> output,
      List<Norm<V>> queryNorms,
      List<Norm<V>> keyNorms,
      Optional<V> sinks)
      implements MixerWeights<M, V> {
    /** Copies the lists. */
    public Attention {
      queryNorms = List.copyOf(queryNorms);
      keyNorms = List.copyOf(keyNorms);
    }

    @Override
    public <N, W> Attention<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new Attention<>(
          query.map(matrix, vector),
          key.map(l -> l.map(matrix, vector)),
          value.map(l -> l.map(matrix, vector)),
          output.map(matrix, vector),
          queryNorms.stream().map(n -> n.map(vector)).toList(),
          keyNorms.stream().map(n -> n.map(vector)).toList(),
          sinks.map(vector));
    }
  }

  /**
   * Attention to latents.
   *
   * @param queryDown to [queryRank], when queries have two projections
   * @param queryNorm of what is between the two
   * @param query to [heads · (plainDim + turnedDim)], from [dim] or [queryRank]
   * @param latent to [latentDim + turnedDim]: the latent, and the part of the key that is turned
   * @param latentNorm of the latent
   * @param keys of each head, shape [latentDim, plainDim]: takes a query to where the latents are;
   *     or shape [plainDim, latentDim]: takes a latent to a key
   * @param keysFromLatent whether it is the latter
   * @param values of each head, shape [valueDim, latentDim]
   * @param output from [heads · valueDim]
   * @param <M> a matrix
   * @param <V> a vector
   */
  record LatentAttention<M, V>(
      Optional<Linear<M, V>> queryDown,
      Optional<Norm<V>> queryNorm,
      Linear<M, V> query,
      Linear<M, V> latent,
      Norm<V> latentNorm,
      List<M> keys,
      boolean keysFromLatent,
      List<M> values,
      Linear<M, V> output)
      implements MixerWeights<M, V> {
    /** Copies the lists. */
    public LatentAttention {
      keys = List.copyOf(keys);
      values = List.copyOf(values);
    }

    @Override
    public <N, W> LatentAttention<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new LatentAttention<>(
          queryDown.map(l -> l.map(matrix, vector)),
          queryNorm.map(n -> n.map(vector)),
          query.map(matrix, vector),
          latent.map(matrix, vector),
          latentNorm.map(vector),
          keys.stream().map(matrix).toList(),
          keysFromLatent,
          values.stream().map(matrix).toList(),
          output.map(matrix, vector));
    }
  }

  /**
   * A short convolution between two gates.
   *
   * @param input to B, C and x, [3 · channels]
   * @param taps of the convolution, shape [channels, length]
   * @param output from [channels]
   * @param <M> a matrix
   * @param <V> a vector
   */
  record ShortConvolution<M, V>(M input, V taps, Linear<M, V> output)
      implements MixerWeights<M, V> {
    @Override
    public <N, W> ShortConvolution<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new ShortConvolution<>(
          matrix.apply(input), vector.apply(taps), output.map(matrix, vector));
    }
  }

  /**
   * A selective state space (Mamba 2).
   *
   * @param input to z, to x, B and C, and to the steps
   * @param taps of the convolution, shape [channels, length]
   * @param tapsBias of the convolution, shape [channels]
   * @param stepBias added to the steps, shape [heads]
   * @param decay logarithm of the decay in a step of 1, negative, shape [heads]
   * @param skip share of the input in the output, shape [heads]
   * @param norm gains of the norm of what is gated, shape [heads · headDim]
   * @param output from [heads · headDim]
   * @param <M> a matrix
   * @param <V> a vector
   */
  record StateSpace<M, V>(
      M input,
      V taps,
      Optional<V> tapsBias,
      V stepBias,
      V decay,
      V skip,
      V norm,
      Linear<M, V> output)
      implements MixerWeights<M, V> {
    @Override
    public <N, W> StateSpace<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new StateSpace<>(
          matrix.apply(input),
          vector.apply(taps),
          tapsBias.map(vector),
          vector.apply(stepBias),
          vector.apply(decay),
          vector.apply(skip),
          vector.apply(norm),
          output.map(matrix, vector));
    }
  }

  /**
   * A gated delta net.
   *
   * @param input to queries, keys and values
   * @param gate to z, [valueHeads · valueDim]
   * @param rate to the rates, [valueHeads]; or to rates and decays
   * @param decay to the decays, [valueHeads], unless rates and decays are projected together
   * @param taps of the convolution, shape [channels, length]
   * @param decayBias added to the decays, shape [valueHeads]
   * @param decayFactor logarithm of the decay for a decay of 1, negative, shape [valueHeads]
   * @param norm of each head's output
   * @param output from [valueHeads · valueDim]
   * @param <M> a matrix
   * @param <V> a vector
   */
  record DeltaNet<M, V>(
      M input,
      M gate,
      M rate,
      Optional<M> decay,
      V taps,
      V decayBias,
      V decayFactor,
      V norm,
      Linear<M, V> output)
      implements MixerWeights<M, V> {
    @Override
    public <N, W> DeltaNet<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new DeltaNet<>(
          matrix.apply(input),
          matrix.apply(gate),
          matrix.apply(rate),
          decay.map(matrix),
          vector.apply(taps),
          vector.apply(decayBias),
          vector.apply(decayFactor),
          vector.apply(norm),
          output.map(matrix, vector));
    }
  }
}
