package dev.nomoat.model;

import dev.nomoat.model.ModelConfig.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Names the tensors of mixers, as GGUF does, and their shapes. */
final class MixerBlueprint<M, V> {
  private final ModelConfig config;
  private final TensorLookup<M, V> tensors;

  MixerBlueprint(ModelConfig config, TensorLookup<M, V> tensors) {
    this.config = config;
    this.tensors = tensors;
  }

  /** The mixer of a layer. */
  MixerWeights<M, V> weights(String prefix, Mixer mixer) {
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
        down ? Optional.of(tensors.linear(prefix + "q_a", a.queryRank(), dim)) : Optional.empty(),
        down ? Optional.of(tensors.norm(prefix + "q_a_norm", a.queryRank())) : Optional.empty(),
        down
            ? tensors.linear(prefix + "q_b", queries, a.queryRank())
            : tensors.linear(prefix + "q", queries, dim),
        tensors.linear(prefix + "kv_a_mqa", a.latentDim() + a.turnedDim(), dim),
        tensors.norm(prefix + "kv_a_norm", a.latentDim()),
        keys,
        !split,
        values,
        tensors.linear(prefix + "output", dim, a.heads() * a.valueDim()));
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
        tensors.table(prefix + "conv.weight", channels, shape.length()),
        tensors.linear(prefix + "out_proj", config.dim(), channels));
  }

  private MixerWeights.StateSpace<M, V> stateSpace(String prefix, Recurrent.StateSpace shape) {
    int heads = shape.heads();
    int inner = shape.innerDim();
    int groups = shape.groups();
    return new MixerWeights.StateSpace<>(
        tensors.matrix(prefix + "in.weight", shape.projected(), config.dim()),
        tensors.table(prefix + "conv1d.weight", shape.convolved(), shape.length()),
        tensors.optional(prefix + "conv1d.bias", shape.convolved()),
        tensors.vector(prefix + "dt.bias", heads),
        tensors.table(prefix + "a", heads, 1),
        tensors.table(prefix + "d", heads, 1),
        tensors.table(prefix + "norm.weight", groups, inner / groups),
        tensors.linear(prefix + "out", config.dim(), inner));
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
        tensors.table(own + "conv1d.weight", shape.convolved(), shape.length()),
        tensors.vector(own + "dt.bias", heads),
        tensors.vector(own + "a", heads),
        tensors.vector(own + "norm.weight", shape.valueDim()),
        tensors.linear(own + "out", dim, shape.valuesDim()));
  }

  private MixerWeights.Attention<M, V> attention(String prefix, Mixer.Attention a) {
    int dim = config.dim();
    int queries = a.queriesDim();
    int keys = a.keysDim();
    int values = a.valuesDim();
    boolean bias = config.has(Part.QKV_BIAS);
    boolean fused = tensors.has(prefix + "attn_qkv.weight");
    String all = prefix + "attn_qkv";
    List<Long> shape = List.of((long) queries + keys + values, (long) dim);
    int withGate = config.has(Part.QUERY_GATE) ? a.queriesAndGatesDim() : queries;
    return new MixerWeights.Attention<>(
        fused
            ? tensors.part(all, shape, 0, queries, bias)
            : tensors.linear(prefix + "attn_q", withGate, dim, bias),
        a.sharesKeys()
            ? unread(prefix + "attn_k")
            : Optional.of(
                fused
                    ? tensors.part(all, shape, queries, keys, bias)
                    : tensors.linear(prefix + "attn_k", keys, dim, bias)),
        a.sharesKeys() || a.values() == Mixer.Attention.Values.OF_KEYS
            ? unread(prefix + "attn_v")
            : Optional.of(
                fused
                    ? tensors.part(all, shape, queries + keys, values, bias)
                    : tensors.linear(prefix + "attn_v", values, dim, bias)),
        tensors.linear(prefix + "attn_output", dim, a.outputDim()),
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
      case HEAD, TURNED_HEAD -> List.of(tensors.norm(name, headDim));
      case HEADS -> normsOfHeads(name + ".weight", heads, headDim);
      case ALL -> List.of(tensors.norm(name, heads * headDim));
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
}
