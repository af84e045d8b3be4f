package dev.nomoat.model;

import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.ModelConfig.Rope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Names the tensors of a model, as GGUF does, and their shapes: from a configuration to weights.
 * What a configuration does not tell (biases, a tied head, whether query, key and value are one
 * tensor) is seen from the tensors themselves.
 */
final class Blueprint<M, V> {
  private final ModelConfig config;
  private final TensorLookup<M, V> tensors;
  private final MixerBlueprint<M, V> mixers;
  private final FeedForwardBlueprint<M, V> feedForwards;

  private Blueprint(ModelConfig config, TensorLookup<M, V> tensors) {
    this.config = config;
    this.tensors = tensors;
    mixers = new MixerBlueprint<>(config, tensors);
    feedForwards = new FeedForwardBlueprint<>(config, tensors);
  }

  /** Assembles the weights. */
  static <M, V> Weights<M, V> assemble(ModelConfig config, TensorLookup<M, V> tensors) {
    return new Blueprint<>(config, tensors).weights();
  }

  private Weights<M, V> weights() {
    int vocab = config.vocab();
    int dim = config.dim();
    M embedding = tensors.matrix("token_embd.weight", vocab, dim);
    Optional<M> positions =
        config.has(Part.POSITIONS)
            ? Optional.of(tensors.matrix("position_embd.weight", config.contextLength(), dim))
            : Optional.empty();
    // no caller tells types apart: all tokens have the first
    Optional<V> tokenType =
        tensors.has("token_types.weight")
            ? Optional.of(
                tensors.vector(
                    "token_types.weight", List.of((long) config.tokenTypes(), (long) dim), 0, dim))
            : Optional.empty();
    List<Weights.Block<M, V>> blocks = new ArrayList<>();
    for (int layer = 0; layer < config.layers().size(); layer++) {
      blocks.add(block(layer, config.layers().get(layer)));
    }
    Optional<M> output =
        tensors.has("output.weight")
            ? Optional.of(tensors.matrix("output.weight", vocab, dim))
            : Optional.empty();
    return new Weights<>(
        embedding,
        positions,
        layerInputs(),
        streams(),
        tokenType,
        norm(Part.EMBEDDING_NORM, "token_embd_norm"),
        blocks,
        // one converter names it after the embeddings
        norm(
            Part.OUTPUT_NORM,
            !config.has(Part.EMBEDDING_NORM)
                    && tensors.has("token_embd_norm.weight")
                    && !tensors.has("output_norm.weight")
                ? "token_embd_norm"
                : "output_norm"),
        output,
        tensors.optional("output.bias", vocab),
        config.ropes().stream().map(this::divisors).toList(),
        dense(),
        config.head().classifier().map(this::classifier));
  }

  private Weights.Classifier<M, V> classifier(ModelConfig.Classifier classifier) {
    int dim = config.dim();
    return new Weights.Classifier<>(
        tensors.has("cls.weight") ? Optional.of(tensors.linear("cls", dim, dim)) : Optional.empty(),
        tensors.has("cls.norm.weight")
            ? Optional.of(tensors.norm("cls.norm", dim))
            : Optional.empty(),
        tensors.linear("cls.output", classifier.labels(), dim));
  }

  /** The layers behind pooling: numbered from 2, for the model and pooling come before them. */
  private List<Weights.Linear<M, V>> dense() {
    List<Weights.Linear<M, V>> layers = new ArrayList<>();
    int inputs = config.dim();
    for (int outputs : config.head().dense()) {
      layers.add(tensors.linear("dense_" + (layers.size() + 2), outputs, inputs));
      inputs = outputs;
    }
    return layers;
  }

  private Optional<V> divisors(Rope rope) {
    int pairs = rope.dim() / 2;
    return switch (rope.divisors()) {
      case NONE -> Optional.empty();
      case PLAIN -> tensors.optional("rope_freqs.weight", pairs);
      case SHORT -> Optional.of(tensors.vector("rope_factors_short.weight", pairs));
      case LONG -> Optional.of(tensors.vector("rope_factors_long.weight", pairs));
    };
  }

  private Weights.Block<M, V> block(int index, ModelConfig.Layer layer) {
    String prefix = "blk." + index + ".";
    int dim = config.dim();
    boolean pre = config.has(Part.PRE_NORM);
    boolean sum = config.has(Part.SUM_NORM);
    boolean post = sum || config.has(Part.POST_NORM);
    boolean more = layer.hiddenDim() > 0;
    // a parallel block may share one norm, or have a second one for attention
    boolean ofAttention = tensors.has(prefix + "attn_norm_2.weight");
    boolean second = more && pre && (!config.parallel() || tensors.has(prefix + "ffn_norm.weight"));
    String first = prefix + (ofAttention ? "attn_norm_2" : "attn_norm");
    // what the first block reads may be normalised already
    boolean skips =
        index == 0 && config.has(Part.EMBEDDING_NORM) && !tensors.has(first + ".weight");
    String other = ofAttention ? prefix + "attn_norm" : feedForwardNorm(prefix);
    return new Weights.Block<>(
        pre && !skips ? Optional.of(tensors.norm(first, dim)) : Optional.empty(),
        mixers.weights(prefix, layer.mixer()),
        post
            ? Optional.of(
                tensors.norm(prefix + (sum ? "attn_output_norm" : "post_attention_norm"), dim))
            : Optional.empty(),
        second || ofAttention ? Optional.of(tensors.norm(other, dim)) : Optional.empty(),
        more ? Optional.of(feedForwards.weights(prefix, layer)) : Optional.empty(),
        more && post
            ? Optional.of(tensors.norm(prefix + (sum ? "layer_output_norm" : "post_ffw_norm"), dim))
            : Optional.empty(),
        layerInput(prefix, layer.inputDim()),
        tensors.optional(prefix + "layer_output_scale.weight", 1),
        altUp(prefix),
        laurel(prefix));
  }

  private Optional<Weights.LayerInput<M, V>> layerInput(String prefix, int inputDim) {
    int dim = config.dim();
    return inputDim == 0
        ? Optional.empty()
        : Optional.of(
            new Weights.LayerInput<>(
                tensors.optional(prefix + "altup_correct_scale.weight", dim),
                tensors.matrix(prefix + "inp_gate.weight", inputDim, dim),
                tensors.matrix(prefix + "proj.weight", dim, inputDim),
                tensors.norm(prefix + "post_norm", dim)));
  }

  private Optional<Weights.LayerInputs<M, V>> layerInputs() {
    int inputDim = config.layers().getFirst().inputDim();
    if (inputDim == 0) {
      return Optional.empty();
    }
    int all = config.layers().size() * inputDim;
    return Optional.of(
        new Weights.LayerInputs<>(
            tensors.matrix("per_layer_token_embd.weight", config.vocab(), all),
            tensors.matrix("per_layer_model_proj.weight", all, config.dim()),
            tensors.norm("per_layer_proj_norm", inputDim)));
  }

  private Optional<Weights.Streams<M>> streams() {
    return config.streams().count() == 1
        ? Optional.empty()
        : Optional.of(
            new Weights.Streams<>(ofStreams("altup_proj"), ofStreams("altup_unembd_proj")));
  }

  /** A square matrix for each stream but the first. */
  private List<M> ofStreams(String name) {
    int dim = config.dim();
    int others = config.streams().count() - 1;
    List<Long> shape = List.of((long) others, (long) dim, (long) dim);
    List<M> all = new ArrayList<>();
    for (int i = 0; i < others; i++) {
      all.add(tensors.matrix(name + ".weight", shape, (long) i * dim, dim));
    }
    return all;
  }

  private Optional<Weights.AltUp<M, V>> altUp(String prefix) {
    int count = config.streams().count();
    String own = prefix + "altup_";
    return count == 1
        ? Optional.empty()
        : Optional.of(
            new Weights.AltUp<>(
                tensors.norm(own + "router_norm", config.dim()),
                tensors.matrix(own + "router.weight", count, config.dim()),
                tensors.table(own + "predict_coef.weight", count * count, count),
                tensors.table(own + "correct_coef.weight", count, count)));
  }

  private Optional<Weights.Laurel<M, V>> laurel(String prefix) {
    int rank = config.streams().laurelRank();
    int dim = config.dim();
    return rank == 0
        ? Optional.empty()
        : Optional.of(
            new Weights.Laurel<>(
                tensors.matrix(prefix + "laurel_l.weight", rank, dim),
                tensors.matrix(prefix + "laurel_r.weight", dim, rank),
                tensors.norm(prefix + "laurel_post_norm", dim)));
  }

  /** Some converters name this norm after what comes before it. */
  private String feedForwardNorm(String prefix) {
    String other = prefix + "post_attention_norm";
    boolean named = tensors.has(prefix + "ffn_norm.weight") || config.has(Part.POST_NORM);
    return !named && tensors.has(other + ".weight") ? other : prefix + "ffn_norm";
  }

  private Optional<Weights.Norm<V>> norm(Part part, String name) {
    return config.has(part) ? Optional.of(tensors.norm(name, config.dim())) : Optional.empty();
  }
}
