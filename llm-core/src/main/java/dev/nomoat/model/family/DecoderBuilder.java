package dev.nomoat.model.family;

import dev.nomoat.Pooling;
import dev.nomoat.math.AttentionSpan;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.Mixer;
import dev.nomoat.model.Mixer.Attention.Values;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.ModelConfig.Rope;
import dev.nomoat.model.Temperature;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/**
 * The configuration of a decoder, or of an encoder, in the making: {@linkplain DecoderSizes sizes}
 * as the file gives them, and the switches of the plainest family, Llama, until a family sets
 * others.
 */
final class DecoderBuilder {
  private final Settings settings;
  private final Set<String> tensors;
  private final DecoderSizes sizes;
  private final int usedLength;
  private Norm.Kind norm = Norm.Kind.RMS;
  private QueryKeyNorm queryKeyNorm = QueryKeyNorm.NONE;
  private boolean parallel;
  private Activation activation = Activation.SILU;
  private boolean gated = true;
  private boolean feedForward = true;
  private float embeddingScale = 1;
  private float attentionScale;
  private float residualScale = 1;
  private float logitScale = 1;
  private float attentionSoftCap;
  private float logitSoftCap;
  private float maxAlibiBias;
  private Optional<ModelConfig.Experts> experts = Optional.empty();
  private List<Rope> ropes = List.of();
  private IntUnaryOperator ropeOf = layer -> 0;
  private IntFunction<AttentionSpan> spanOf = layer -> AttentionSpan.ALL;
  private IntUnaryOperator keyDimOf;
  private IntUnaryOperator valueDimOf;
  private IntFunction<Values> valuesOf = layer -> Values.PROJECTED;
  private IntUnaryOperator keysOf = layer -> Mixer.Attention.OWN;
  private int inputDim; // of each layer's own input
  private IntFunction<Optional<Float>> gateCutoffOf = layer -> Optional.empty();
  private ModelConfig.Streams streams = ModelConfig.Streams.ONE;
  private IntFunction<Optional<Temperature>> temperatureOf = layer -> Optional.empty();
  private Optional<IntPredicate> expertsIn = Optional.empty();
  private IntFunction<Optional<Mixer>> recurrentOf = layer -> Optional.empty();
  private final Set<Part> parts = EnumSet.of(Part.PRE_NORM, Part.OUTPUT_NORM);
  private boolean encoder;
  private Optional<ModelConfig.Classifier> classifier = Optional.empty();

  /**
   * Starts with the sizes that a file gives, and with the switches of Llama.
   *
   * @param settings the file's
   * @param tensors names of the file's tensors
   * @param contextLength positions that will be used, or 0 for as many as the model has
   */
  DecoderBuilder(Settings settings, Set<String> tensors, int contextLength) {
    this.settings = settings;
    this.tensors = tensors;
    sizes = new DecoderSizes(settings, tensors);
    usedLength = contextLength == 0 ? sizes.contextLength() : contextLength;
    keyDimOf = layer -> sizes.headDim();
    valueDimOf = layer -> sizes.valueDim();
    attentionScale = (float) (1 / Math.sqrt(sizes.headDim()));
  }

  /** What the file gives. */
  DecoderSizes sizes() {
    return sizes;
  }

  DecoderBuilder norm(Norm.Kind kind) {
    norm = kind;
    return this;
  }

  DecoderBuilder queryKeyNorm(QueryKeyNorm value) {
    queryKeyNorm = value;
    return this;
  }

  /** Each head's query and key normalised with gains of its own, if the file has those. */
  DecoderBuilder normsOfHeads() {
    return queryKeyNorm(has("blk.0.attn_q_norm.weight") ? QueryKeyNorm.HEADS : QueryKeyNorm.NONE);
  }

  DecoderBuilder parallel(boolean value) {
    parallel = value;
    return this;
  }

  DecoderBuilder activation(Activation value) {
    activation = value;
    return this;
  }

  DecoderBuilder gated(boolean value) {
    gated = value;
    return this;
  }

  /** Blocks are mixers alone. */
  DecoderBuilder noFeedForward() {
    feedForward = false;
    return this;
  }

  DecoderBuilder with(Part part) {
    parts.add(part);
    return this;
  }

  DecoderBuilder without(Part part) {
    parts.remove(part);
    return this;
  }

  /** BERT's norms: LayerNorm of the embeddings and of each sum, and no other. */
  DecoderBuilder sumNorms() {
    return norm(Norm.Kind.LAYER)
        .with(Part.EMBEDDING_NORM)
        .without(Part.PRE_NORM)
        .with(Part.SUM_NORM)
        .without(Part.OUTPUT_NORM);
  }

  DecoderBuilder embeddingScale(double value) {
    embeddingScale = (float) value;
    return this;
  }

  DecoderBuilder attentionScale(double value) {
    attentionScale = (float) value;
    return this;
  }

  DecoderBuilder residualScale(double value) {
    residualScale = (float) value;
    return this;
  }

  DecoderBuilder logitScale(double value) {
    logitScale = (float) value;
    return this;
  }

  /** Bounds of scores and logits, 0 for none. */
  DecoderBuilder softCaps(float attention, float logits) {
    attentionSoftCap = attention;
    logitSoftCap = logits;
    return this;
  }

  /** Scores that fall with the distance, in place of positions (ALiBi); 0 for none. */
  DecoderBuilder alibi(float maxBias) {
    maxAlibiBias = maxBias;
    return noRope();
  }

  /** One rotary position embedding for all layers, as the file describes it. */
  DecoderBuilder rope(Pairing pairing) {
    return ropes(List.of(rotary().read(pairing)), layer -> 0);
  }

  /** Several of them, and which each layer uses, −1 for none. */
  DecoderBuilder ropes(List<Rope> all, IntUnaryOperator of) {
    ropes = all;
    ropeOf = of;
    return this;
  }

  /** One for layers that see everything, and one with a base of its own for those that do not. */
  DecoderBuilder ropes(Pairing pairing, Windows windows) {
    RopeSettings rotary = rotary();
    float localBase = rotary.base("rope.freq_base_swa", 10000);
    return ropes(
        List.of(rotary.read(pairing), rotary.plain(pairing, localBase)),
        layer -> windows.isLocal(layer) ? 1 : 0);
  }

  /** No rotary position embedding. */
  DecoderBuilder noRope() {
    return ropes(List.of(), layer -> -1);
  }

  /** Reads rotary position embeddings. */
  RopeSettings rotary() {
    return new RopeSettings(settings, sizes.headDim());
  }

  float attentionScale() {
    return attentionScale;
  }

  /** A mixture of experts in all layers, if the file says that there is one. */
  DecoderBuilder experts(Experts kind) {
    experts = kind.read(settings, DecoderSizes.MAX_DIM);
    return this;
  }

  /** One rotary position embedding, with LongRoPE's divisors if the file has them. */
  DecoderBuilder longRope(Pairing pairing) {
    boolean divided = tensors.contains("rope_factors_long.weight");
    return divided
        ? ropes(List.of(rotary().longRope(pairing, usedLength)), layer -> 0)
        : rope(pairing);
  }

  /** Sliding windows, if the file says that there are any: in the layers that it says, or all. */
  DecoderBuilder windows() {
    return spans(new Windows(settings, sizes.layers(), Windows.EVERYWHERE)::span);
  }

  /** Which layers have experts; without it all but those that the file says are dense. */
  DecoderBuilder expertsIn(IntPredicate where) {
    expertsIn = Optional.of(where);
    return this;
  }

  /** Layers have experts that the file says have, or those without a network of their own. */
  DecoderBuilder expertsWhereFound() {
    boolean[] told = settings.flags("expert_layers", sizes.layers());
    return expertsIn(
        layer -> told.length > 0 ? told[layer] : !has("blk." + layer + ".ffn_gate.weight"));
  }

  /** Lengths of keys and values that differ from layer to layer. */
  DecoderBuilder headDims(IntUnaryOperator of) {
    keyDimOf = of;
    valueDimOf = of;
    return this;
  }

  DecoderBuilder values(IntFunction<Values> of) {
    valuesOf = of;
    return this;
  }

  /** Whose keys and values a layer reads, −1 for its own. */
  DecoderBuilder keysOf(IntUnaryOperator of) {
    keysOf = of;
    return this;
  }

  /** Numbers of an input that each layer has of its own, 0 for none. */
  DecoderBuilder layerInputs(int dim) {
    inputDim = dim;
    return this;
  }

  /** Deviations above their mean that gates of a layer must be to count. */
  DecoderBuilder gateCutoffs(IntFunction<Optional<Float>> of) {
    gateCutoffOf = of;
    return this;
  }

  /** Streams of a token. */
  DecoderBuilder streams(ModelConfig.Streams value) {
    streams = value;
    return this;
  }

  DecoderBuilder temperatures(IntFunction<Optional<Temperature>> of) {
    temperatureOf = of;
    return this;
  }

  DecoderBuilder spans(IntFunction<AttentionSpan> of) {
    spanOf = of;
    return this;
  }

  /** An encoder, whose tokens see what follows them. */
  DecoderBuilder encoder() {
    encoder = true;
    return this;
  }

  /** A classification head, if the file has one. */
  DecoderBuilder classifier(Supplier<ModelConfig.Classifier> head) {
    if (has("cls.output.weight")) {
      classifier = Optional.of(head.get());
    }
    return this;
  }

  /** Whether the file has a tensor. */
  boolean has(String tensor) {
    return tensors.contains(tensor);
  }

  private AttentionSpan span(int layer, boolean causal) {
    AttentionSpan span = spanOf.apply(layer);
    if (span.equals(AttentionSpan.ALL) && !causal) {
      return AttentionSpan.WHOLE;
    }
    if (span.causal() && !causal) {
      throw settings.unsupported("windows of attention that is not causal");
    }
    return span;
  }

  /** What some layers have in place of attention. */
  DecoderBuilder recurrent(IntPredicate where, Mixer mixer) {
    recurrentOf = layer -> where.test(layer) ? Optional.of(mixer) : Optional.empty();
    return this;
  }

  private Mixer attention(int layer, boolean causal) {
    if (!sizes.hasKeys(layer)) {
      throw settings.fault("attention.head_count_kv", "key/value heads in layer " + layer);
    }
    int of = keysOf.applyAsInt(layer);
    if (of != Mixer.Attention.OWN && sizes.kvHeads(of) != sizes.kvHeads(layer)) {
      throw settings.fault(
          "attention.head_count_kv", "as many in layer %d as in layer %d".formatted(layer, of));
    }
    return new Mixer.Attention(
        sizes.heads(layer),
        sizes.kvHeads(layer),
        keyDimOf.applyAsInt(layer),
        valueDimOf.applyAsInt(layer),
        span(layer, causal),
        ropeOf.applyAsInt(layer),
        temperatureOf.apply(layer),
        valuesOf.apply(layer),
        of);
  }

  ModelConfig build() {
    String epsilon =
        switch (norm) {
          case RMS -> "attention.layer_norm_rms_epsilon";
          case LAYER -> "attention.layer_norm_epsilon";
        };
    List<ModelConfig.Layer> blocks = new ArrayList<>();
    boolean causal = settings.flag("attention.causal", !encoder);
    if (causal && encoder) {
      throw settings.unsupported("attention that is causal");
    }
    FeedForwards networks =
        feedForward
            ? FeedForwards.read(settings, sizes, experts, expertsIn)
            : FeedForwards.none(sizes);
    for (int layer = 0; layer < sizes.layers(); layer++) {
      int at = layer;
      blocks.add(
          new ModelConfig.Layer(
              networks.hiddenDim(layer),
              networks.experts(layer),
              recurrentOf.apply(layer).orElseGet(() -> attention(at, causal)),
              inputDim,
              gateCutoffOf.apply(layer)));
    }
    if (!causal && blocks.stream().map(b -> b.mixer().cached()).distinct().count() > 1) {
      throw settings.unsupported("an encoder whose layers have different heads");
    }
    settings.requireActivation(activation);
    settings.refuseUnread();
    return new ModelConfig(
        settings.architecture(),
        settings.tokens(),
        sizes.contextLength(),
        sizes.dim(),
        new Norm(norm, settings.number(epsilon)),
        queryKeyNorm,
        parallel,
        activation,
        gated,
        new ModelConfig.Scales(
            embeddingScale,
            attentionScale,
            residualScale,
            logitScale,
            attentionSoftCap,
            logitSoftCap,
            maxAlibiBias),
        ropes,
        blocks,
        streams,
        parts,
        settings.tokenTypes(),
        new ModelConfig.Head(
            settings.pooling("pooling_type", causal ? Pooling.LAST : Pooling.MEAN),
            sizes.denseOutputs(),
            classifier));
  }
}
