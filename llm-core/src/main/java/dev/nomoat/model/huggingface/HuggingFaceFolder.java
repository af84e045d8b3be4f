package dev.nomoat.model.huggingface;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.OpenFile;
import dev.nomoat.file.safetensors.SafetensorsFile;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * An open folder with a model: its configuration and its tensors, under the names that they have
 * there. Owns the open files.
 *
 * @param path the folder
 * @param whole {@code config.json}
 * @param weights the tensors
 * @param modules what follows the model where texts are embedded
 * @param chatTemplate the template for conversations, if there is one
 */
public record HuggingFaceFolder(
    Path path,
    JsonPlace whole,
    SafetensorsFile weights,
    EmbeddingModules modules,
    Optional<String> chatTemplate)
    implements AutoCloseable {
  static final String CONFIG = "config.json";

  private static final String MODEL_TYPE = "model_type";

  /** In bytes; those of models have some kilobytes. */
  private static final long LARGEST_TEXT = 4 << 20;

  private static final String WEIGHTS = ".safetensors";
  private static final Set<String> NAMES = Set.of(CONFIG, "model.safetensors.index.json");

  /**
   * The folder that a path means.
   *
   * @param path a folder, or a file in one that only such folders have
   * @return the folder, or empty when the path means something else
   */
  public static Optional<Path> find(Path path) {
    if (Files.isDirectory(path)) {
      return Optional.of(path);
    }
    String name = String.valueOf(path.getFileName());
    return NAMES.contains(name) || name.endsWith(WEIGHTS)
        ? Optional.of(path.resolveSibling(""))
        : Optional.empty();
  }

  /**
   * Opens a folder.
   *
   * @param path the folder
   * @return the open folder; the caller closes it
   * @throws ModelFormatException if a file is missing or contradicts its format
   * @throws IOException if a file cannot be read
   */
  public static HuggingFaceFolder open(Path path) throws IOException {
    JsonPlace config =
        json(path, CONFIG)
            .orElseThrow(
                () ->
                    new ModelFormatException(
                        path, 0, "a model's folder, with " + CONFIG, "no such file in it"));
    Optional<String> template = readTemplate(path);
    SafetensorsFile weights = SafetensorsFile.open(path);
    try {
      return new HuggingFaceFolder(path, config, weights, EmbeddingModules.open(path), template);
    } catch (Throwable e) {
      weights.close();
      throw e;
    }
  }

  /** In a file of its own, or in the tokenizer's configuration, where it may be one of several. */
  private static Optional<String> readTemplate(Path path) throws IOException {
    Optional<String> own = text(path, "chat_template.jinja");
    if (own.isPresent()) {
      return own;
    }
    for (String name : List.of("chat_template.json", "tokenizer_config.json")) {
      Optional<JsonPlace> place = json(path, name).flatMap(all -> all.find("chat_template"));
      if (place.isPresent()) {
        try {
          return template(place.get());
        } catch (JsonException e) {
          throw new ModelFormatException(
              path.resolve(name), 0, "a chat template", String.valueOf(e.getMessage()), e);
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> template(JsonPlace place) {
    if (!(place.value() instanceof Json.ArrayValue)) {
      return Optional.of(place.text());
    }
    return place.elements().stream()
        .filter(one -> one.get("name").text().equals("default"))
        .findFirst()
        .map(one -> one.get("template").text());
  }

  /**
   * Reads a file that holds a JSON object.
   *
   * @param folder the folder
   * @param name the name of the file
   * @return the object, or empty if there is no such file
   * @throws ModelFormatException if it is no JSON object
   * @throws IOException if it cannot be read
   */
  public static Optional<JsonPlace> json(Path folder, String name) throws IOException {
    Optional<JsonPlace> place = parse(folder, name);
    try {
      place.ifPresent(JsonPlace::names);
    } catch (JsonException e) {
      throw notJson(folder.resolve(name), "a JSON object", e);
    }
    return place;
  }

  /** Reads a file of JSON, if it is there. */
  static Optional<JsonPlace> parse(Path folder, String name) throws IOException {
    Optional<String> text = text(folder, name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new JsonPlace("", Json.parse(PythonJson.toJson(text.get()))));
    } catch (JsonException e) {
      throw notJson(folder.resolve(name), "JSON", e);
    }
  }

  private static ModelFormatException notJson(Path file, String expected, JsonException e) {
    return new ModelFormatException(file, 0, expected, String.valueOf(e.getMessage()), e);
  }

  /**
   * Reads a text.
   *
   * @param folder the folder
   * @param name the name of the file
   * @return the text, or empty if there is no such file
   * @throws ModelFormatException if it is not UTF-8, or longer than such texts are
   * @throws IOException if it cannot be read
   */
  public static Optional<String> text(Path folder, String name) throws IOException {
    try (OpenFile file = OpenFile.open(folder.resolve(name))) {
      if (file.size() > LARGEST_TEXT) {
        throw file.fault(LARGEST_TEXT, "at most %d bytes".formatted(LARGEST_TEXT), "more");
      }
      return Optional.of(file.text(0, (int) file.size(), "a text"));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The configuration of the language model, which may be a part of a larger one. */
  JsonPlace config() {
    return whole.find("text_config").orElse(whole);
  }

  /** Whether the language model is a part of a larger one. */
  boolean isPart() {
    return isInside() || whole.find("vision_config").isPresent();
  }

  private boolean isInside() {
    return whole.find("text_config").isPresent();
  }

  /**
   * The kind of the larger model.
   *
   * @return what the configuration says, where that of the language model is in a part of it
   * @throws ModelFormatException if it says nothing
   */
  public Optional<String> largerType() {
    try {
      return isInside() ? Optional.of(whole.get(MODEL_TYPE).text()) : Optional.empty();
    } catch (JsonException e) {
      throw fault(e);
    }
  }

  /** The file that {@link #config} is of. */
  Path configFile() {
    return path.resolve(CONFIG);
  }

  /**
   * The kind of model, which decides on the family.
   *
   * @return what the configuration says
   * @throws ModelFormatException if it says nothing
   */
  public String modelType() {
    try {
      // an old part of a larger model may not say what it is
      return config().find(MODEL_TYPE).orElseGet(() -> whole.get(MODEL_TYPE)).text();
    } catch (JsonException e) {
      throw fault(e);
    }
  }

  /**
   * Whether the configuration sets a flag.
   *
   * @param name its key
   * @return whether it is there and true
   * @throws ModelFormatException if it is no flag
   */
  public boolean isOn(String name) {
    try {
      return config().find(name).map(JsonPlace::bool).orElse(false);
    } catch (JsonException e) {
      throw fault(e);
    }
  }

  /**
   * A fault that showed while the configuration was read.
   *
   * @param e what showed it
   * @return the exception, for the caller to throw
   */
  public ModelFormatException fault(IllegalArgumentException e) {
    return new ModelFormatException(
        configFile(), 0, "the configuration of a model", String.valueOf(e.getMessage()), e);
  }

  /**
   * Whether the folder, its configuration or its description has a name.
   *
   * @param name in lower case
   */
  boolean isNamed(String name) throws IOException {
    String own = String.valueOf(path.toAbsolutePath().getFileName());
    String original = whole.find("_name_or_path").map(JsonPlace::text).orElse("");
    String title = text(path, "README.md").orElse("");
    return (own + "\n" + original).toLowerCase(Locale.ROOT).contains(name)
        || title.toLowerCase(Locale.ROOT).contains("# " + name);
  }

  /** All files with tensors. */
  List<Path> files() {
    return weights.files();
  }

  @Override
  public void close() throws IOException {
    try {
      weights.close();
    } finally {
      modules.close();
    }
  }
}
