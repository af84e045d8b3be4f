package dev.nomoat.model;

import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.math.RotaryEmbedding;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The Llama family: Llama 1 to 3, Alpaca, Vicuna, Mistral 7B, TinyLlama, SmolLM2 and others whose
 * files say {@code llama}.
 */
final class LlamaFamily {
  private static final String ARCHITECTURE = "llama";

  /** Far beyond any model; keeps products of a batch and a dimension inside an int. */
  private static final int MAX_DIM = 1 << 18;

  /** Hidden numbers for each of the dimension, at most: models have 2 to 8. */
  private static final int MOST_HIDDEN = 64;

  /** Bounds of RoPE scaling: beyond them, angles leave what floats can hold. */
  private static final float MOST_SCALING = 0x1p20f;

  /** Multipliers and bounds that other families have; 0 and 1 stand for none. */
  private static final List<String> SCALES =
      List.of(
          "rope.scaling.attn_factor",
          "attention.scale",
          "attention.clamp_kqv",
          "attn_logit_softcapping",
          "final_logit_softcapping",
          "embedding_scale",
          "residual_scale",
          "logit_scale");

  private final GgufFile file;
  private final GgufMetadata metadata;

  private LlamaFamily(GgufFile file) {
    this.file = file;
    this.metadata = file.metadata();
  }

  /** Reads the configuration. */
  static ModelConfig config(GgufFile file) {
    String architecture = file.metadata().requireString("general.architecture");
    if (!architecture.equals(ARCHITECTURE)) {
      throw new UnsupportedModelException(
          "architecture " + architecture, "supported: " + ARCHITECTURE);
    }
    return new LlamaFamily(file).config();
  }

  private ModelConfig config() {
    refuse();
    int layers = positive("block_count", Math.max(1, file.tensors().size()));
    int dim = positive("embedding_length", MAX_DIM);
    int heads = positive("attention.head_count", dim);
    int kvHeads = uniform("attention.head_count_kv", layers, heads, heads);
    if (heads % kvHeads != 0) {
      throw metadata.fault(key("attention.head_count_kv"), "a divisor of " + heads + " heads");
    }
    if (!metadata.contains(key("attention.key_length")) && dim % heads != 0) {
      throw metadata.fault(key("attention.head_count"), "a divisor of dimension " + dim);
    }
    int headDim = optional("attention.key_length", dim / heads, MAX_DIM / heads);
    if (optional("attention.value_length", headDim, MAX_DIM) != headDim) {
      throw metadata.fault(key("attention.value_length"), "the key length " + headDim);
    }
    return new ModelConfig(
        ARCHITECTURE,
        layers,
        dim,
        uniform("feed_forward_length", layers, -1, Math.min(MAX_DIM, MOST_HIDDEN * dim)),
        heads,
        kvHeads,
        headDim,
        vocabulary(),
        positive("context_length", Integer.MAX_VALUE),
        number("attention.layer_norm_rms_epsilon", OptionalDouble.empty()),
        rope(headDim));
  }

  private ModelConfig.Rope rope(int headDim) {
    int dim = optional("rope.dimension_count", headDim, headDim);
    if (dim % 2 != 0) {
      throw metadata.fault(key("rope.dimension_count"), "an even number");
    }
    float base = number("rope.freq_base", OptionalDouble.of(10000));
    if (base < 1) {
      throw metadata.fault(key("rope.freq_base"), "1 or more");
    }
    // a factor without a type scales linearly
    Optional<String> type = metadata.string(key("rope.scaling.type"));
    String scaling = type.orElse("linear");
    OptionalDouble fallback = type.isPresent() ? OptionalDouble.empty() : OptionalDouble.of(1);
    float factor =
        switch (scaling) {
          case "none" -> 1f;
          case "linear" -> number("rope.scaling.factor", fallback);
          default ->
              throw new UnsupportedModelException(
                  "RoPE scaling " + scaling, "supported: none, linear, and factors in a tensor");
        };
    if (factor < 1 / MOST_SCALING || factor > MOST_SCALING) {
      throw metadata.fault(key("rope.scaling.factor"), "2^-20 to 2^20");
    }
    return new ModelConfig.Rope(RotaryEmbedding.Pairing.INTERLEAVED, dim, base, 1 / factor);
  }

  /** Refuses what would change the graph. */
  private void refuse() {
    if (metadata.integer(key("expert_count")).orElse(0) > 0) {
      throw unsupported("mixture of experts");
    }
    if (metadata.integer(key("attention.sliding_window")).orElse(0) > 0) {
      throw unsupported("sliding-window attention");
    }
    String type = metadata.string("general.type").orElse("model");
    if (!type.equals("model")) {
      throw new UnsupportedModelException("a file of type " + type, "supported: model");
    }
    if (!metadata.bool(key("attention.causal")).orElse(true)) {
      throw unsupported("attention that is not causal");
    }
    for (String name : SCALES) {
      double value = metadata.floating(key(name)).orElse(1);
      if (value != 1 && value != 0) {
        throw unsupported("key " + key(name));
      }
    }
    if (metadata.contains(key("rope.scale_linear"))) {
      throw new UnsupportedModelException(
          "key " + key("rope.scale_linear"), "convert the model anew");
    }
  }

  private static UnsupportedModelException unsupported(String feature) {
    return new UnsupportedModelException(feature, "in a model of architecture " + ARCHITECTURE);
  }

  private int vocabulary() {
    int tokens = metadata.requireStrings("tokenizer.ggml.tokens").size();
    if (tokens == 0) {
      throw metadata.fault("tokenizer.ggml.tokens", "at least one token");
    }
    return tokens;
  }

  private static String key(String name) {
    return ARCHITECTURE + "." + name;
  }

  private int positive(String name, int most) {
    int value = metadata.requireInt(key(name));
    return checked(name, value, most);
  }

  private int optional(String name, int fallback, int most) {
    return checked(name, metadata.integer(key(name)).orElse(fallback), most);
  }

  private int checked(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw metadata.fault(key(name), "1 to " + most);
    }
    return value;
  }

  /** A number that is the same for all layers; the file may repeat it for each. */
  private int uniform(String name, int layers, int fallback, int most) {
    if (!metadata.contains(key(name)) && fallback > 0) {
      return fallback;
    }
    int[] values =
        metadata
            .perLayerInts(key(name), layers)
            .orElseThrow(() -> metadata.fault(key(name), "an integer"));
    for (int value : values) {
      if (value != values[0]) {
        throw new UnsupportedModelException(
            "different " + name + " in different layers", "architecture " + ARCHITECTURE);
      }
    }
    return checked(name, values[0], most);
  }

  private float number(String name, OptionalDouble fallback) {
    OptionalDouble found = metadata.floating(key(name));
    float value =
        (float)
            (fallback.isPresent()
                ? found.orElse(fallback.getAsDouble())
                : found.orElseThrow(() -> metadata.fault(key(name), "a number")));
    if (!(value > 0) || Float.isInfinite(value)) {
      throw metadata.fault(key(name), "a positive number");
    }
    return value;
  }
}
