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
  /** Far beyond any model. */
  private static final int MOST = 1 << 18;

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
    return CommonSettings.are(kind, kinds);
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

  /** The first of several settings that is there. */
  Optional<JsonPlace> first(List<String> names) {
    return names.stream().flatMap(name -> find(name).stream()).findFirst();
  }

  private Optional<Integer> integer(String key) {
    return first(CommonSettings.names(key)).map(JsonPlace::count);
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
    new CommonSettings(this).read(values);
    rope.put(values);
    values.putAll(own);
    return values;
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
    List<String> names = CommonSettings.names(name);
    return names.stream()
        .filter(n -> find(n).isPresent())
        .findFirst()
        .or(() -> names.stream().findFirst())
        .orElse(name);
  }
}
