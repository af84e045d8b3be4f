package dev.nomoat.model.family;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.model.source.SourceTensor;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The families by the name of their architecture in GGUF files. */
public final class Families {
  private static final Map<String, Family> BY_ARCHITECTURE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("cohere2", new Cohere2()),
              Map.entry("command-r", new CommandR()),
              Map.entry("exaone4", new Exaone4()),
              Map.entry("falcon", new Falcon()),
              Map.entry("gemma2", new Gemma2()),
              Map.entry("gemma3", new Gemma3()),
              Map.entry("glm4", new Glm4()),
              Map.entry("gpt-oss", new GptOss()),
              Map.entry("gpt2", new Gpt2()),
              Map.entry("gptneox", new GptNeox()),
              Map.entry("granite", new Granite()),
              Map.entry("llama", new Llama()),
              Map.entry("olmo2", new Olmo2()),
              Map.entry("phi2", new Phi2()),
              Map.entry("phi3", new Phi3()),
              Map.entry("qwen2", new Qwen2()),
              Map.entry("qwen2moe", new Qwen2Moe()),
              Map.entry("qwen3", new Qwen3()),
              Map.entry("qwen3moe", new Qwen3Moe()),
              Map.entry("smollm3", new SmolLm3()),
              Map.entry("stablelm", new StableLm()),
              Map.entry("starcoder2", new StarCoder2())));

  private Families() {}

  /**
   * Reads the configuration of a model.
   *
   * @param source an open model; borrowed
   * @param contextLength positions that will be used, or 0 for as many as the model has
   * @return the configuration
   * @throws ModelFormatException when settings are missing or contradict each other
   * @throws UnsupportedModelException when the model needs something that we do not have
   */
  public static ModelConfig config(ModelSource source, int contextLength) {
    String type = source.settings().string("general.type").orElse("model");
    if (!type.equals("model")) {
      throw new UnsupportedModelException("a file of type " + type, "supported: model");
    }
    String architecture = source.settings().requireString("general.architecture");
    Family family = BY_ARCHITECTURE.get(architecture);
    if (family == null) {
      throw new UnsupportedModelException(
          "architecture " + architecture,
          "supported: " + String.join(", ", BY_ARCHITECTURE.keySet()));
    }
    if (source.tensors().isEmpty()) {
      throw new UnsupportedModelException(
          "a file that holds a vocabulary and no weights", "it has a tokenizer only");
    }
    Settings settings = new Settings(source.settings(), architecture);
    Set<String> tensors =
        source.tensors().stream().map(SourceTensor::name).collect(Collectors.toSet());
    return family.config(new DecoderBuilder(settings, tensors, contextLength), settings);
  }
}
