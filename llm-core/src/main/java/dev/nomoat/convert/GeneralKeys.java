package dev.nomoat.convert;

import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufValueType;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The keys {@code general.*} of a file: what the model is called, where it comes from, and how its
 * makers recommend that tokens be chosen. From {@code README.md}, {@code config.json}, {@code
 * generation_config.json} and the folder's name, whichever tells first.
 *
 * <p>Source of the keys: the specification of GGUF.
 */
final class GeneralKeys {
  private static final String PREFIX = "general.";
  private static final Pattern WEB_ADDRESS = Pattern.compile("(?:https?|ssh)://.*");
  private static final Pattern HUB =
      Pattern.compile("https?://huggingface\\.co/(?:datasets/)?([^/]+/[^/]+)");

  private static final Map<String, String> SAMPLING_NUMBERS =
      table(
          "top_p=top_p",
          "min_p=min_p",
          "xtc_probability=xtc_probability",
          "xtc_threshold=xtc_threshold",
          "temp=temperature",
          "penalty_repeat=repetition_penalty",
          "mirostat_tau=mirostat_tau",
          "mirostat_eta=mirostat_eta");

  private static final Map<String, String> SAMPLING_INTEGERS =
      table("top_k=top_k", "penalty_last_n=penalty_last_n", "mirostat=mirostat");

  private final Map<String, GgufValue> values = new LinkedHashMap<>();
  private final ModelCard card;
  private long parameters;

  private GeneralKeys(ModelCard card) {
    this.card = card;
  }

  private static Map<String, String> table(String... lines) {
    Map<String, String> table = new LinkedHashMap<>();
    for (String line : lines) {
      String[] sides = line.split("=", 2);
      table.put(sides[0], sides[1]);
    }
    return table;
  }

  /**
   * Collects the keys.
   *
   * @param folder the model's folder
   * @param card its description
   * @param config its {@code config.json}
   * @param generation its {@code generation_config.json}, if it has one
   * @param tensors what will be written
   * @throws dev.nomoat.tokenizer.json.JsonException if a number is none
   */
  static Map<String, GgufValue> of(
      Path folder,
      ModelCard card,
      JsonPlace config,
      Optional<JsonPlace> generation,
      List<SourceTensor> tensors) {
    GeneralKeys keys = new GeneralKeys(card);
    keys.put("type", "model");
    generation.ifPresent(keys::sampling);
    keys.name(folder, config, tensors);
    keys.license();
    keys.origins("base_model", card.all("base_model", "base_models", "base_model_sources"));
    keys.origins("dataset", card.all("datasets", "dataset", "dataset_sources"));
    keys.lists();
    return keys.values;
  }

  private void put(String key, String text) {
    values.put(PREFIX + key, GgufValue.text(text));
  }

  private void sampling(JsonPlace generation) {
    SAMPLING_INTEGERS.forEach(
        (key, name) ->
            generation
                .find(name)
                .ifPresent(
                    place ->
                        values.put(
                            PREFIX + "sampling." + key,
                            GgufValue.integer(GgufValueType.INT32, place.count()))));
    SAMPLING_NUMBERS.forEach(
        (key, name) ->
            generation
                .find(name)
                .ifPresent(
                    place ->
                        values.put(
                            PREFIX + "sampling." + key,
                            GgufValue.float32((float) place.number()))));
  }

  /** What the card says goes first, then what the model was called, then the folder. */
  private void name(Path folder, JsonPlace config, List<SourceTensor> tensors) {
    long elements = tensors.stream().mapToLong(SourceTensor::elements).sum();
    parameters = elements;
    List<ModelName> names = new ArrayList<>();
    config
        .find("_name_or_path")
        .map(JsonPlace::value)
        .filter(Json.TextValue.class::isInstance)
        .map(text -> ((Json.TextValue) text).value())
        // a path of some computer is no name
        .filter(path -> !path.isBlank() && path.chars().filter(c -> c == '/').count() <= 1)
        .ifPresent(path -> names.add(ModelName.of(path, elements)));
    names.add(
        ModelName.of(String.valueOf(folder.toAbsolutePath().normalize().getFileName()), elements));
    put(
        "name",
        card.one("name", "model_name").orElseGet(() -> ModelName.title(names.getFirst().name())));
    first("author", card.one("author", "model_author", "model_creator"), List.of());
    first(
        "version",
        card.one("version", "model_version"),
        names.stream().map(ModelName::version).toList());
    first(
        "organization",
        card.one("organization", "model_organization"),
        names.stream().map(ModelName::organization).toList());
    first(
        "finetune",
        card.one("finetune", "model_finetune"),
        names.stream().map(ModelName::finetune).toList());
    first(
        "basename",
        card.one("basename", "model_basename", "model_type"),
        names.stream().map(ModelName::basename).toList());
    first("description", card.one("description", "model_description"), List.of());
    first(
        "size_label",
        card.one("size_label", "model_size_label"),
        names.stream().map(ModelName::sizeLabel).toList());
    values.computeIfAbsent(PREFIX + "size_label", _ -> GgufValue.text(sizeLabel(tensors)));
  }

  private void first(String key, Optional<String> told, List<Optional<String>> otherwise) {
    told.or(() -> otherwise.stream().flatMap(Optional::stream).findFirst())
        .ifPresent(text -> put(key, text));
  }

  /** The parameters of a model with one expert, and how many experts there are. */
  private static String sizeLabel(List<SourceTensor> tensors) {
    long parameters = 0;
    long experts = 0;
    long stacks = 0;
    for (SourceTensor tensor : tensors) {
      int expertDimension = tensor.shape().size() - (tensor.name().contains(".bias") ? 2 : 3);
      if (tensor.name().contains("_exps.") && tensor.shape().size() >= 3) {
        long count = tensor.shape().get(expertDimension);
        parameters += tensor.elements() / count;
        experts += count;
        stacks++;
      } else {
        parameters += tensor.elements();
      }
    }
    return ModelName.sizeLabel(parameters, stacks == 0 ? 0 : experts / stacks);
  }

  private void license() {
    List<String> licenses = card.all("license");
    if (!licenses.isEmpty()) {
      put("license", String.join(",", licenses));
    }
    card.one("license_name").ifPresent(text -> put("license.name", text));
    card.one("license_link").ifPresent(text -> put("license.link", text));
    card.one("url", "model_url").ifPresent(text -> put("source.url", text));
    card.one("doi", "model_doi").ifPresent(text -> put("source.doi", text));
    card.one("uuid", "model_uuid").ifPresent(text -> put("source.uuid", text));
    card.one("repo_url", "model_repo_url").ifPresent(text -> put("source.repo_url", text));
  }

  /** What a model was made of. */
  private void origins(String kind, List<String> ids) {
    if (ids.isEmpty()) {
      return;
    }
    values.put(PREFIX + kind + ".count", GgufValue.uint32(ids.size()));
    for (int i = 0; i < ids.size(); i++) {
      String id = ids.get(i);
      String key = kind + "." + i + ".";
      boolean address = WEB_ADDRESS.matcher(id).matches();
      Matcher hub = HUB.matcher(id);
      if (!address || hub.matches()) {
        ModelName name = ModelName.of(address ? hub.group(1) : id, parameters);
        put(key + "name", ModelName.title(name.name()));
        name.version().ifPresent(text -> put(key + "version", text));
        name.organization().ifPresent(text -> put(key + "organization", ModelName.title(text)));
        if (!address && name.organization().isPresent()) {
          put(key + "repo_url", "https://huggingface.co/" + id);
        }
      }
      if (address) {
        put(key + "repo_url", id);
      }
    }
  }

  private void lists() {
    List<String> tags = new ArrayList<>(card.all("tags"));
    tags.addAll(card.all("pipeline_tag"));
    if (!tags.isEmpty()) {
      values.put(PREFIX + "tags", GgufStringArray.of(tags));
    }
    List<String> languages = new ArrayList<>(card.all("languages"));
    languages.addAll(card.all("language"));
    if (!languages.isEmpty()) {
      values.put(PREFIX + "languages", GgufStringArray.of(languages));
    }
  }
}
