package dev.nomoat.model;

import dev.nomoat.quant.PackedMatrix;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What mixes the positions of a sequence, of whatever kind the layer has it. */
final class MixerGraph {
  private final Optional<AttentionGraph> attention;
  private final Optional<ShortConvolutionGraph> shortConvolution;

  /**
   * Makes the buffers of the kinds that the model has.
   *
   * @param step where input comes from and what is added goes to
   * @param all the model's weights
   */
  MixerGraph(Step step, Weights<PackedMatrix, float[]> all) {
    @Nullable AttentionGraph anyAttention = null;
    @Nullable ShortConvolutionGraph anyShortConvolution = null;
    for (int layer = 0; layer < all.blocks().size(); layer++) {
      switch (step.config.layers().get(layer).mixer()) {
        case ModelConfig.Attention a -> {
          if (anyAttention == null
              && all.blocks().get(layer).mixer()
                  instanceof Weights.Attention<PackedMatrix, float[]> w) {
            anyAttention = new AttentionGraph(step, all.ropeDivisors(), w);
          }
        }
        case ModelConfig.ShortConvolution c -> {
          if (anyShortConvolution == null) {
            anyShortConvolution = new ShortConvolutionGraph(step, c, all);
          }
        }
      }
    }
    attention = Optional.ofNullable(anyAttention);
    shortConvolution = Optional.ofNullable(anyShortConvolution);
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
    }
  }

  /** From the step's input to what the mixer adds, without the bias; false when aborted. */
  boolean run(Weights.Mixer<PackedMatrix, float[]> w) {
    return switch (w) {
      case Weights.Attention<PackedMatrix, float[]> a -> attention.orElseThrow().run(a);
      case Weights.ShortConvolution<PackedMatrix, float[]> c ->
          shortConvolution.orElseThrow().run(c);
    };
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(ModelConfig config) {
    boolean anyAttention = false;
    long ofConvolution = 0;
    for (ModelConfig.Layer layer : config.layers()) {
      switch (layer.mixer()) {
        case ModelConfig.Attention a -> anyAttention = true;
        case ModelConfig.ShortConvolution c -> ofConvolution = ShortConvolutionGraph.numbers(c);
      }
    }
    return (anyAttention ? AttentionGraph.numbers(config) : 0) + ofConvolution;
  }
}
