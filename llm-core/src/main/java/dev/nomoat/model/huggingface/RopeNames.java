package dev.nomoat.model.huggingface;

import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rotary position embeddings of a {@code config.json}, in the words of GGUF: {@code rope_theta} and
 * {@code rope_scaling}, or {@code rope_parameters} that has both, for all layers or for each kind
 * of them.
 *
 * <p>Source of the formulas: {@code modeling_rope_utils.py} of Hugging Face transformers.
 */
final class RopeNames {
  private static final String BASE = "rope.freq_base";
  private static final String SCALING = "rope.scaling.";
  private static final String PROPORTIONAL = "proportional";

  /** A divisor of frequencies after which no position turns anything. */
  private static final float NEVER = 1e30f;

  private static final String FULL = "full_attention";

  private final SettingNames settings;
  private final HuggingFaceFolder folder;

  RopeNames(SettingNames settings, HuggingFaceFolder folder) {
    this.settings = settings;
    this.folder = folder;
  }

  /** A parameter of the layers that see everything, wherever it stands. */
  private Optional<JsonPlace> find(String name) {
    return settings
        .find("rope_parameters")
        .map(all -> all.find(FULL).orElse(all))
        .flatMap(parameters -> parameters.find(name))
        .or(() -> settings.find("rope_scaling").flatMap(scaling -> scaling.find(name)))
        .or(() -> settings.find(name));
  }

  /** A number, wherever it stands. */
  Optional<Double> number(String name) {
    return find(name).map(JsonPlace::number);
  }

  private double number(String name, double orElse) {
    return number(name).orElse(orElse);
  }

  /** The base of the layers that see a window, where they have one of their own. */
  private Optional<Double> localBase() {
    return settings
        .find("rope_parameters")
        .flatMap(all -> all.find("sliding_attention"))
        .flatMap(local -> local.find("rope_theta"))
        .or(() -> settings.find("rope_local_base_freq"))
        .map(JsonPlace::number);
  }

  /** Layers that see a window have no scaling of their own. */
  private void requirePlainWindows() {
    settings
        .find("rope_parameters")
        .flatMap(all -> all.find("sliding_attention"))
        .flatMap(local -> local.find("rope_type"))
        .map(JsonPlace::text)
        .filter(type -> !type.equals("default"))
        .ifPresent(
            type -> {
              throw unsupported("RoPE scaling " + type + " of sliding_attention", "default");
            });
  }

  private UnsupportedModelException unsupported(String feature, String supported) {
    return new UnsupportedModelException(
        folder.configFile(), 0, feature, "supported: " + supported);
  }

  private String type() {
    return find("rope_type").or(() -> find("type")).map(JsonPlace::text).orElse("default");
  }

  private double base() {
    double base = number("rope_theta").or(() -> number("rotary_emb_base")).orElse(10000.0);
    int dim = dim();
    return isStretched() ? base * Math.pow(number("alpha", 1), dim / (dim - 2.0)) : base;
  }

  /** A base that is greater by a fixed factor, whatever the length of a text. */
  private boolean isStretched() {
    return type().equals("dynamic") && number("alpha", 0) > 0 && dim() > 2;
  }

  private int originalLength() {
    return find("original_max_position_embeddings")
        .map(JsonPlace::count)
        .orElseGet(() -> settings.count("max_position_embeddings", 0));
  }

  /** How many numbers of a head are turned. */
  private int dim() {
    JsonPlace place = find("partial_rotary_factor").or(() -> find("rotary_pct")).orElse(null);
    double part = place == null ? 1 : place.number();
    if (place != null && !(part >= 0 && part <= 1)) {
      throw place.fault("a part, from 0 to 1");
    }
    return (int) (settings.headDim() * part);
  }

  /** Adds the settings. */
  void put(Map<String, GgufValue> values) {
    values.put(BASE, GgufValue.float64(base()));
    localBase().ifPresent(base -> values.put(BASE + "_swa", GgufValue.float64(base)));
    int dim = dim();
    if (dim > 0) {
      values.put("rope.dimension_count", GgufValue.uint32(dim));
    }
    requirePlainWindows();
    switch (isStretched() ? "default" : type()) {
      // the parts of mrope are positions in pictures, and the same in texts
      case "default", "mrope", "llama3", PROPORTIONAL ->
          values.put(SCALING + "type", GgufValue.text("none"));
      case "linear" -> {
        values.put(SCALING + "type", GgufValue.text("linear"));
        factor(values);
      }
      case "yarn" -> yarn(values);
      case "longrope", "su" -> longRope(values);
      default ->
          throw unsupported(
              "RoPE scaling " + type(), "default, linear, yarn, llama3, longrope, proportional");
    }
  }

  private void factor(Map<String, GgufValue> values) {
    number("factor").ifPresent(f -> values.put(SCALING + "factor", GgufValue.float64(f)));
  }

  private void yarn(Map<String, GgufValue> values) {
    values.put(SCALING + "type", GgufValue.text("yarn"));
    factor(values);
    values.put(SCALING + "original_context_length", GgufValue.uint32(originalLength()));
    put(values, "yarn_beta_fast", number("beta_fast"));
    put(values, "yarn_beta_slow", number("beta_slow"));
    find("truncate")
        .ifPresent(p -> values.put(SCALING + "yarn_truncate", GgufValue.bool(p.bool())));
    double factor = number("factor", 1);
    put(values, "attn_factor", yarnMagnitude(factor).map(m -> m / magnitude(factor, 1)));
  }

  /** Where it is not the usual one. */
  private Optional<Double> yarnMagnitude(double factor) {
    Optional<Double> given = number("attention_factor");
    double one = number("mscale", 0);
    double all = number("mscale_all_dim", 0);
    return given.isEmpty() && one != 0 && all != 0
        ? Optional.of(magnitude(factor, one) / magnitude(factor, all))
        : given;
  }

  private static double magnitude(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }

  private static void put(Map<String, GgufValue> values, String key, Optional<Double> value) {
    value.ifPresent(v -> values.put(SCALING + key, GgufValue.float64(v)));
  }

  private void longRope(Map<String, GgufValue> values) {
    int original = originalLength();
    double factor =
        number("factor", settings.count("max_position_embeddings", 0) / (double) original);
    double usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
    values.put(SCALING + "original_context_length", GgufValue.uint32(original));
    put(values, "attn_factor", Optional.of(number("attention_factor", usual)));
  }

  /** The tensors that GGUF keeps where a configuration has numbers or a formula. */
  List<SourceTensor> tensors() {
    List<SourceTensor> tensors = new ArrayList<>();
    switch (type()) {
      case "llama3" -> tensors.add(tensor("rope_freqs.weight", llama3()));
      case PROPORTIONAL -> tensors.add(tensor("rope_freqs.weight", proportional()));
      case "longrope", "su" -> {
        tensors.add(tensor("rope_factors_short.weight", numbers("short_factor")));
        tensors.add(tensor("rope_factors_long.weight", numbers("long_factor")));
      }
      default -> {
        // a formula of the base alone
      }
    }
    return tensors;
  }

  private SourceTensor tensor(String name, float[] numbers) {
    return new ComputedTensor(name, folder.configFile(), numbers);
  }

  private float[] numbers(String name) {
    List<JsonPlace> elements = find(name).map(JsonPlace::elements).orElse(List.of());
    if (elements.isEmpty()) {
      throw settings.fault("rope_scaling", "numbers in " + name);
    }
    float[] numbers = new float[elements.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) elements.get(i).number();
    }
    return numbers;
  }

  /** Divisors: the factor for the first pairs, for the others one that leaves them as they are. */
  private float[] proportional() {
    int headDim = settings.size("global_head_dim", settings.headDim());
    float[] divisors = new float[Math.max(1, headDim / 2)];
    int turned = (int) (headDim * number("partial_rotary_factor", 1) / 2);
    float factor = (float) number("factor", 1);
    for (int i = 0; i < divisors.length; i++) {
      divisors[i] = i < turned ? factor : NEVER;
    }
    return divisors;
  }

  /** Divisors: 1 for short waves, the factor for long ones, a mixture between. */
  private float[] llama3() {
    double factor = number("factor", 8);
    double low = number("low_freq_factor", 1);
    double high = number("high_freq_factor", 4);
    double original =
        find("original_max_position_embeddings").map(JsonPlace::number).orElse(8192.0);
    int dim = dim();
    float[] divisors = new float[Math.max(1, dim / 2)];
    for (int i = 0; i < divisors.length; i++) {
      // in floats, as the reference computes it
      float exponent = (float) (2 * i) / dim;
      float frequency = 1 / (float) Math.pow((float) base(), exponent);
      float wave = (float) (2 * Math.PI) / frequency;
      if (wave < original / high) {
        divisors[i] = 1;
      } else if (wave > original / low) {
        divisors[i] = (float) factor;
      } else {
        float smooth = ((float) original / wave - (float) low) / (float) (high - low);
        divisors[i] = 1 / ((1 - smooth) / (float) factor + smooth);
      }
    }
    return divisors;
  }
}
