package dev.nomoat.model;

import dev.nomoat.model.Weights.Linear;
import dev.nomoat.model.Weights.Norm;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The weights of what follows the mixer in a block: one network, or several of which a token uses
 * some. Immutable.
 *
 * @param <M> a matrix
 * @param <V> a vector
 */
public sealed interface FeedForwardWeights<M, V> {
  /**
   * The same with other matrices and vectors.
   *
   * @param matrix makes a matrix of each
   * @param vector makes a vector of each
   * @param <N> another matrix
   * @param <W> another vector
   * @return the network
   */
  <N, W> FeedForwardWeights<N, W> map(Function<M, N> matrix, Function<V, W> vector);

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
  record Dense<M, V>(Optional<Linear<M, V>> gate, Linear<M, V> up, Linear<M, V> down)
      implements FeedForwardWeights<M, V> {
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
  record Experts<M, V>(
      Linear<M, V> router,
      Optional<V> choiceBias,
      List<Dense<M, V>> experts,
      Optional<Dense<M, V>> shared,
      Optional<M> sharedGate,
      Optional<V> scales,
      Optional<ApartNorms<V>> apart)
      implements FeedForwardWeights<M, V> {
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
  record ApartNorms<V>(Norm<V> router, Norm<V> experts, Norm<V> afterShared, Norm<V> afterExperts) {
    <W> ApartNorms<W> map(Function<V, W> vector) {
      return new ApartNorms<>(
          router.map(vector),
          experts.map(vector),
          afterShared.map(vector),
          afterExperts.map(vector));
    }
  }
}
