package dev.nomoat.convert;

import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufSplit;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.model.source.GgufStoredTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes models with fewer bits per weight. Has no state; any thread may use it. */
public final class ModelQuantizer {
  /** Of the block formats; the first ones are long gone. */
  static final int QUANTIZATION_VERSION = 2;

  private static final String FILE_TYPE_KEY = "general.file_type";
  private static final String VERSION_KEY = "general.quantization_version";

  private ModelQuantizer() {}

  /**
   * Quantises a model. Matrices get the formats that the mix says; norms, biases and what is as
   * small as those stay as they are, and so do all metadata but those that tell of the formats. The
   * same input and options give the same bytes, whatever the number of threads.
   *
   * @param input a GGUF file, or the first of a split set; not modified
   * @param output where to write; replaced when it is there, but only by a complete file
   * @param options how to quantise
   * @return what became of the tensors, in the order of the file
   * @throws IllegalArgumentException if the output is one of the inputs, an override matches
   *     nothing, a tensor would be quantised again without being allowed to, or the importance is
   *     of another model
   * @throws dev.nomoat.ModelFormatException if the input is damaged, or has in a tensor whose
   *     format changes a number that is not finite or does not fit
   * @throws IOException if reading or writing fails; nothing is left under the name of the output
   *     that was not there
   */
  public static List<QuantizedTensor> quantize(Path input, Path output, QuantizeOptions options)
      throws IOException {
    try (GgufFile model = GgufFile.open(input)) {
      Outputs.refuseInput(output, model.files());
      List<QuantizedTensor> tensors = new TypeChoice(model, options).all();
      requireMeasured(model, options);
      long total = model.tensors().stream().mapToLong(GgufTensor::byteSize).sum();
      try (EncoderTeam team = new EncoderTeam(options.threads(), total, options.listener())) {
        GgufWriter writer = new GgufWriter();
        putMetadata(writer, model.metadata(), options);
        for (QuantizedTensor tensor : tensors) {
          GgufTensor stored = model.requireTensor(tensor.name());
          Optional<float[]> importance = importance(tensor, options);
          writer.tensor(
              tensor.name(),
              tensor.to(),
              tensor.shape(),
              new TensorEncoder(
                  new GgufStoredTensor(model, stored), tensor.to(), importance, team));
        }
        writer.write(output);
      }
      return tensors;
    }
  }

  /**
   * Tells what {@link #quantize} would do.
   *
   * @param input a GGUF file, or the first of a split set
   * @param options how to quantise
   * @return what would become of the tensors, in the order of the file
   * @throws IllegalArgumentException as {@link #quantize} does
   * @throws dev.nomoat.ModelFormatException if the input is damaged
   * @throws IOException if it cannot be read
   */
  public static List<QuantizedTensor> plan(Path input, QuantizeOptions options) throws IOException {
    try (GgufFile model = GgufFile.open(input)) {
      List<QuantizedTensor> tensors = new TypeChoice(model, options).all();
      requireMeasured(model, options);
      tensors.forEach(tensor -> importance(tensor, options));
      return tensors;
    }
  }

  private static void requireMeasured(GgufFile model, QuantizeOptions options) {
    if (options.importance().isPresent()
        && options.importance().get().tensors().stream()
            .allMatch(name -> model.tensor(name).isEmpty())) {
      throw new IllegalArgumentException(
          "the importance has none of the tensors of this model: it is of another model");
    }
  }

  private static void putMetadata(
      GgufWriter writer, GgufMetadata metadata, QuantizeOptions options) {
    Set<String> own = Set.of(FILE_TYPE_KEY, VERSION_KEY);
    for (String key : metadata.keys()) {
      if (!own.contains(key) && !GgufSplit.isKey(key)) {
        writer.put(key, metadata.get(key).orElseThrow());
      }
    }
    writer.put(FILE_TYPE_KEY, GgufValue.uint32(options.mix().fileType()));
    writer.put(VERSION_KEY, GgufValue.uint32(QUANTIZATION_VERSION));
  }

  private static Optional<float[]> importance(QuantizedTensor tensor, QuantizeOptions options) {
    if (options.importance().isEmpty() || tensor.from() == tensor.to()) {
      return Optional.empty();
    }
    Optional<float[]> importance = options.importance().get().of(tensor.name());
    List<Long> shape = tensor.shape();
    long matrices = shape.stream().limit(shape.size() - 2L).reduce(1L, Math::multiplyExact);
    long expected = matrices * shape.getLast();
    int columns = options.importance().get().columns(tensor.name()).orElse(0);
    // Files of the old kind have the columns of all matrices in one.
    boolean fits = columns == shape.getLast() || columns == expected;
    if (importance.isPresent() && (importance.get().length != expected || !fits)) {
      throw new IllegalArgumentException(
          "the importance of tensor %s has %d numbers, not %d: it is of another model"
              .formatted(tensor.name(), importance.get().length, expected));
    }
    return importance;
  }
}
