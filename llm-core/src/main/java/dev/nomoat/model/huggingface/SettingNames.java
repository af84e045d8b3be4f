package dev.nomoat.model.huggingface;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Gives the settings of a {@code config.json} the keys of GGUF. What most models have is known
 * here; a family adds what it has of its own. A setting that would change the graph is carried over
 * whether the family knows it or not, because settings that nobody reads are refused.
 */
public final class SettingNames {
  /** The keys of GGUF, without the architecture, and those of configurations, in turn. */
  private static final Map<String, List<String>> INTEGERS =
      table(
          "block_count=num_hidden_layers,n_layer,num_layers",
          "context_length=max_position_embeddings,n_positions,n_ctx",
          "embedding_length=hidden_size,n_embd",
          "feed_forward_length=intermediate_size,n_inner,ffn_hidden_size",
          "vocab_size=vocab_size",
          "attention.head_count=num_attention_heads,n_head",
          "attention.head_count_kv=num_key_value_heads,num_kv_heads",
          "attention.key_length=head_dim",
          "attention.value_length=head_dim",
          "expert_count=num_experts,num_local_experts,n_routed_experts",
          "expert_used_count=num_experts_per_tok",
          "expert_feed_forward_length=moe_intermediate_size",
          "expert_shared_feed_forward_length=shared_expert_intermediate_size",
          "expert_shared_count=n_shared_experts",
          "expert_group_count=n_group",
          "expert_group_used_count=topk_group",
          "leading_dense_block_count=first_k_dense_replace");

  private static final Map<String, List<String>> NUMBERS =
      table(
          "attention.layer_norm_rms_epsilon=norm_eps,rms_norm_eps",
          "attention.layer_norm_epsilon=layer_norm_eps,layer_norm_epsilon,norm_epsilon",
          "attention.clamp_kqv=clip_qkv",
          "attn_logit_softcapping=attn_logit_softcapping",
          "final_logit_softcapping=final_logit_softcapping",
          "embedding_scale=embedding_multiplier",
          "residual_scale=residual_multiplier",
          "attention.scale=attention_multiplier",
          "logit_scale=logit_scale,logits_scaling",
          "expert_weights_scale=routed_scaling_factor");

  private static final Map<String, List<String>> FLAGS =
      table(
          "use_parallel_residual=use_parallel_residual",
          "expert_weights_norm=norm_topk_prob",
          "attention.causal=is_causal");

  private static final Map<String, List<String>> TEXTS =
      table("activation=hidden_activation,hidden_act,activation_function,activation");

  /** Far beyond any model. */
  private static final int MOST = 1 << 18;

  private static final String WINDOW = "attention.sliding_window";
  private static final String PATTERN = "attention.sliding_window_pattern";

  private final HuggingFaceFolder folder;
  private final JsonPlace config;
  private final String architecture;
  private final Map<String, Json> fallbacks = new HashMap<>();
  private final Set<String> without = new HashSet<>();
  private final Map<String, GgufValue> own = new LinkedHashMap<>();
  private final Map<String, GgufValue> whole = new LinkedHashMap<>();

  SettingNames(HuggingFaceFolder folder, String architecture) {
    this.folder = folder;
    this.config = folder.config();
    this.architecture = architecture;
  }

  private static Map<String, List<String>> table(String... lines) {
    Map<String, List<String>> table = new LinkedHashMap<>();
    for (String line : lines) {
      String[] sides = line.split("=", 2);
      table.put(sides[0], List.of(sides[1].split(",")));
    }
    return table;
  }

  /**
   * What the family's models have where their configuration leaves something out.
   *
   * @param name a key of the configuration
   * @param number what it stands for when it is missing
   * @return this
   */
  public SettingNames fallback(String name, Number number) {
    fallbacks.put(name, new Json.NumberValue(number.toString()));
    return this;
  }

  /**
   * Settings that configurations of the family may have without meaning anything.
   *
   * @param names keys of the configuration
   * @return this
   */
  public SettingNames without(String... names) {
    without.addAll(List.of(names));
    return this;
  }

  /**
   * Sets what the family has to say in another way than its configuration does.
   *
   * @param key a key of GGUF, without the architecture
   * @param value its value
   * @return this
   */
  public SettingNames put(String key, GgufValue value) {
    own.put(key, value);
    return this;
  }

  /**
   * Sets what GGUF says of no architecture.
   *
   * @param key a whole key of GGUF
   * @param value its value
   * @return this
   */
  public SettingNames putWhole(String key, GgufValue value) {
    whole.put(key, value);
    return this;
  }

  /**
   * Names what a classification head tells apart.
   *
   * @return this
   */
  public SettingNames labels() {
    Map<Integer, String> labels = new TreeMap<>();
    Optional<JsonPlace> told = find("id2label");
    if (told.isPresent()) {
      for (String number : told.get().names()) {
        if (!number.matches("[0-9]{1,6}")) {
          throw fault("id2label", "numbers");
        }
        labels.put(Integer.parseInt(number), told.get().get(number).text());
      }
    } else {
      IntStream.range(0, size("num_labels", 2)).forEach(i -> labels.put(i, "LABEL_" + i));
    }
    return put("classifier.output_labels", GgufStringArray.of(List.copyOf(labels.values())));
  }

  /**
   * A number of the configuration.
   *
   * @param name its key
   * @return the number, or empty if it is missing
   */
  public Optional<Double> number(String name) {
    return find(name).map(JsonPlace::number);
  }

  /**
   * A whole number of the configuration.
   *
   * @param name its key
   * @param orElse what it is when it is missing
   * @return the number
   */
  public int count(String name, int orElse) {
    return find(name).map(JsonPlace::count).orElse(orElse);
  }

  /**
   * A flag of the configuration.
   *
   * @param name its key
   * @param orElse what it is when it is missing
   * @return the flag
   */
  public boolean flag(String name, boolean orElse) {
    return find(name).map(JsonPlace::bool).orElse(orElse);
  }

  /**
   * Whether something is switched on, by a flag or by a number other than 0.
   *
   * @param name its key
   * @return whether it is; not when it is missing
   */
  public boolean isOn(String name) {
    return find(name)
        .map(p -> p.value() instanceof Json.NumberValue ? p.number() != 0 : p.bool())
        .orElse(false);
  }

  /**
   * Numbers of the configuration.
   *
   * @param name the key of their array
   * @return the numbers; empty if the array is missing
   */
  public List<Double> numbers(String name) {
    return find(name)
        .map(array -> array.elements().stream().map(JsonPlace::number).toList())
        .orElse(List.of());
  }

  /**
   * Whether a range of times leaves out none: from 0, to an infinity in any of its notations.
   *
   * @param name the key of an array of two numbers
   * @return whether it is that, or missing
   */
  public boolean isUnlimited(String name) {
    Optional<JsonPlace> range = find(name);
    if (range.isEmpty()) {
      return true;
    }
    List<JsonPlace> ends = range.get().elements();
    if (ends.size() != 2 || ends.get(0).number() != 0) {
      return false;
    }
    Json end = ends.get(1).value();
    return end instanceof Json.NumberValue
        ? Double.isInfinite(ends.get(1).number())
        : end.toJson().contains("Infinity");
  }

  /**
   * Texts of the configuration.
   *
   * @param name the key of their array
   * @return the texts; empty if the array is missing
   */
  public List<String> texts(String name) {
    return find(name)
        .map(array -> array.elements().stream().map(JsonPlace::text).toList())
        .orElse(List.of());
  }

  /**
   * A text of the configuration.
   *
   * @param name its key
   * @param orElse what it is when it is missing
   * @return the text
   */
  public String text(String name, String orElse) {
    return find(name).map(JsonPlace::text).orElse(orElse);
  }

  /**
   * Sets a whole number to one of the configuration.
   *
   * @param key a key of GGUF, without the architecture
   * @param name a key of the configuration
   * @param orElse what it is when it is missing
   * @return this
   */
  public SettingNames copy(String key, String name, int orElse) {
    return put(key, GgufValue.uint32(count(name, orElse)));
  }

  /**
   * Gives keys and values to some layers only.
   *
   * @param attends whether a layer has them
   * @return this
   */
  public SettingNames keysIn(IntPredicate attends) {
    int keys = kvHeads();
    int[] all = IntStream.range(0, layers()).map(i -> attends.test(i) ? keys : 0).toArray();
    return put("attention.head_count_kv", GgufNumberArray.ofInts(all));
  }

  /**
   * Which layers are of a kind.
   *
   * @param kind a text in {@code layer_types}, which has one for each layer
   * @param known all texts that the family knows
   * @return a flag for each layer; empty when the configuration does not tell
   * @throws ModelFormatException when there is another number of texts, or an unknown one
   */
  public boolean[] layersOf(String kind, List<String> known) {
    List<String> kinds = texts("layer_types");
    if (!kinds.isEmpty() && (kinds.size() != layers() || !known.containsAll(kinds))) {
      throw fault("layer_types", "one of %s for each of %d layers".formatted(known, layers()));
    }
    return are(kind, kinds);
  }

  private static boolean[] are(String kind, List<String> kinds) {
    boolean[] are = new boolean[kinds.size()];
    for (int i = 0; i < are.length; i++) {
      are[i] = kinds.get(i).equals(kind);
    }
    return are;
  }

  /**
   * Reports a setting that we do not have.
   *
   * @param feature the setting
   * @return the exception, for the caller to throw
   */
  public UnsupportedModelException unsupported(String feature) {
    return new UnsupportedModelException(
        folder.configFile(), 0, feature, "in a model of type " + folder.modelType());
  }

  /**
   * Refuses another value of a flag.
   *
   * @param name its key in the configuration
   * @param value what it must be, and is when it is missing
   * @throws UnsupportedModelException when it is not that
   */
  public void require(String name, boolean value) {
    if (flag(name, value) != value) {
      throw unsupported(name + " " + !value);
    }
  }

  /**
   * Reports a setting that the family cannot have.
   *
   * @param name a key of the configuration
   * @param expected what it should be
   * @return the exception, for the caller to throw
   */
  public ModelFormatException fault(String name, String expected) {
    String found = find(name).map(place -> place.value().toString()).orElse("nothing");
    return new ModelFormatException(
        folder.configFile(), 0, expected + " for \"" + name + "\"", found);
  }

  /**
   * A setting of the configuration.
   *
   * @param name its key
   * @return what is there, or what the family has instead; empty if that is nothing or null
   */
  public Optional<JsonPlace> find(String name) {
    if (without.contains(name)) {
      return Optional.empty();
    }
    return config
        .find(name)
        .or(() -> Optional.ofNullable(fallbacks.get(name)).map(v -> new JsonPlace(name, v)));
  }

  private Optional<JsonPlace> first(List<String> names) {
    return names.stream().flatMap(name -> find(name).stream()).findFirst();
  }

  private Optional<Integer> integer(String key) {
    return first(Objects.requireNonNull(INTEGERS.get(key))).map(JsonPlace::count);
  }

  /** Query heads. */
  int heads() {
    return integer("attention.head_count").orElse(0);
  }

  /** Key and value heads. */
  int kvHeads() {
    return integer("attention.head_count_kv").orElse(heads());
  }

  /** Numbers of a head. */
  int headDim() {
    int dim = integer("embedding_length").orElse(0);
    return size("head_dim", heads() == 0 ? 0 : dim / heads());
  }

  /**
   * A size of the configuration, within what any model has.
   *
   * @param name its key
   * @param orElse what it is when it is missing
   * @return the size, at most 2¹⁸
   */
  public int size(String name, int orElse) {
    int size = count(name, orElse);
    if (size > MOST) {
      throw fault(name, "0 to " + MOST);
    }
    return size;
  }

  /** Layers; each has a tensor at least. */
  int layers() {
    int layers = integer("block_count").orElse(0);
    int most = folder.weights().tensors().size();
    if (layers > most) {
      String name = shownKey(architecture + ".block_count");
      throw fault(name, "0 to " + most);
    }
    return layers;
  }

  /** The settings by the keys of GGUF. */
  GgufMetadata metadata(RopeNames rope) {
    Map<String, GgufValue> values = new LinkedHashMap<>();
    values.put("general.architecture", GgufValue.text(architecture));
    values.put("general.name", GgufValue.text(modelName()));
    try {
      values.putAll(whole);
      read(rope).forEach((key, value) -> values.put(architecture + "." + key, value));
    } catch (JsonException e) {
      throw folder.fault(e);
    }
    return GgufMetadata.of(folder.configFile(), values, this::shownKey);
  }

  private Map<String, GgufValue> read(RopeNames rope) {
    Map<String, GgufValue> values = new LinkedHashMap<>();
    INTEGERS.forEach((key, names) -> first(names).ifPresent(p -> values.put(key, integers(p))));
    NUMBERS.forEach(
        (key, names) ->
            first(names).ifPresent(p -> values.put(key, GgufValue.float64(p.number()))));
    FLAGS.forEach(
        (key, names) -> first(names).ifPresent(p -> values.put(key, GgufValue.bool(p.bool()))));
    TEXTS.forEach(
        (key, names) -> first(names).ifPresent(p -> values.put(key, GgufValue.text(p.text()))));
    windows(values);
    rope.put(values);
    values.putAll(own);
    return values;
  }

  private static GgufValue integers(JsonPlace place) {
    if (place.value() instanceof Json.ArrayValue) {
      return GgufNumberArray.ofInts(place.elements().stream().mapToInt(JsonPlace::count).toArray());
    }
    return GgufValue.uint32(place.count());
  }

  /** Sliding windows, and which layers have them. */
  private void windows(Map<String, GgufValue> values) {
    Optional<JsonPlace> window = find("sliding_window");
    if (window.isEmpty() || !flag("use_sliding_window", true)) {
      return;
    }
    values.put(WINDOW, integers(window.get()));
    if (find("layer_types").isPresent()) {
      List<String> kinds = texts("layer_types");
      boolean[] local = are("sliding_attention", kinds);
      if (!kinds.contains("sliding_attention")) {
        values.remove(WINDOW);
      }
      values.put(PATTERN, GgufNumberArray.ofBools(local));
    } else if (find("max_window_layers").isPresent()) {
      int global = count("max_window_layers", 0);
      boolean[] local = new boolean[layers()];
      for (int i = global; i < local.length; i++) {
        local[i] = true;
      }
      if (global >= local.length) {
        values.remove(WINDOW);
      }
      values.put(PATTERN, GgufNumberArray.ofBools(local));
    } else {
      first(List.of("sliding_window_pattern", "_sliding_window_pattern"))
          .ifPresent(period -> values.put(PATTERN, integers(period)));
    }
  }

  private String modelName() {
    String path =
        folder.whole().find("_name_or_path").map(JsonPlace::value).orElse(new Json.NullValue())
                instanceof Json.TextValue text
            ? text.value()
            : "";
    String own = path.substring(path.lastIndexOf('/') + 1);
    return own.isBlank() ? String.valueOf(folder.path().toAbsolutePath().getFileName()) : own;
  }

  /** What the configuration calls a setting. */
  private String shownKey(String key) {
    String name =
        key.startsWith(architecture + ".") ? key.substring(architecture.length() + 1) : key;
    for (Map<String, List<String>> table : List.of(INTEGERS, NUMBERS, FLAGS, TEXTS)) {
      List<String> names = table.get(name);
      if (names != null) {
        return names.stream().filter(n -> find(n).isPresent()).findFirst().orElse(names.getFirst());
      }
    }
    return name;
  }
}
