package dev.nomoat.model;

import dev.nomoat.quant.PackedMatrix;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What mixes the positions of a sequence, of whatever kind the layer has it. */
final class MixerGraph {
  private final Optional<AttentionGraph> attention;
  private final Optional<ShortConvolutionGraph> shortConvolution;
  private final Optional<StateSpaceGraph> stateSpace;

  /**
   * Makes the buffers of the kinds that the model has.
   *
   * @param step where input comes from and what is added goes to
   * @param all the model's weights
   */
  MixerGraph(Step step, Weights<PackedMatrix, float[]> all) {
    @Nullable AttentionGraph anyAttention = null;
    @Nullable ShortConvolutionGraph anyShortConvolution = null;
    @Nullable StateSpaceGraph anyStateSpace = null;
    for (int layer = 0; layer < all.blocks().size(); layer++) {
      step.layer = layer;
      switch (all.blocks().get(layer).mixer()) {
        case Weights.Attention<PackedMatrix, float[]> w ->
            anyAttention =
                anyAttention != null
                    ? anyAttention
                    : new AttentionGraph(step, all.ropeDivisors(), w);
        case Weights.ShortConvolution<PackedMatrix, float[]> w ->
            anyShortConvolution =
                anyShortConvolution != null
                    ? anyShortConvolution
                    : new ShortConvolutionGraph(step, all);
        case Weights.StateSpace<PackedMatrix, float[]> w ->
            anyStateSpace =
                anyStateSpace != null ? anyStateSpace : new StateSpaceGraph(step, all, w);
      }
    }
    attention = Optional.ofNullable(anyAttention);
    shortConvolution = Optional.ofNullable(anyShortConvolution);
    stateSpace = Optional.ofNullable(anyStateSpace);
  }

  /** Prepares for a batch. */
  void begin() {
    if (attention.isPresent()) {
      attention.get().begin();
    }
  }

  /** Prepares for a token of the batch. */
  void begin(int token) {
    if (attention.isPresent()) {
      attention.get().angles(token);
    }
  }

  /** Says which forms of the input are needed. */
  void want(Weights.Mixer<PackedMatrix, float[]> w) {
    switch (w) {
      case Weights.Attention<PackedMatrix, float[]> a -> attention.orElseThrow().want(a);
      case Weights.ShortConvolution<PackedMatrix, float[]> c ->
          shortConvolution.orElseThrow().want(c);
      case Weights.StateSpace<PackedMatrix, float[]> s -> stateSpace.orElseThrow().want(s);
    }
  }

  /** From the step's input to what the mixer adds, without the bias; false when aborted. */
  boolean run(Weights.Mixer<PackedMatrix, float[]> w) {
    return switch (w) {
      case Weights.Attention<PackedMatrix, float[]> a -> attention.orElseThrow().run(a);
      case Weights.ShortConvolution<PackedMatrix, float[]> c ->
          shortConvolution.orElseThrow().run(c);
      case Weights.StateSpace<PackedMatrix, float[]> s -> stateSpace.orElseThrow().run(s);
    };
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(ModelConfig config) {
    boolean anyAttention = false;
    long ofConvolution = 0;
    long ofStateSpace = 0;
    for (ModelConfig.Layer layer : config.layers()) {
      switch (layer.mixer()) {
        case ModelConfig.Attention a -> anyAttention = true;
        case ModelConfig.ShortConvolution c -> ofConvolution = ShortConvolutionGraph.numbers(c);
        case ModelConfig.StateSpace s -> ofStateSpace = StateSpaceGraph.numbers(s);
      }
    }
    return (anyAttention ? AttentionGraph.numbers(config) : 0) + ofConvolution + ofStateSpace;
  }
}
