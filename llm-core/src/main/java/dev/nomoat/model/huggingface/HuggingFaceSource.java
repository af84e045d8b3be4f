package dev.nomoat.model.huggingface;

import dev.nomoat.ModelFormatException;
import dev.nomoat.SamplingOptions;
import dev.nomoat.TensorInfo;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.model.source.RecommendedSampling;
import dev.nomoat.model.source.RecommendedSampling.Setting;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.model.source.WellKnownTokens;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.TokenizerFiles;
import dev.nomoat.tokenizer.TokenizerFormatException;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A Hugging Face folder in the words of GGUF. */
final class HuggingFaceSource implements ModelSource {
  private static final String GENERATION = "generation_config.json";

  private static final Map<Setting, String> SAMPLING =
      Map.of(
          Setting.TEMPERATURE, "temperature",
          Setting.TOP_K, "top_k",
          Setting.TOP_P, "top_p",
          Setting.MIN_P, "min_p",
          Setting.REPEAT_PENALTY, "repetition_penalty",
          Setting.TYPICAL_P, "typical_p");

  private final HuggingFaceFolder folder;
  private final GgufMetadata settings;
  private final Map<String, SourceTensor> tensors;

  HuggingFaceSource(
      HuggingFaceFolder folder, GgufMetadata settings, Map<String, SourceTensor> tensors) {
    this.folder = folder;
    this.settings = settings;
    this.tensors = tensors;
  }

  @Override
  public GgufMetadata settings() {
    return settings;
  }

  @Override
  public Map<String, String> description() {
    Map<String, String> values = new LinkedHashMap<>();
    describe(folder.whole(), values);
    return values;
  }

  private static void describe(JsonPlace object, Map<String, String> values) {
    for (String name : object.names()) {
      object
          .find(name)
          .ifPresent(
              place -> {
                if (place.value() instanceof Json.TextValue text) {
                  values.put(place.path(), text.value());
                } else {
                  values.put(place.path(), place.value().toJson());
                }
              });
    }
  }

  @Override
  public List<TensorInfo> inventory() {
    return tensors.values().stream()
        .map(t -> new TensorInfo(t.name(), t.type(), t.shape(), t.byteSize()))
        .toList();
  }

  @Override
  public List<SourceTensor> tensors() {
    return List.copyOf(tensors.values());
  }

  @Override
  public Optional<SourceTensor> tensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  @Override
  public SourceTensor requireTensor(String name) {
    return tensor(name)
        .orElseThrow(
            () ->
                new ModelFormatException(
                    folder.files().getFirst(),
                    0,
                    "a tensor that becomes " + name,
                    tensors.size() + " tensors without it"));
  }

  @Override
  public List<Path> files() {
    return folder.files();
  }

  @Override
  public Path path() {
    return folder.path();
  }

  @Override
  public Tokenizer tokenizer() throws IOException {
    Tokenizer tokenizer = read(folder.path());
    int vocabulary = Math.max(tokenizer.vocabularySize(), modelVocabulary());
    Set<Integer> ends = new HashSet<>(tokenizer.endOfGenerationIds());
    ends.addAll(WellKnownTokens.endsOfGeneration(tokenizer));
    ends(folder.configFile(), folder.config(), vocabulary, ends);
    Optional<JsonPlace> generation = HuggingFaceFolder.json(folder.path(), GENERATION);
    if (generation.isPresent()) {
      ends(folder.path().resolve(GENERATION), generation.get(), vocabulary, ends);
    }
    // the model has those, and the tokenizer has no text for them: they are never drawn
    ends.removeIf(id -> id >= tokenizer.vocabularySize());
    return tokenizer.withEndOfGeneration(ends);
  }

  private int modelVocabulary() {
    String architecture = settings.requireString("general.architecture");
    return settings.integer(architecture + ".vocab_size").orElse(0);
  }

  /** Adds the ids of tokens that end an answer. */
  private static void ends(Path file, JsonPlace config, int vocabulary, Set<Integer> ends) {
    try {
      Optional<JsonPlace> place = config.find("eos_token_id");
      if (place.isEmpty()) {
        return;
      }
      boolean several = place.get().value() instanceof Json.ArrayValue;
      for (JsonPlace id : several ? place.get().elements() : List.of(place.get())) {
        if (id.count() >= vocabulary) {
          throw id.fault("a token id below %d, not %d".formatted(vocabulary, id.count()));
        }
        ends.add(id.count());
      }
    } catch (JsonException e) {
      throw new ModelFormatException(
          file, 0, "the tokens that end an answer", String.valueOf(e.getMessage()), e);
    }
  }

  /** The tokenizer of a folder, without what its configurations say. */
  static Tokenizer read(Path folder) throws IOException {
    try {
      return TokenizerFiles.read(folder);
    } catch (TokenizerFormatException e) {
      throw new ModelFormatException(folder, 0, "a tokenizer", String.valueOf(e.getMessage()), e);
    } catch (IllegalArgumentException e) {
      throw new UnsupportedModelException("tokenizer", String.valueOf(e.getMessage()));
    }
  }

  @Override
  public Optional<String> chatTemplate() {
    return folder.chatTemplate();
  }

  @Override
  public SamplingOptions sampling() throws IOException {
    Optional<JsonPlace> config = HuggingFaceFolder.json(folder.path(), GENERATION);
    if (config.isEmpty()) {
      return SamplingOptions.defaults();
    }
    try {
      RecommendedSampling recommended = new RecommendedSampling();
      SAMPLING.forEach(
          (setting, name) ->
              recommended.with(setting, config.get().find(name).map(JsonPlace::number)));
      config.get().find("do_sample").map(JsonPlace::bool).ifPresent(recommended::draws);
      return recommended.options();
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(
          folder.path().resolve(GENERATION),
          0,
          "how to choose tokens",
          String.valueOf(e.getMessage()),
          e);
    }
  }

  @Override
  public void close() throws IOException {
    folder.close();
  }
}
