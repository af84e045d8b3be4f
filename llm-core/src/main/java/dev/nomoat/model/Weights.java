package dev.nomoat.model;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The weights of a model. While a model is planned, M and V say where matrices and vectors lie;
 * once it is loaded they are packed matrices and arrays. Immutable.
 *
 * @param embedding token embedding, shape [vocab, dim]
 * @param positions embedding of positions, shape [contextLength, dim]
 * @param layerInputs where the layers' own inputs come from, if they have any
 * @param streams where further streams of a token come from and go to, if there are any
 * @param tokenType embedding of the type that all tokens have, shape [dim]
 * @param embeddingNorm of the sum of a token's embeddings
 * @param blocks blocks in order
 * @param outputNorm the last norm
 * @param output output head, shape [vocab, dim]; absent when it is the embedding
 * @param outputBias added to the logits, shape [vocab]
 * @param ropeDivisors divisors of the rotary frequencies, in the order of the configuration's
 *     ropes, for each either none or shape [pairs]
 * @param dense linear layers behind pooling
 * @param classifier scores a pooled hidden state
 * @param <M> a matrix
 * @param <V> a vector
 */
public record Weights<M, V>(
    M embedding,
    Optional<M> positions,
    Optional<LayerInputs<M, V>> layerInputs,
    Optional<Streams<M>> streams,
    Optional<V> tokenType,
    Optional<Norm<V>> embeddingNorm,
    List<Block<M, V>> blocks,
    Optional<Norm<V>> outputNorm,
    Optional<M> output,
    Optional<V> outputBias,
    List<Optional<V>> ropeDivisors,
    List<Linear<M, V>> dense,
    Optional<Classifier<M, V>> classifier) {
  /** Copies the lists. */
  public Weights {
    blocks = List.copyOf(blocks);
    ropeDivisors = List.copyOf(ropeDivisors);
    dense = List.copyOf(dense);
  }

  /**
   * A norm.
   *
   * @param gain factors
   * @param bias what is added
   * @param <V> a vector
   */
  public record Norm<V>(V gain, Optional<V> bias) {
    <W> Norm<W> map(Function<V, W> vector) {
      return new Norm<>(vector.apply(gain), bias.map(vector));
    }
  }

  /**
   * A projection.
   *
   * @param weight shape [outputs, inputs]
   * @param bias what is added, shape [outputs]
   * @param <M> a matrix
   * @param <V> a vector
   */
  public record Linear<M, V>(M weight, Optional<V> bias) {
    <N, W> Linear<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new Linear<>(matrix.apply(weight), bias.map(vector));
    }
  }

  /**
   * A block.
   *
   * @param attentionNorm before the mixer
   * @param mixer what mixes the positions of a sequence
   * @param postAttentionNorm of what the mixer adds, or with {@link ModelConfig.Part#SUM_NORM} of
   *     the sum
   * @param feedForwardNorm before the feed-forward network; a parallel block may share the other
   * @param feedForward feed-forward network, if the block has one
   * @param postFeedForwardNorm of what the feed-forward network adds, or of the sum
   * @param layerInput how the layer's own input is added, if it has one
   * @param scale what the block's result is multiplied by, shape [1]
   * @param altUp how the streams of a token learn of the block, if there are several
   * @param laurel what is added beside the mixer, if anything is
   * @param <M> a matrix
   * @param <V> a vector
   */
  public record Block<M, V>(
      Optional<Norm<V>> attentionNorm,
      Mixer<M, V> mixer,
      Optional<Norm<V>> postAttentionNorm,
      Optional<Norm<V>> feedForwardNorm,
      Optional<FeedForward<M, V>> feedForward,
      Optional<Norm<V>> postFeedForwardNorm,
      Optional<LayerInput<M, V>> layerInput,
      Optional<V> scale,
      Optional<AltUp<M, V>> altUp,
      Optional<Laurel<M, V>> laurel) {
    <N, W> Block<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new Block<>(
          attentionNorm.map(n -> n.map(vector)),
          mixer.map(matrix, vector),
          postAttentionNorm.map(n -> n.map(vector)),
          feedForwardNorm.map(n -> n.map(vector)),
          feedForward.map(f -> f.map(matrix, vector)),
          postFeedForwardNorm.map(n -> n.map(vector)),
          layerInput.map(i -> i.map(matrix, vector)),
          scale.map(vector),
          altUp.map(a -> a.map(matrix, vector)),
          laurel.map(l -> l.map(matrix, vector)));
    }
  }

  /**
   * How a layer's own input of a token is added: {@code norm(projection(activation(gate(x)) ∘
   * input))}.
   *
   * @param scale what x is multiplied by before, shape [dim], if it is
   * @param gate to [inputDim]
   * @param projection from [inputDim]
   * @param norm of what is added
   * @param <M> a matrix
   * @param <V> a vector
   */
  public record LayerInput<M, V>(Optional<V> scale, M gate, M projection, Norm<V> norm) {
    <N, W> LayerInput<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new LayerInput<>(
          scale.map(vector), matrix.apply(gate), matrix.apply(projection), norm.map(vector));
    }
  }

  /**
   * Between the embedded token, which is its first stream, and the others.
   *
   * @param projections to each of the others, shape [dim, dim]
   * @param unprojections from each of the others behind the last block, shape [dim, dim]
   * @param <M> a matrix
   */
  public record Streams<M>(List<M> projections, List<M> unprojections) {
    /** Copies the lists. */
    public Streams {
      projections = List.copyOf(projections);
      unprojections = List.copyOf(unprojections);
    }

    <N> Streams<N> map(Function<M, N> matrix) {
      return new Streams<>(
          projections.stream().map(matrix).toList(), unprojections.stream().map(matrix).toList());
    }
  }

  /**
   * Alternating updates of the streams of a token.
   *
   * @param routerNorm of the first stream
   * @param router to a score for each stream
   * @param prediction from the scores to the parts of all streams in each, shape [streams, streams,
   *     streams]
   * @param correction from the scores to the part of the block's change in each stream, shape
   *     [streams, streams]
   * @param <M> a matrix
   * @param <V> a vector
   */
  public record AltUp<M, V>(Norm<V> routerNorm, M router, V prediction, V correction) {
    <N, W> AltUp<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new AltUp<>(
          routerNorm.map(vector),
          matrix.apply(router),
          vector.apply(prediction),
          vector.apply(correction));
    }
  }

  /**
   * A learned augmented residual: {@code x + norm(up(down(x)))}.
   *
   * @param down to [rank]
   * @param up from [rank]
   * @param norm of what is projected
   * @param <M> a matrix
   * @param <V> a vector
   */
  public record Laurel<M, V>(M down, M up, Norm<V> norm) {
    <N, W> Laurel<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new Laurel<>(matrix.apply(down), matrix.apply(up), norm.map(vector));
    }
  }

  /**
   * Where the layers' own inputs come from: the token's embedding and a projection of its other
   * one.
   *
   * @param embedding shape [vocab, layers · inputDim]
   * @param projection shape [layers · inputDim, dim]
   * @param norm of what is projected for a layer
   * @param <M> a matrix
   * @param <V> a vector
   */
  public record LayerInputs<M, V>(M embedding, M projection, Norm<V> norm) {
    <N, W> LayerInputs<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new LayerInputs<>(matrix.apply(embedding), matrix.apply(projection), norm.map(vector));
    }
  }

  /**
   * What mixes the positions of a sequence: the part of a block where a token learns of those
   * before it.
   *
   * @param <M> a matrix
   * @param <V> a vector
   */
  public sealed interface Mixer<M, V> {
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
    <N, W> Mixer<N, W> map(Function<M, N> matrix, Function<V, W> vector);
  }

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
  public record Attention<M, V>(
      Linear<M, V> query,
      Optional<Linear<M, V>> key,
      Optional<Linear<M, V>> value,
      Linear<M, V> output,
      List<Norm<V>> queryNorms,
      List<Norm<V>> keyNorms,
      Optional<V> sinks)
      implements Mixer<M, V> {
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
  public record LatentAttention<M, V>(
      Optional<Linear<M, V>> queryDown,
      Optional<Norm<V>> queryNorm,
      Linear<M, V> query,
      Linear<M, V> latent,
      Norm<V> latentNorm,
      List<M> keys,
      boolean keysFromLatent,
      List<M> values,
      Linear<M, V> output)
      implements Mixer<M, V> {
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
  public record ShortConvolution<M, V>(M input, V taps, Linear<M, V> output)
      implements Mixer<M, V> {
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
  public record StateSpace<M, V>(
      M input,
      V taps,
      Optional<V> tapsBias,
      V stepBias,
      V decay,
      V skip,
      V norm,
      Linear<M, V> output)
      implements Mixer<M, V> {
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
  public record DeltaNet<M, V>(
      M input,
      M gate,
      M rate,
      Optional<M> decay,
      V taps,
      V decayBias,
      V decayFactor,
      V norm,
      Linear<M, V> output)
      implements Mixer<M, V> {
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

  /**
   * What follows the mixer.
   *
   * @param <M> a matrix
   * @param <V> a vector
   */
  public sealed interface FeedForward<M, V> {
    /**
     * The same with other matrices and vectors.
     *
     * @param matrix makes a matrix of each
     * @param vector makes a vector of each
     * @param <N> another matrix
     * @param <W> another vector
     * @return the network
     */
    <N, W> FeedForward<N, W> map(Function<M, N> matrix, Function<V, W> vector);
  }

  /**
   * A feed-forward network: {@code down(activation(gate(x)) ∘ up(x))}, or without a gate {@code
   * down(activation(up(x)))}.
   *
   * @param gate to [hiddenDim]
   * @param up to [hiddenDim]
   * @param down from [hiddenDim]
   * @param <M> a matrix
   * @param <V> a vector
   */
  public record Dense<M, V>(Optional<Linear<M, V>> gate, Linear<M, V> up, Linear<M, V> down)
      implements FeedForward<M, V> {
    @Override
    public <N, W> Dense<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new Dense<>(
          gate.map(l -> l.map(matrix, vector)), up.map(matrix, vector), down.map(matrix, vector));
    }
  }

  /**
   * A mixture of experts: each token uses some of many feed-forward networks.
   *
   * @param router to a score for each expert
   * @param choiceBias added to the weights where experts are chosen, shape [experts]
   * @param experts the networks
   * @param shared the network that all tokens use
   * @param sharedGate to the score of how much of the shared one is used, shape [1, dim]
   * @param scales what the weights of the chosen ones are multiplied by, shape [experts]
   * @param apart norms of the chosen ones and of the shared one, when each has its own
   * @param <M> a matrix
   * @param <V> a vector
   */
  public record Experts<M, V>(
      Linear<M, V> router,
      Optional<V> choiceBias,
      List<Dense<M, V>> experts,
      Optional<Dense<M, V>> shared,
      Optional<M> sharedGate,
      Optional<V> scales,
      Optional<ApartNorms<V>> apart)
      implements FeedForward<M, V> {
    /** Copies the list. */
    public Experts {
      experts = List.copyOf(experts);
    }

    @Override
    public <N, W> Experts<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new Experts<>(
          router.map(matrix, vector),
          choiceBias.map(vector),
          experts.stream().map(expert -> expert.map(matrix, vector)).toList(),
          shared.map(dense -> dense.map(matrix, vector)),
          sharedGate.map(matrix),
          scales.map(vector),
          apart.map(norms -> norms.map(vector)));
    }
  }

  /**
   * Norms of experts beside a network that reads the block's usual input.
   *
   * @param router of what the router reads; divided by √dim
   * @param experts of what the chosen ones read
   * @param afterShared of what the network adds
   * @param afterExperts of what the chosen ones add together
   * @param <V> a vector
   */
  public record ApartNorms<V>(
      Norm<V> router, Norm<V> experts, Norm<V> afterShared, Norm<V> afterExperts) {
    <W> ApartNorms<W> map(Function<V, W> vector) {
      return new ApartNorms<>(
          router.map(vector),
          experts.map(vector),
          afterShared.map(vector),
          afterExperts.map(vector));
    }
  }

  /**
   * A classification head: {@code output(norm(activation(dense(x))))}, with or without the parts
   * inside.
   *
   * @param dense to [dim], with an activation behind it
   * @param norm behind that
   * @param output to [labels]
   * @param <M> a matrix
   * @param <V> a vector
   */
  public record Classifier<M, V>(
      Optional<Linear<M, V>> dense, Optional<Norm<V>> norm, Linear<M, V> output) {
    <N, W> Classifier<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
      return new Classifier<>(
          dense.map(layer -> layer.map(matrix, vector)),
          norm.map(n -> n.map(vector)),
          output.map(matrix, vector));
    }
  }

  /**
   * The same weights with other matrices and vectors.
   *
   * @param matrix makes a matrix of each
   * @param vector makes a vector of each
   * @param <N> another matrix
   * @param <W> another vector
   * @return the weights
   */
  public <N, W> Weights<N, W> map(Function<M, N> matrix, Function<V, W> vector) {
    return new Weights<>(
        matrix.apply(embedding),
        positions.map(matrix),
        layerInputs.map(i -> i.map(matrix, vector)),
        streams.map(s -> s.map(matrix)),
        tokenType.map(vector),
        embeddingNorm.map(n -> n.map(vector)),
        blocks.stream().map(block -> block.map(matrix, vector)).toList(),
        outputNorm.map(n -> n.map(vector)),
        output.map(matrix),
        outputBias.map(vector),
        ropeDivisors.stream().map(d -> d.map(vector)).toList(),
        dense.stream().map(layer -> layer.map(matrix, vector)).toList(),
        classifier.map(head -> head.map(matrix, vector)));
  }

  /** The output head: the embedding when the two are tied. */
  M head() {
    return output.orElse(embedding);
  }
}
