package dev.nomoat.model;

import dev.nomoat.quant.PackedMatrix;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What follows the mixer in a block, of whatever kind the layer has it. */
final class FeedForwardGraph {
  private final Optional<DenseGraph> dense;
  private final Optional<ExpertGraph> experts;

  /**
   * Makes the buffers of the kinds that the model has.
   *
   * @param step where input comes from and what is added goes to
   * @param all the model's weights
   */
  FeedForwardGraph(Step step, Weights<PackedMatrix, float[]> all) {
    ModelConfig config = step.config;
    @Nullable DenseGraph anyDense = null;
    @Nullable ExpertGraph anyExperts = null;
    for (int layer = 0; layer < config.layers().size(); layer++) {
      if (all.blocks().get(layer).feedForward().isPresent()) {
        switch (all.blocks().get(layer).feedForward().get()) {
          case FeedForwardWeights.Dense<PackedMatrix, float[]> w ->
              anyDense = anyDense != null ? anyDense : new DenseGraph(step, config.mostHidden(), w);
          case FeedForwardWeights.Experts<PackedMatrix, float[]> w ->
              anyExperts =
                  anyExperts != null
                      ? anyExperts
                      : new ExpertGraph(step, config.layers().get(layer), w);
        }
      }
    }
    dense = Optional.ofNullable(anyDense);
    experts = Optional.ofNullable(anyExperts);
  }

  /** Says which forms of the input are needed. */
  void want(FeedForwardWeights<PackedMatrix, float[]> w) {
    switch (w) {
      case FeedForwardWeights.Dense<PackedMatrix, float[]> d -> dense.orElseThrow().want(d);
      case FeedForwardWeights.Experts<PackedMatrix, float[]> e -> experts.orElseThrow().want(e);
    }
  }

  /** From the step's input to what is added, without the bias; false when aborted. */
  boolean run(FeedForwardWeights<PackedMatrix, float[]> w) {
    return switch (w) {
      case FeedForwardWeights.Dense<PackedMatrix, float[]> d -> dense.orElseThrow().run(d);
      case FeedForwardWeights.Experts<PackedMatrix, float[]> e -> experts.orElseThrow().run(e);
    };
  }

  /** The bias of what is added. */
  static Optional<float[]> bias(FeedForwardWeights<PackedMatrix, float[]> w) {
    return switch (w) {
      case FeedForwardWeights.Dense<PackedMatrix, float[]> d -> d.down().bias();
      case FeedForwardWeights.Experts<PackedMatrix, float[]> e -> Optional.empty(); // own ones
    };
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(ModelConfig config) {
    long ofExperts =
        config.layers().stream()
            .filter(layer -> layer.experts().isPresent())
            .findFirst()
            .map(layer -> ExpertGraph.numbers(config, layer))
            .orElse(0L);
    return DenseGraph.numbers(config.mostHidden()) + ofExperts;
  }
}
