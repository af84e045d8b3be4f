package dev.nomoat.model.huggingface;

import dev.nomoat.ModelFormatException;
import dev.nomoat.Pooling;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.safetensors.SafetensorsFile;
import dev.nomoat.tokenizer.json.JsonException;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What follows the model where texts are embedded, as {@code modules.json} and the folders that it
 * names tell it: how tokens become one vector, and linear layers behind that. Owns the open files.
 *
 * <p>Source of the format: sentence-transformers.
 *
 * @param pooling how tokens become one vector, if the folder tells
 * @param dense the linear layers, in their order
 */
record EmbeddingModules(Optional<Pooling> pooling, List<Dense> dense) implements AutoCloseable {
  private static final String MODULES = "modules.json";
  private static final String MODE = "pooling_mode";

  /** Nothing that leads out of the model's folder. */
  private static final Pattern FOLDER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*");

  /**
   * A linear layer.
   *
   * @param inputs how many numbers it takes
   * @param outputs how many it gives
   * @param weights its tensors, {@code linear.weight} and perhaps {@code linear.bias}
   */
  record Dense(int inputs, int outputs, SafetensorsFile weights) {}

  /** Reads what a model's folder says; nothing, if it is not made to embed. */
  static EmbeddingModules open(Path path) throws IOException {
    Optional<JsonPlace> modules = HuggingFaceFolder.parse(path, MODULES);
    List<Dense> dense = new ArrayList<>();
    Optional<Pooling> pooling = Optional.empty();
    try {
      for (JsonPlace module : modules.map(JsonPlace::elements).orElse(List.of())) {
        String type = module.get("type").text();
        switch (type.substring(type.lastIndexOf('.') + 1)) {
          case "Transformer", "Normalize" -> {
            // the model itself; and vectors get length 1 unless a caller wants it otherwise
          }
          case "Pooling" -> pooling = Optional.of(pooling(path, folder(module)));
          case "Dense" -> dense.add(dense(path, folder(module)));
          default ->
              throw new UnsupportedModelException(
                  path.resolve(MODULES), 0, "module " + type, "of an embedding model");
        }
      }
      return new EmbeddingModules(pooling, List.copyOf(dense));
    } catch (JsonException e) {
      close(dense);
      throw fault(path.resolve(MODULES), e);
    } catch (Throwable e) {
      close(dense);
      throw e;
    }
  }

  private static ModelFormatException fault(Path file, JsonException e) {
    return new ModelFormatException(
        file, 0, "the modules of an embedding model", String.valueOf(e.getMessage()), e);
  }

  private static String folder(JsonPlace module) {
    JsonPlace place = module.get("path");
    if (!FOLDER.matcher(place.text()).matches()) {
      throw place.fault("the name of a folder");
    }
    return place.text();
  }

  private static JsonPlace config(Path path, String folder) throws IOException {
    return HuggingFaceFolder.json(path.resolve(folder), HuggingFaceFolder.CONFIG)
        .orElseThrow(
            () ->
                new ModelFormatException(
                    path.resolve(MODULES),
                    0,
                    "%s in the folder %s".formatted(HuggingFaceFolder.CONFIG, folder),
                    "no such file"));
  }

  private static Pooling pooling(Path path, String folder) throws IOException {
    JsonPlace config = config(path, folder);
    Path file = path.resolve(folder).resolve(HuggingFaceFolder.CONFIG);
    Set<String> modes = new TreeSet<>();
    try {
      for (String name : config.names()) {
        if (name.startsWith(MODE + "_") && config.flag(name, false)) {
          modes.add(name.substring(MODE.length() + 1));
        }
      }
      config.find(MODE).map(JsonPlace::text).ifPresent(modes::add);
    } catch (JsonException e) {
      throw fault(file, e);
    }
    return switch (String.join(" and ", modes)) {
      case "mean_tokens", "mean", "mean and mean_tokens" -> Pooling.MEAN;
      case "cls_token", "cls", "cls and cls_token" -> Pooling.CLS;
      case "lasttoken" -> Pooling.LAST;
      default ->
          throw new UnsupportedModelException(
              file, 0, "pooling " + String.join(" and ", modes), "supported: mean, cls, lasttoken");
    };
  }

  private static Dense dense(Path path, String folder) throws IOException {
    JsonPlace config = config(path, folder);
    Path file = path.resolve(folder).resolve(HuggingFaceFolder.CONFIG);
    try {
      String activation =
          config.find("activation_function").map(JsonPlace::text).orElse("torch.nn.Tanh");
      if (!activation.endsWith(".Identity")) {
        throw new UnsupportedModelException(
            file, 0, "activation " + activation + " behind pooling", "supported: none");
      }
      int inputs = config.get("in_features").count();
      int outputs = config.get("out_features").count();
      return new Dense(inputs, outputs, SafetensorsFile.open(path.resolve(folder)));
    } catch (JsonException e) {
      throw fault(file, e);
    }
  }

  @Override
  public void close() throws IOException {
    close(dense);
  }

  private static void close(List<Dense> dense) throws IOException {
    for (Dense layer : dense) {
      layer.weights().close();
    }
  }
}
