package dev.nomoat.model;

import dev.nomoat.model.ModelConfig.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Names the tensors of feed-forward networks, as GGUF does, and their shapes. */
final class FeedForwardBlueprint<M, V> {
  private final ModelConfig config;
  private final TensorLookup<M, V> tensors;

  FeedForwardBlueprint(ModelConfig config, TensorLookup<M, V> tensors) {
    this.config = config;
    this.tensors = tensors;
  }

  /** The network of a layer that has one. */
  FeedForwardWeights<M, V> weights(String prefix, ModelConfig.Layer layer) {
    return layer.experts().isPresent()
        ? experts(prefix, layer.hiddenDim(), layer.experts().get())
        : dense(prefix, layer.hiddenDim());
  }

  private FeedForwardWeights.Dense<M, V> dense(String prefix, int hiddenDim) {
    int dim = config.dim();
    String up = prefix + "ffn_up";
    Weights.Linear<M, V> down = tensors.linear(prefix + "ffn_down", dim, hiddenDim);
    if (!config.gated()) {
      return new FeedForwardWeights.Dense<>(
          Optional.empty(), tensors.linear(up, hiddenDim, dim), down);
    }
    if (!config.has(Part.FUSED_GATE)) {
      return new FeedForwardWeights.Dense<>(
          Optional.of(tensors.linear(prefix + "ffn_gate", hiddenDim, dim)),
          tensors.linear(up, hiddenDim, dim),
          down);
    }
    List<Long> both = List.of(2L * hiddenDim, (long) dim);
    return new FeedForwardWeights.Dense<>(
        Optional.of(tensors.part(up, both, 0, hiddenDim, false)),
        tensors.part(up, both, hiddenDim, hiddenDim, false),
        down);
  }

  private FeedForwardWeights.Experts<M, V> experts(
      String prefix, int hiddenDim, ModelConfig.Experts experts) {
    int dim = config.dim();
    List<FeedForwardWeights.Dense<M, V>> all = new ArrayList<>();
    boolean fused = tensors.has(prefix + "ffn_gate_up_exps.weight");
    String gate = prefix + (fused ? "ffn_gate_up_exps" : "ffn_gate_exps");
    String up = prefix + (fused ? "ffn_gate_up_exps" : "ffn_up_exps");
    int rows = fused ? 2 * hiddenDim : hiddenDim;
    for (int i = 0; i < experts.count(); i++) {
      all.add(
          new FeedForwardWeights.Dense<>(
              Optional.of(expert(gate, i, experts.count(), rows, 0, hiddenDim, dim)),
              expert(up, i, experts.count(), rows, rows - hiddenDim, hiddenDim, dim),
              expert(prefix + "ffn_down_exps", i, experts.count(), dim, 0, dim, hiddenDim)));
    }
    int shared = experts.sharedDim();
    boolean apart = config.has(Part.APART_EXPERTS);
    String end = apart ? "" : "_shexp";
    String sharedGate = prefix + "ffn_gate_inp_shexp.weight";
    return new FeedForwardWeights.Experts<>(
        tensors.linear(prefix + "ffn_gate_inp", experts.count(), dim),
        tensors.optional(prefix + "exp_probs_b.bias", experts.count()),
        all,
        shared == 0
            ? Optional.empty()
            : Optional.of(
                new FeedForwardWeights.Dense<>(
                    Optional.of(tensors.linear(prefix + "ffn_gate" + end, shared, dim)),
                    tensors.linear(prefix + "ffn_up" + end, shared, dim),
                    tensors.linear(prefix + "ffn_down" + end, dim, shared))),
        tensors.has(sharedGate)
            ? Optional.of(tensors.matrix(sharedGate, 1, dim))
            : Optional.empty(),
        tensors.optional(prefix + "ffn_down_exps.scale", experts.count()),
        apart ? Optional.of(apartNorms(prefix)) : Optional.empty());
  }

  private FeedForwardWeights.ApartNorms<V> apartNorms(String prefix) {
    int dim = config.dim();
    return new FeedForwardWeights.ApartNorms<>(
        new Weights.Norm<>(tensors.vector(prefix + "ffn_gate_inp.scale", dim), Optional.empty()),
        tensors.norm(prefix + "pre_ffw_norm_2", dim),
        tensors.norm(prefix + "post_ffw_norm_1", dim),
        tensors.norm(prefix + "post_ffw_norm_2", dim));
  }

  /** Some rows of one of the projections that lie one behind the other in a tensor. */
  private Weights.Linear<M, V> expert(
      String name, int index, int count, int all, int from, int rows, int cols) {
    List<Long> shape = List.of((long) count, (long) all, (long) cols);
    return tensors.part(name, shape, (long) index * all + from, rows, false);
  }
}
