package dev.nomoat.model;

import dev.nomoat.model.ModelConfig.Experts;
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

  private Blueprint(ModelConfig config, TensorLookup<M, V> tensors) {
    this.config = config;
    this.tensors = tensors;
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
        tensors.has("cls.weight") ? Optional.of(linear("cls", dim, dim, false)) : Optional.empty(),
        tensors.has("cls.norm.weight") ? Optional.of(norm("cls.norm", dim)) : Optional.empty(),
        linear("cls.output", classifier.labels(), dim, false));
  }

  /** The layers behind pooling: numbered from 2, for the model and pooling come before them. */
  private List<Weights.Linear<M, V>> dense() {
    List<Weights.Linear<M, V>> layers = new ArrayList<>();
    int inputs = config.dim();
    for (int outputs : config.head().dense()) {
      layers.add(linear("dense_" + (layers.size() + 2), outputs, inputs, false));
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
        pre && !skips ? Optional.of(norm(first, dim)) : Optional.empty(),
        mixer(prefix, layer.mixer()),
        post
            ? Optional.of(norm(prefix + (sum ? "attn_output_norm" : "post_attention_norm"), dim))
            : Optional.empty(),
        second || ofAttention ? Optional.of(norm(other, dim)) : Optional.empty(),
        more ? Optional.of(feedForward(prefix, layer)) : Optional.empty(),
        more && post
            ? Optional.of(norm(prefix + (sum ? "layer_output_norm" : "post_ffw_norm"), dim))
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
                norm(prefix + "post_norm", dim)));
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
            norm("per_layer_proj_norm", inputDim)));
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
                norm(own + "router_norm", config.dim()),
                tensors.matrix(own + "router.weight", count, config.dim()),
                table(own + "predict_coef.weight", count * count, count),
                table(own + "correct_coef.weight", count, count)));
  }

  /** A matrix that is small enough to be read as numbers. */
  private V table(String name, int rows, int cols) {
    return tensors.vector(name, List.of((long) rows, (long) cols), 0, rows * cols);
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
                norm(prefix + "laurel_post_norm", dim)));
  }

  private FeedForwardWeights<M, V> feedForward(String prefix, ModelConfig.Layer layer) {
    return layer.experts().isPresent()
        ? experts(prefix, layer.hiddenDim(), layer.experts().get())
        : dense(prefix, layer.hiddenDim());
  }

  /** Some converters name this norm after what comes before it. */
  private String feedForwardNorm(String prefix) {
    String other = prefix + "post_attention_norm";
    boolean named = tensors.has(prefix + "ffn_norm.weight") || config.has(Part.POST_NORM);
    return !named && tensors.has(other + ".weight") ? other : prefix + "ffn_norm";
  }

  private MixerWeights<M, V> mixer(String prefix, Mixer mixer) {
    return switch (mixer) {
      case Mixer.Attention a -> attention(prefix, a);
      case LatentAttention a -> latentAttention(prefix + "attn_", a);
      case Recurrent.ShortConvolution c -> shortConvolution(prefix + "shortconv.", c);
      case Recurrent.StateSpace s -> stateSpace(prefix + "ssm_", s);
      case Recurrent.DeltaNet d -> deltaNet(prefix, d);
    };
  }

  private MixerWeights.LatentAttention<M, V> latentAttention(String prefix, LatentAttention a) {
    int dim = config.dim();
    int queries = a.heads() * a.queryDim();
    boolean down = a.queryRank() > 0;
    boolean split = tensors.has(prefix + "k_b.weight");
    // of a head, first those of the key, then those of the value
    int rows = a.plainDim() + a.valueDim();
    List<Long> both = List.of((long) a.heads() * rows, (long) a.latentDim());
    List<M> keys = new ArrayList<>();
    List<M> values = new ArrayList<>();
    for (int head = 0; head < a.heads(); head++) {
      int first = head * rows;
      keys.add(
          split
              ? ofHead(prefix + "k_b.weight", a.heads(), head, a.latentDim(), a.plainDim())
              : tensors.matrix(prefix + "kv_b.weight", both, first, a.plainDim()));
      values.add(
          split
              ? ofHead(prefix + "v_b.weight", a.heads(), head, a.valueDim(), a.latentDim())
              : tensors.matrix(prefix + "kv_b.weight", both, first + a.plainDim(), a.valueDim()));
    }
    return new MixerWeights.LatentAttention<>(
        down ? Optional.of(linear(prefix + "q_a", a.queryRank(), dim, false)) : Optional.empty(),
        down ? Optional.of(norm(prefix + "q_a_norm", a.queryRank())) : Optional.empty(),
        down
            ? linear(prefix + "q_b", queries, a.queryRank(), false)
            : linear(prefix + "q", queries, dim, false),
        linear(prefix + "kv_a_mqa", a.latentDim() + a.turnedDim(), dim, false),
        norm(prefix + "kv_a_norm", a.latentDim()),
        keys,
        !split,
        values,
        linear(prefix + "output", dim, a.heads() * a.valueDim(), false));
  }

  private M ofHead(String name, int heads, int head, int rows, int cols) {
    return tensors.matrix(
        name, List.of((long) heads, (long) rows, (long) cols), (long) head * rows, rows);
  }

  private MixerWeights.ShortConvolution<M, V> shortConvolution(
      String prefix, Recurrent.ShortConvolution shape) {
    int channels = shape.channels();
    return new MixerWeights.ShortConvolution<>(
        tensors.matrix(prefix + "in_proj.weight", 3 * channels, config.dim()),
        taps(prefix + "conv.weight", channels, shape.length()),
        linear(prefix + "out_proj", config.dim(), channels, false));
  }

  private MixerWeights.StateSpace<M, V> stateSpace(String prefix, Recurrent.StateSpace shape) {
    int heads = shape.heads();
    int inner = shape.innerDim();
    List<Long> column = List.of((long) heads, 1L);
    List<Long> groups = List.of((long) shape.groups(), (long) inner / shape.groups());
    return new MixerWeights.StateSpace<>(
        tensors.matrix(prefix + "in.weight", shape.projected(), config.dim()),
        taps(prefix + "conv1d.weight", shape.convolved(), shape.length()),
        tensors.optional(prefix + "conv1d.bias", shape.convolved()),
        tensors.vector(prefix + "dt.bias", heads),
        tensors.vector(prefix + "a", column, 0, heads),
        tensors.vector(prefix + "d", column, 0, heads),
        tensors.vector(prefix + "norm.weight", groups, 0, inner),
        linear(prefix + "out", config.dim(), inner, false));
  }

  private MixerWeights.DeltaNet<M, V> deltaNet(String prefix, Recurrent.DeltaNet shape) {
    int dim = config.dim();
    int heads = shape.valueHeads();
    String own = prefix + "ssm_";
    boolean together = shape.order() == Recurrent.DeltaNet.Order.GROUPED;
    return new MixerWeights.DeltaNet<>(
        tensors.matrix(prefix + "attn_qkv.weight", shape.convolved(), dim),
        tensors.matrix(prefix + "attn_gate.weight", shape.valuesDim(), dim),
        together
            ? tensors.matrix(own + "ba.weight", 2 * heads, dim)
            : tensors.matrix(own + "beta.weight", heads, dim),
        together ? Optional.empty() : Optional.of(tensors.matrix(own + "alpha.weight", heads, dim)),
        taps(own + "conv1d.weight", shape.convolved(), shape.length()),
        tensors.vector(own + "dt.bias", heads),
        tensors.vector(own + "a", heads),
        tensors.vector(own + "norm.weight", shape.valueDim()),
        linear(own + "out", dim, shape.valuesDim(), false));
  }

  private V taps(String name, int channels, int length) {
    return tensors.vector(
        name, List.of((long) channels, (long) length), 0, Math.multiplyExact(channels, length));
  }

  private MixerWeights.Attention<M, V> attention(String prefix, Mixer.Attention a) {
    int dim = config.dim();
    int queries = a.queriesDim();
    int keys = a.keysDim();
    int values = a.valuesDim();
    boolean bias = config.has(Part.QKV_BIAS);
    boolean fused = tensors.has(prefix + "attn_qkv.weight");
    String all = prefix + "attn_qkv";
    int rows = queries + keys + values;
    int withGate = config.has(Part.QUERY_GATE) ? a.queriesAndGatesDim() : queries;
    return new MixerWeights.Attention<>(
        fused ? part(all, rows, 0, queries, bias) : linear(prefix + "attn_q", withGate, dim, bias),
        a.sharesKeys()
            ? unread(prefix + "attn_k")
            : Optional.of(
                fused
                    ? part(all, rows, queries, keys, bias)
                    : linear(prefix + "attn_k", keys, dim, bias)),
        a.sharesKeys() || a.values() == Mixer.Attention.Values.OF_KEYS
            ? unread(prefix + "attn_v")
            : Optional.of(
                fused
                    ? part(all, rows, queries + keys, values, bias)
                    : linear(prefix + "attn_v", values, dim, bias)),
        linear(prefix + "attn_output", dim, a.outputDim(), false),
        queryKeyNorms(prefix + "attn_q_norm", a.heads(), a.keyDim()),
        a.sharesKeys()
            ? this.<Weights.Norm<V>>unread(prefix + "attn_k_norm").stream().toList()
            : queryKeyNorms(prefix + "attn_k_norm", a.kvHeads(), a.keyDim()),
        config.has(Part.SINKS)
            ? Optional.of(tensors.vector(prefix + "attn_sinks.weight", a.heads()))
            : Optional.empty());
  }

  /** Says that a tensor which the file may have is not read, and why is known. */
  private <T> Optional<T> unread(String name) {
    tensors.ignore(name + ".weight");
    return Optional.empty();
  }

  private List<Weights.Norm<V>> queryKeyNorms(String name, int heads, int headDim) {
    return switch (config.queryKeyNorm()) {
      case NONE, TURNED -> List.of();
      case HEAD, TURNED_HEAD -> List.of(norm(name, headDim));
      case HEADS -> normsOfHeads(name + ".weight", heads, headDim);
      case ALL -> List.of(norm(name, heads * headDim));
    };
  }

  private List<Weights.Norm<V>> normsOfHeads(String name, int heads, int headDim) {
    List<Long> shape = List.of((long) heads, (long) headDim);
    List<Weights.Norm<V>> norms = new ArrayList<>();
    for (int head = 0; head < heads; head++) {
      V gain = tensors.vector(name, shape, head * headDim, headDim);
      norms.add(new Weights.Norm<>(gain, Optional.empty()));
    }
    return norms;
  }

  private FeedForwardWeights.Dense<M, V> dense(String prefix, int hiddenDim) {
    int dim = config.dim();
    String up = prefix + "ffn_up";
    Weights.Linear<M, V> down = linear(prefix + "ffn_down", dim, hiddenDim, false);
    if (!config.gated()) {
      return new FeedForwardWeights.Dense<>(
          Optional.empty(), linear(up, hiddenDim, dim, false), down);
    }
    if (!config.has(Part.FUSED_GATE)) {
      return new FeedForwardWeights.Dense<>(
          Optional.of(linear(prefix + "ffn_gate", hiddenDim, dim, false)),
          linear(up, hiddenDim, dim, false),
          down);
    }
    int both = 2 * hiddenDim;
    return new FeedForwardWeights.Dense<>(
        Optional.of(part(up, both, 0, hiddenDim, false)),
        part(up, both, hiddenDim, hiddenDim, false),
        down);
  }

  private FeedForwardWeights.Experts<M, V> experts(String prefix, int hiddenDim, Experts experts) {
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
        linear(prefix + "ffn_gate_inp", experts.count(), dim, false),
        tensors.optional(prefix + "exp_probs_b.bias", experts.count()),
        all,
        shared == 0
            ? Optional.empty()
            : Optional.of(
                new FeedForwardWeights.Dense<>(
                    Optional.of(linear(prefix + "ffn_gate" + end, shared, dim, false)),
                    linear(prefix + "ffn_up" + end, shared, dim, false),
                    linear(prefix + "ffn_down" + end, dim, shared, false))),
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
        norm(prefix + "pre_ffw_norm_2", dim),
        norm(prefix + "post_ffw_norm_1", dim),
        norm(prefix + "post_ffw_norm_2", dim));
  }

  /** Some rows of one of the projections that lie one behind the other in a tensor. */
  private Weights.Linear<M, V> expert(
      String name, int index, int count, int all, int from, int rows, int cols) {
    List<Long> shape = List.of((long) count, (long) all, (long) cols);
    String bias = name + ".bias";
    long first = (long) index * all + from;
    return new Weights.Linear<>(
        tensors.matrix(name + ".weight", shape, first, rows),
        tensors.has(bias)
            ? Optional.of(
                tensors.vector(
                    bias, List.of((long) count, (long) all), Math.toIntExact(first), rows))
            : Optional.empty());
  }

  /** A projection that is a tensor of its own. */
  private Weights.Linear<M, V> linear(String name, int rows, int cols, boolean bias) {
    String of = name + ".bias";
    return new Weights.Linear<>(
        tensors.matrix(name + ".weight", rows, cols),
        bias ? Optional.of(tensors.vector(of, rows)) : tensors.optional(of, rows));
  }

  /** A projection that is a part of a tensor that reads the block's input. */
  private Weights.Linear<M, V> part(String name, int all, int first, int rows, boolean bias) {
    List<Long> shape = List.of((long) all, (long) config.dim());
    String of = name + ".bias";
    return new Weights.Linear<>(
        tensors.matrix(name + ".weight", shape, first, rows),
        bias || tensors.has(of)
            ? Optional.of(tensors.vector(of, List.of((long) all), first, rows))
            : Optional.empty());
  }

  private Optional<Weights.Norm<V>> norm(Part part, String name) {
    return config.has(part) ? Optional.of(norm(name, config.dim())) : Optional.empty();
  }

  private Weights.Norm<V> norm(String name, int size) {
    return new Weights.Norm<>(
        tensors.vector(name + ".weight", size), tensors.optional(name + ".bias", size));
  }
}
