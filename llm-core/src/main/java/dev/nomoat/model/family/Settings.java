package dev.nomoat.model.family;

import dev.nomoat.ModelFormatException;
import dev.nomoat.Pooling;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufValueType;
import dev.nomoat.model.Activation;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The settings of one architecture in a file's metadata: {@code block_count} and so on. */
final class Settings {
  /** Settings that change a graph; a family that does not read one has no such thing. */
  private static final List<String> CHANGING =
      List.of(
          "attention.scale",
          "attention.clamp_kqv",
          "attention.max_alibi_bias",
          "attention.sliding_window",
          "attention.shared_kv_layers",
          "attention.key_length_swa",
          "embedding_length_per_layer_input",
          "activation_sparsity_scale",
          "altup.num_inputs",
          "attention.chunk_size",
          "attention.temperature_scale",
          "interleave_moe_layer_step",
          "attn_logit_softcapping",
          "final_logit_softcapping",
          "router_logit_softcapping",
          "embedding_scale",
          "residual_scale",
          "logit_scale",
          "rope.scaling.attn_factor",
          "rope.scaling.yarn_attn_factor",
          "rope.scaling.yarn_log_multiplier",
          "rope.freq_base_swa",
          "expert_count",
          "leading_dense_block_count",
          "attention.key_length_mla",
          "attention.kv_lora_rank",
          "ssm.state_size",
          "hidden_activation",
          "moe_every_n_layers",
          "nextn_predict_layers");

  private static final boolean[] NONE = {};

  private final GgufMetadata metadata;
  private final String architecture;
  private final Set<String> read = new HashSet<>();

  Settings(GgufMetadata metadata, String architecture) {
    this.metadata = metadata;
    this.architecture = architecture;
  }

  String architecture() {
    return architecture;
  }

  String key(String name) {
    return architecture + "." + name;
  }

  private String reading(String name) {
    read.add(name);
    return key(name);
  }

  boolean has(String name) {
    return metadata.contains(key(name));
  }

  ModelFormatException fault(String name, String expected) {
    return metadata.fault(key(name), expected);
  }

  UnsupportedModelException unsupported(String feature) {
    return new UnsupportedModelException(feature, "in a model of architecture " + architecture);
  }

  /** An integer from 1 to {@code most}. */
  int positive(String name, int most) {
    return checked(name, metadata.requireInt(reading(name)), most);
  }

  /** An integer from 1 to {@code most}, or a fallback when the file does not have it. */
  int positive(String name, int fallback, int most) {
    return checked(name, metadata.integer(reading(name)).orElse(fallback), most);
  }

  /** An integer from {@code least} to {@code most}. */
  int between(String name, int least, int most) {
    int value = metadata.requireInt(reading(name));
    if (value < least || value > most) {
      throw fault(name, least + " to " + most);
    }
    return value;
  }

  /** An integer from 0, or empty when it is not there or 0. */
  OptionalInt size(String name) {
    OptionalInt found = metadata.integer(reading(name));
    if (found.isPresent() && found.getAsInt() < 0) {
      throw fault(name, "0 or more");
    }
    return found.orElse(0) == 0 ? OptionalInt.empty() : found;
  }

  /** The same, at most so much. */
  OptionalInt size(String name, int most) {
    OptionalInt found = size(name);
    if (found.isPresent()) {
      checked(name, found.getAsInt(), most);
    }
    return found;
  }

  private int checked(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw fault(name, "1 to " + most);
    }
    return value;
  }

  /** A positive integer for each layer; the file may give one for all. */
  int[] perLayer(String name, int layers, int most) {
    int[] values = raw(name, layers);
    for (int value : values) {
      checked(name, value, most);
    }
    return values;
  }

  /** An integer from 0 for each layer; the file may give one for all. */
  int[] counts(String name, int layers, int most) {
    int[] values = raw(name, layers);
    for (int value : values) {
      if (value < 0 || value > most) {
        throw fault(name, "0 to " + most);
      }
    }
    return values;
  }

  private int[] raw(String name, int layers) {
    return metadata
        .perLayerInts(reading(name), layers)
        .orElseThrow(() -> metadata.fault(key(name), "an integer"));
  }

  /** A positive number. */
  float number(String name) {
    return checked(
        name, metadata.floating(reading(name)).orElseThrow(() -> fault(name, "a number")));
  }

  /** A positive number, or a fallback when the file does not have it. */
  float number(String name, double fallback) {
    return checked(name, metadata.floating(reading(name)).orElse(fallback));
  }

  /** A number of 0 or more, 0 when the file does not have it. */
  float bound(String name) {
    double value = metadata.floating(reading(name)).orElse(0);
    return value == 0 ? 0 : checked(name, value);
  }

  private float checked(String name, double value) {
    float narrow = (float) value;
    if (!(narrow > 0) || Float.isInfinite(narrow)) {
      throw fault(name, "a positive number");
    }
    return narrow;
  }

  Optional<String> text(String name) {
    return metadata.string(reading(name));
  }

  /** An activation that the file names, or a fallback when it does not. */
  Activation activation(String name, Activation fallback) {
    Optional<String> value = text(name);
    if (value.isEmpty()) {
      return fallback;
    }
    return Arrays.stream(Activation.values())
        .filter(activation -> activation.isNamed(value.get()))
        .findFirst()
        .orElseThrow(() -> unsupported("activation " + value.get()));
  }

  boolean flag(String name, boolean fallback) {
    return metadata.bool(reading(name)).orElse(fallback);
  }

  /** A period of layers that the file gives as one integer, or a fallback. */
  int period(String name, int fallback) {
    boolean single = metadata.get(reading(name)).orElse(null) instanceof GgufValue.IntegerValue;
    return single ? positive(name, 1 << 16) : fallback;
  }

  /** A number for each layer, which may be infinite. */
  float[] numbers(String name, int layers) {
    return metadata
        .floats(reading(name))
        .filter(numbers -> numbers.length == layers)
        .orElseThrow(() -> fault(name, "a number for each of %d layers".formatted(layers)));
  }

  /** A flag for each layer, or empty when the file has no array of them. */
  boolean[] flags(String name, int layers) {
    if (!(metadata.get(reading(name)).orElse(null) instanceof GgufNumberArray array)) {
      return NONE;
    }
    if (array.elementType() != GgufValueType.BOOL || array.size() != layers) {
      throw fault(name, "an integer, or an array of %d BOOL".formatted(layers));
    }
    return array.toBools();
  }

  int tokens() {
    String list = "tokenizer.ggml.tokens";
    // a folder of Hugging Face says how many tokens there are, and has them elsewhere
    if (!metadata.contains(list) && has("vocab_size")) {
      return positive("vocab_size", Integer.MAX_VALUE);
    }
    int tokens = metadata.requireStrings(list).size();
    if (tokens == 0) {
      throw metadata.fault(list, "at least one token");
    }
    return tokens;
  }

  /** Refuses another activation than the family's, where the file names one. */
  void requireActivation(Activation expected) {
    text("activation")
        .filter(name -> !expected.isNamed(name))
        .ifPresent(
            name -> {
              throw unsupported("activation " + name);
            });
  }

  /** Kinds of tokens, 1 when the file does not tell. */
  int tokenTypes() {
    String key = "tokenizer.ggml.token_type_count";
    int types = metadata.integer(key).orElse(1);
    if (types < 1) {
      throw metadata.fault(key, "1 or more");
    }
    return types;
  }

  /** Labels that a classification head tells apart, 1 when the file does not name them. */
  int labels() {
    return metadata
        .strings(reading("classifier.output_labels"))
        .map(GgufStringArray::size)
        .orElse(1);
  }

  /** The text that a query and a document are put into to be scored. */
  Optional<String> rerankTemplate() {
    return metadata.string("tokenizer.chat_template.rerank");
  }

  /** Whether the tokenizer is WordPiece. */
  boolean isWordPiece() {
    return metadata.string("tokenizer.ggml.model").equals(Optional.of("bert"));
  }

  /** How tokens become one vector, or a fallback when the file does not tell. */
  Pooling pooling(String name, Pooling fallback) {
    int type = metadata.integer(reading(name)).orElse(0);
    return switch (type) {
      case 0, 4 -> fallback; // no pooling, or that of a classification head
      case 1 -> Pooling.MEAN;
      case 2 -> Pooling.CLS;
      case 3 -> Pooling.LAST;
      default -> throw fault(name, "0 to 4");
    };
  }

  /** Refuses settings that would change the graph but that the family did not read. */
  void refuseUnread() {
    for (String name : CHANGING) {
      if (!read.contains(name) && has(name) && !isNeutral(name)) {
        throw unsupported("key " + metadata.shownKey(key(name)));
      }
    }
    if (has("rope.scale_linear")) {
      throw new UnsupportedModelException(
          "key " + key("rope.scale_linear"), "convert the model anew");
    }
  }

  /** 0, and for factors 1, stand for none. */
  private boolean isNeutral(String name) {
    double value =
        switch (metadata.get(key(name)).orElseThrow()) {
          case GgufValue.IntegerValue v -> v.bits();
          case GgufValue.Float32Value v -> v.value();
          case GgufValue.Float64Value v -> v.value();
          case GgufValue.BoolValue v -> Double.NaN;
          case GgufValue.TextValue v -> Double.NaN;
          case GgufNumberArray v -> Double.NaN;
          case GgufStringArray v -> Double.NaN;
        };
    boolean factor = name.endsWith("scale") || name.endsWith("factor");
    return value == 0 || (factor && value == 1);
  }
}
