package dev.nomoat.model.source;

import dev.nomoat.ModelFormatException;
import dev.nomoat.SamplingOptions;
import dev.nomoat.TensorInfo;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.model.source.RecommendedSampling.Setting;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** A GGUF file, or a set of them. */
public final class GgufSource implements ModelSource {
  private static final String SAMPLING = "general.sampling.";

  private final GgufFile gguf;

  private GgufSource(GgufFile gguf) {
    this.gguf = gguf;
  }

  /**
   * Opens a file.
   *
   * @param file a GGUF file, or the first of a split set
   * @return the source; the caller closes it
   * @throws dev.nomoat.ModelFormatException if the file contradicts the format
   * @throws IOException if the file cannot be read
   */
  public static GgufSource open(Path file) throws IOException {
    return new GgufSource(GgufFile.open(file));
  }

  @Override
  public GgufMetadata settings() {
    return gguf.metadata();
  }

  @Override
  public Map<String, String> description() {
    Map<String, String> values = new LinkedHashMap<>();
    for (String key : settings().keys()) {
      values.put(key, settings().get(key).orElseThrow().toString());
    }
    return values;
  }

  @Override
  public List<TensorInfo> inventory() {
    return gguf.tensors().stream()
        .map(t -> new TensorInfo(t.name(), t.type(), t.shape(), t.byteSize()))
        .toList();
  }

  @Override
  public List<SourceTensor> tensors() {
    return gguf.tensors().stream().map(this::source).toList();
  }

  @Override
  public Optional<SourceTensor> tensor(String name) {
    return gguf.tensor(name).map(this::source);
  }

  @Override
  public SourceTensor requireTensor(String name) {
    return source(gguf.requireTensor(name));
  }

  private SourceTensor source(GgufTensor tensor) {
    return new GgufStoredTensor(gguf, tensor);
  }

  @Override
  public List<Path> files() {
    return gguf.files();
  }

  @Override
  public Path path() {
    return gguf.files().getFirst();
  }

  @Override
  public Tokenizer tokenizer() {
    return GgufTokenizer.read(gguf);
  }

  @Override
  public Optional<String> chatTemplate() {
    return settings().string("tokenizer.chat_template");
  }

  @Override
  public SamplingOptions sampling() {
    RecommendedSampling recommended =
        new RecommendedSampling()
            .with(Setting.TEMPERATURE, floating("temp"))
            .with(Setting.TOP_K, integer("top_k"))
            .with(Setting.TOP_P, floating("top_p"))
            .with(Setting.MIN_P, floating("min_p"))
            .with(Setting.REPEAT_PENALTY, floating("penalty_repeat"))
            .with(Setting.PENALTY_LAST_N, integer("penalty_last_n"))
            .with(Setting.XTC_PROBABILITY, floating("xtc_probability"))
            .with(Setting.XTC_THRESHOLD, floating("xtc_threshold"))
            .with(Setting.MIROSTAT, integer("mirostat"))
            .with(Setting.MIROSTAT_TAU, floating("mirostat_tau"))
            .with(Setting.MIROSTAT_ETA, floating("mirostat_eta"));
    try {
      return recommended.options();
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(
          path(), 0, "numbers of " + SAMPLING + "*", String.valueOf(e.getMessage()), e);
    }
  }

  private Optional<Double> floating(String name) {
    OptionalDouble number = settings().floating(SAMPLING + name);
    return number.isPresent() ? Optional.of(number.getAsDouble()) : Optional.empty();
  }

  private Optional<Double> integer(String name) {
    OptionalInt number = settings().integer(SAMPLING + name);
    return number.isPresent() ? Optional.of((double) number.getAsInt()) : Optional.empty();
  }

  @Override
  public void close() throws IOException {
    gguf.close();
  }
}
