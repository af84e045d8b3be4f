package dev.nomoat.convert;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.WeightPacking;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.model.ModelPlan;
import dev.nomoat.model.family.Families;
import dev.nomoat.model.huggingface.HuggingFaceFolder;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.TensorType;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Makes a GGUF file of a Hugging Face folder: configuration, tokenizer, templates and weights, in
 * the words and with the tensors that llama.cpp's converter writes.
 *
 * <p>The folder is read only. The file appears under its name at once and complete, or not at all;
 * the same folder and options give the same bytes, whatever the number of threads.
 */
public final class ModelConverter {
  private ModelConverter() {}

  /**
   * Converts a folder, with all tensors as they are stored.
   *
   * @param folder a Hugging Face folder
   * @param target the file to write; what was there is replaced
   * @return what was written
   * @throws IOException if a file cannot be read or written
   * @throws ModelFormatException if the folder contradicts itself
   * @throws UnsupportedModelException if the model needs something that is not supported, or that
   *     GGUF cannot say
   * @throws IllegalArgumentException if {@code folder} is no folder, or {@code target} one of its
   *     files
   */
  public static ConversionResult convert(Path folder, Path target) throws IOException {
    return convert(folder, target, ConvertOptions.defaults());
  }

  /**
   * Converts a folder.
   *
   * @param folder a Hugging Face folder
   * @param target the file to write; what was there is replaced
   * @param options number formats, threads, and who is told of the progress
   * @return what was written
   * @throws IOException if a file cannot be read or written
   * @throws ModelFormatException if the folder contradicts itself, or has numbers that a format
   *     cannot hold
   * @throws UnsupportedModelException if the model needs something that is not supported, or that
   *     GGUF cannot say
   * @throws IllegalArgumentException if {@code folder} is no folder, or {@code target} one of its
   *     files
   */
  public static ConversionResult convert(Path folder, Path target, ConvertOptions options)
      throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(folder + " is not a folder with a model");
    }
    requireNoInput(folder, target);
    try (ModelSource source = Families.open(folder)) {
      // what we would not run is not converted either
      ModelPlan.of(source, 0, WeightPacking.AS_STORED);
      return write(source, target, options);
    }
  }

  /** Refuses to replace a file of the folder, by whatever path it is called, other than a GGUF. */
  private static void requireNoInput(Path folder, Path target) throws IOException {
    try (Stream<Path> files = Files.walk(folder, 2)) {
      Outputs.refuseInput(
          target, files.filter(file -> !file.toString().endsWith(".gguf")).toList());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static ConversionResult write(ModelSource source, Path target, ConvertOptions options)
      throws IOException {
    TensorTypes types = new TensorTypes(options);
    Map<SourceTensor, TensorType> tensors = new LinkedHashMap<>();
    source.tensors().forEach(tensor -> tensors.put(tensor, types.of(tensor)));
    GgufWriter writer = new GgufWriter();
    try {
      keys(source, tensors, options).forEach(writer::put);
    } catch (IllegalArgumentException e) {
      // another kind of JSON than is wanted, or a text that has no UTF-8
      throw new ModelFormatException(
          source.path(), 0, "settings and a tokenizer", String.valueOf(e.getMessage()), e);
    }
    long total = tensors.keySet().stream().mapToLong(SourceTensor::byteSize).sum();
    try (EncoderTeam team = new EncoderTeam(options.threads(), total, options.listener())) {
      tensors.forEach(
          (tensor, type) ->
              writer.tensor(
                  tensor.name(),
                  type,
                  tensor.shape(),
                  new TensorEncoder(tensor, type, Optional.empty(), team)));
      writer.write(target);
    }
    return new ConversionResult(target, tensors.size(), Files.size(target));
  }

  private static Map<String, GgufValue> keys(
      ModelSource source, Map<SourceTensor, TensorType> tensors, ConvertOptions options)
      throws IOException {
    Path path = source.path();
    JsonPlace config = HuggingFaceFolder.json(path, "config.json").orElseThrow();
    Optional<JsonPlace> generation = HuggingFaceFolder.json(path, "generation_config.json");
    ModelCard card = ModelCard.parse(HuggingFaceFolder.text(path, "README.md").orElse(""));
    GgufMetadata settings = source.settings();
    String architecture = settings.requireString("general.architecture");

    Map<String, GgufValue> keys = new LinkedHashMap<>();
    keys.put("general.architecture", GgufValue.text(architecture));
    keys.putAll(GeneralKeys.of(path, card, config, generation, List.copyOf(tensors.keySet())));
    TensorTypes.fileType(most(tensors))
        .ifPresent(number -> keys.put("general.file_type", GgufValue.uint32(number)));
    keys.put("general.quantization_version", GgufValue.uint32(ModelQuantizer.QUANTIZATION_VERSION));
    keys.putAll(ModelKeys.of(settings, architecture));
    TokenizerFolder folder = TokenizerFolder.read(path, source.tokenizer(), config);
    int vocabSize = settings.integer(architecture + ".vocab_size").orElse(0);
    keys.putAll(TokenizerKeys.of(folder, keys, architecture, vocabSize, options.preTokenizer()));
    keys.putAll(ChatTemplateKeys.of(path, folder.settings(), keys, source.chatTemplate()));
    return keys;
  }

  /** The format in which most matrices are. */
  private static TensorType most(Map<SourceTensor, TensorType> tensors) {
    Map<TensorType, Long> elements = new EnumMap<>(TensorType.class);
    tensors.forEach(
        (tensor, type) -> {
          if (tensor.shape().size() > 1) {
            elements.merge(type, tensor.elements(), Long::sum);
          }
        });
    return elements.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(TensorType.F32);
  }
}
