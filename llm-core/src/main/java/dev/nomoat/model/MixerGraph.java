package dev.nomoat.model;

import dev.nomoat.quant.PackedMatrix;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What mixes the positions of a sequence, of whatever kind the layer has it. */
final class MixerGraph {
  private final AttentionCore core;
  private final Optional<AttentionGraph> attention;
  private final Optional<LatentAttentionGraph> latentAttention;
  private final Optional<ShortConvolutionGraph> shortConvolution;
  private final Optional<StateSpaceGraph> stateSpace;
  private final Optional<DeltaNetGraph> deltaNet;

  /**
   * Makes the buffers of the kinds that the model has.
   *
   * @param step where input comes from and what is added goes to
   * @param all the model's weights
   */
  MixerGraph(Step step, Weights<PackedMatrix, float[]> all) {
    core = new AttentionCore(step, all.ropeDivisors());
    @Nullable AttentionGraph anyAttention = null;
    @Nullable LatentAttentionGraph anyLatentAttention = null;
    @Nullable ShortConvolutionGraph anyShortConvolution = null;
    @Nullable StateSpaceGraph anyStateSpace = null;
    @Nullable DeltaNetGraph anyDeltaNet = null;
    for (int layer = 0; layer < all.blocks().size(); layer++) {
      step.layer = layer;
      switch (all.blocks().get(layer).mixer()) {
        case MixerWeights.Attention<PackedMatrix, float[]> w ->
            anyAttention = anyAttention != null ? anyAttention : new AttentionGraph(step, core, w);
        case MixerWeights.LatentAttention<PackedMatrix, float[]> w ->
            anyLatentAttention =
                anyLatentAttention != null
                    ? anyLatentAttention
                    : new LatentAttentionGraph(step, core, w);
        case MixerWeights.ShortConvolution<PackedMatrix, float[]> w ->
            anyShortConvolution =
                anyShortConvolution != null
                    ? anyShortConvolution
                    : new ShortConvolutionGraph(step, all);
        case MixerWeights.StateSpace<PackedMatrix, float[]> w ->
            anyStateSpace =
                anyStateSpace != null ? anyStateSpace : new StateSpaceGraph(step, all, w);
        case MixerWeights.DeltaNet<PackedMatrix, float[]> w ->
            anyDeltaNet = anyDeltaNet != null ? anyDeltaNet : new DeltaNetGraph(step, all, w);
      }
    }
    attention = Optional.ofNullable(anyAttention);
    latentAttention = Optional.ofNullable(anyLatentAttention);
    shortConvolution = Optional.ofNullable(anyShortConvolution);
    stateSpace = Optional.ofNullable(anyStateSpace);
    deltaNet = Optional.ofNullable(anyDeltaNet);
  }

  /** Prepares for a batch. */
  void begin() {
    core.begin();
  }

  /** Prepares for a token of the batch. */
  void begin(int token) {
    core.angles(token);
  }

  /** Says which forms of the input are needed. */
  void want(MixerWeights<PackedMatrix, float[]> w) {
    switch (w) {
      case MixerWeights.Attention<PackedMatrix, float[]> a -> attention.orElseThrow().want(a);
      case MixerWeights.LatentAttention<PackedMatrix, float[]> a ->
          latentAttention.orElseThrow().want(a);
      case MixerWeights.ShortConvolution<PackedMatrix, float[]> c ->
          shortConvolution.orElseThrow().want(c);
      case MixerWeights.StateSpace<PackedMatrix, float[]> s -> stateSpace.orElseThrow().want(s);
      case MixerWeights.DeltaNet<PackedMatrix, float[]> d -> deltaNet.orElseThrow().want(d);
    }
  }

  /** From the step's input to what the mixer adds, without the bias; false when aborted. */
  boolean run(MixerWeights<PackedMatrix, float[]> w) {
    return switch (w) {
      case MixerWeights.Attention<PackedMatrix, float[]> a -> attention.orElseThrow().run(a);
      case MixerWeights.LatentAttention<PackedMatrix, float[]> a ->
          latentAttention.orElseThrow().run(a);
      case MixerWeights.ShortConvolution<PackedMatrix, float[]> c ->
          shortConvolution.orElseThrow().run(c);
      case MixerWeights.StateSpace<PackedMatrix, float[]> s -> stateSpace.orElseThrow().run(s);
      case MixerWeights.DeltaNet<PackedMatrix, float[]> d -> deltaNet.orElseThrow().run(d);
    };
  }

  /** Stores keys and values, and does no more; false when aborted. */
  boolean store(MixerWeights<PackedMatrix, float[]> w) {
    return attention.orElseThrow().store((MixerWeights.Attention<PackedMatrix, float[]>) w);
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(ModelConfig config) {
    boolean anyAttention = false;
    long ofLatents = 0;
    long ofConvolution = 0;
    long ofStateSpace = 0;
    long ofDeltaNet = 0;
    for (ModelConfig.Layer layer : config.layers()) {
      switch (layer.mixer()) {
        case Mixer.Attention a -> anyAttention = true;
        case LatentAttention a -> ofLatents = LatentAttentionGraph.numbers(a);
        case Recurrent.ShortConvolution c -> ofConvolution = ShortConvolutionGraph.numbers(c);
        case Recurrent.StateSpace s -> ofStateSpace = StateSpaceGraph.numbers(s);
        case Recurrent.DeltaNet d -> ofDeltaNet = DeltaNetGraph.numbers(d);
      }
    }
    return (anyAttention ? AttentionGraph.numbers(config) : 0)
        + ofLatents
        + ofConvolution
        + ofStateSpace
        + ofDeltaNet;
  }
}
