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
      MixerWeights<M, V> mixer,
      Optional<Norm<V>> postAttentionNorm,
      Optional<Norm<V>> feedForwardNorm,
      Optional<FeedForwardWeights<M, V>> feedForward,
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
