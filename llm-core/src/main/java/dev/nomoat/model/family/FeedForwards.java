package dev.nomoat.model.family;

import dev.nomoat.model.ModelConfig;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** The feed-forward network of each layer: how wide it is, and whether it is one of experts. */
final class FeedForwards {
  /** Hidden numbers for each of the dimension, at most: models have 2 to 8. */
  private static final int MOST_HIDDEN = 64;

  private final Optional<ModelConfig.Experts> experts;
  private final IntPredicate sparse; // layers with experts
  private final int[] hidden; // of each layer

  private FeedForwards(Optional<ModelConfig.Experts> experts, IntPredicate sparse, int[] hidden) {
    this.experts = experts;
    this.sparse = sparse;
    this.hidden = hidden;
  }

  /**
   * Reads how wide the networks are.
   *
   * @param settings the file's
   * @param sizes how many layers there are
   * @param experts those that some layers have, if any do
   * @param expertsIn which layers do; without it all but those that the file says are dense
   */
  static FeedForwards read(
      Settings settings,
      DecoderSizes sizes,
      Optional<ModelConfig.Experts> experts,
      Optional<IntPredicate> expertsIn) {
    IntPredicate sparse = layer -> false;
    if (experts.isPresent()) {
      int dense = settings.size("leading_dense_block_count").orElse(0);
      sparse = expertsIn.orElse(layer -> layer >= dense);
    }
    return new FeedForwards(experts, sparse, hidden(settings, sizes, experts, sparse));
  }

  /** None in any layer. */
  static FeedForwards none(DecoderSizes sizes) {
    return new FeedForwards(Optional.empty(), layer -> false, new int[sizes.layers()]);
  }

  private static int[] hidden(
      Settings settings,
      DecoderSizes sizes,
      Optional<ModelConfig.Experts> experts,
      IntPredicate sparse) {
    int most = Math.min(DecoderSizes.MAX_DIM, MOST_HIDDEN * sizes.dim());
    if (experts.isEmpty() || !settings.has("expert_feed_forward_length")) {
      return settings.perLayer("feed_forward_length", sizes.blocks(), most);
    }
    int[] hidden = settings.perLayer("expert_feed_forward_length", sizes.blocks(), most);
    if (!IntStream.range(0, sizes.layers()).allMatch(sparse)) {
      int[] other = settings.perLayer("feed_forward_length", sizes.blocks(), most);
      Arrays.setAll(hidden, layer -> sparse.test(layer) ? hidden[layer] : other[layer]);
    }
    return hidden;
  }

  /** Numbers inside a layer's network, or inside each of its experts; 0 when it has none. */
  int hiddenDim(int layer) {
    return hidden[layer];
  }

  /** The experts of a layer that has some. */
  Optional<ModelConfig.Experts> experts(int layer) {
    return sparse.test(layer) ? experts : Optional.empty();
  }
}
