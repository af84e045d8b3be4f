package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.tokenizer.json.Json;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A copy of a Hugging Face folder that a test changes.
 *
 * @param path where it is
 */
record ModelFolder(Path path) {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";
  private static final Pattern EXPERT =
      Pattern.compile("(.+\\.experts)\\.(\\d+)\\.(gate|up|down)_proj\\.weight");

  /**
   * Copies a folder.
   *
   * @param name below the tests' resources, {@code families/llama} say
   * @param target an existing folder; what is in it is replaced
   */
  static ModelFolder copy(String name, Path target) throws IOException {
    Path source = resource(name);
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Path to = target.resolve(source.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(to);
        } else {
          Files.write(to, Files.readAllBytes(file));
        }
      }
    }
    return new ModelFolder(target);
  }

  private static Path resource(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(ModelFolder.class.getResource("/dev/nomoat/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Replaces text in a file, which must be there. */
  ModelFolder replace(String file, String from, String to) throws IOException {
    String text = Files.readString(path.resolve(file));
    assertThat(text).contains(from);
    Files.writeString(path.resolve(file), text.replace(from, to));
    return this;
  }

  ModelFolder delete(String file) throws IOException {
    Files.delete(path.resolve(file));
    return this;
  }

  /**
   * Gives a setting another value, or adds it.
   *
   * @param json the value; empty to take the setting out
   */
  ModelFolder set(String name, String json) throws IOException {
    Map<String, Json> members = new LinkedHashMap<>(settings());
    if (json.isEmpty()) {
      assertThat(members.remove(name)).isNotNull();
    } else {
      members.put(name, Json.parse(json));
    }
    return write(members);
  }

  /** Makes the model a part of a larger one. */
  ModelFolder wrap(String type) throws IOException {
    Map<String, Json> larger = new LinkedHashMap<>();
    larger.put("model_type", new Json.TextValue(type));
    larger.put("text_config", new Json.ObjectValue(settings()));
    larger.put("vision_config", new Json.ObjectValue(Map.of()));
    return write(larger);
  }

  private Map<String, Json> settings() throws IOException {
    Json config = Json.parse(Files.readString(path.resolve(CONFIG)));
    return ((Json.ObjectValue) config).members();
  }

  private ModelFolder write(Map<String, Json> members) throws IOException {
    Files.writeString(path.resolve(CONFIG), new Json.ObjectValue(members).toJson());
    return this;
  }

  /** Calls tensors otherwise: those whose whole name is like this. */
  ModelFolder rename(String regex, String name) throws IOException {
    Map<String, StoredBytes> renamed = new LinkedHashMap<>();
    Map<String, StoredBytes> tensors = StoredBytes.read(path.resolve(WEIGHTS));
    tensors.forEach(
        (old, tensor) -> renamed.put(old.replaceFirst("^" + regex + "$", name), tensor));
    assertThat(renamed.keySet()).isNotEqualTo(tensors.keySet());
    StoredBytes.write(renamed, path.resolve(WEIGHTS));
    return this;
  }

  /** Adds tensors of a type that no weights have. */
  ModelFolder add(String... names) throws IOException {
    Map<String, StoredBytes> tensors = StoredBytes.read(path.resolve(WEIGHTS));
    for (String name : names) {
      tensors.put(name, StoredBytes.odd());
    }
    StoredBytes.write(tensors, path.resolve(WEIGHTS));
    return this;
  }

  /**
   * Stacks the experts of each block, gates and ups one behind the other.
   *
   * @param transposed whether rows become columns
   */
  ModelFolder stackExperts(boolean transposed) throws IOException {
    Map<String, StoredBytes> all = StoredBytes.read(path.resolve(WEIGHTS));
    Map<String, List<StoredBytes>> stacks = new LinkedHashMap<>();
    for (String name : List.copyOf(all.keySet())) {
      Matcher expert = EXPERT.matcher(name);
      if (expert.matches() && expert.group(3).equals("up")) {
        String one = expert.group(1) + "." + expert.group(2) + ".";
        StoredBytes gate = take(all, one + "gate_proj.weight");
        StoredBytes both = StoredBytes.below(gate, take(all, name));
        StoredBytes down = take(all, one + "down_proj.weight");
        String stack = expert.group(1);
        stacks
            .computeIfAbsent(stack + ".gate_up_proj", key -> new ArrayList<>())
            .add(transposed ? both.transposed() : both);
        stacks
            .computeIfAbsent(stack + ".down_proj", key -> new ArrayList<>())
            .add(transposed ? down.transposed() : down);
      }
    }
    assertThat(stacks).isNotEmpty();
    stacks.forEach((name, matrices) -> all.put(name, StoredBytes.stack(matrices)));
    StoredBytes.write(all, path.resolve(WEIGHTS));
    return this;
  }

  private static StoredBytes take(Map<String, StoredBytes> all, String name) {
    return Objects.requireNonNull(all.remove(name), name);
  }

  /** What comes of inspecting it: "loaded", or a typed error's message. */
  String outcome() throws IOException {
    try {
      LanguageModel.inspect(path);
      return "loaded";
    } catch (ModelFormatException | UnsupportedModelException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** The names that the tensors have here. */
  List<String> tensors() throws IOException {
    return LanguageModel.inspect(path).tensors().stream().map(TensorInfo::name).toList();
  }

  /** The names that the tensors have in the file. */
  List<String> storedTensors() throws IOException {
    return List.copyOf(StoredBytes.read(path.resolve(WEIGHTS)).keySet());
  }
}
