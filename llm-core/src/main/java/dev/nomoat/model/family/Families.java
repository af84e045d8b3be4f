package dev.nomoat.model.family;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.Recurrent.DeltaNet;
import dev.nomoat.model.huggingface.HuggingFaceFolder;
import dev.nomoat.model.huggingface.Translation;
import dev.nomoat.model.source.GgufSource;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.model.source.SourceTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The families by the name of their architecture in GGUF files. */
public final class Families {
  private static final Map<String, Family> BY_ARCHITECTURE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("arcee", new Arcee()),
              Map.entry("bert", new Bert()),
              Map.entry("bloom", new Bloom()),
              Map.entry("cohere2", new Cohere2()),
              Map.entry("command-r", new CommandR()),
              Map.entry("deepseek2", new DeepSeek2()),
              Map.entry("dots1", new Glm4Moe()),
              Map.entry("ernie4_5", new Ernie45()),
              Map.entry("ernie4_5-moe", new Ernie45()),
              Map.entry("eurobert", new EuroBert()),
              Map.entry("exaone4", new Exaone4()),
              Map.entry("falcon", new Falcon()),
              Map.entry("gemma", new Gemma()),
              Map.entry("gemma-embedding", new Gemma3(true)),
              Map.entry("gemma2", new Gemma2()),
              Map.entry("gemma3", new Gemma3(false)),
              Map.entry("gemma3n", new Gemma3n()),
              Map.entry("gemma4", new Gemma4()),
              Map.entry("glm4", new Glm4()),
              Map.entry("glm4moe", new Glm4Moe()),
              Map.entry("gpt-oss", new GptOss()),
              Map.entry("gpt2", new Gpt2()),
              Map.entry("gptneox", new GptNeox()),
              Map.entry("granite", new Granite()),
              Map.entry("granitehybrid", new GraniteHybrid()),
              Map.entry("granitemoe", new Granite()),
              Map.entry("hunyuan-dense", new HunYuanDense()),
              Map.entry("jina-bert-v2", new JinaBertV2()),
              Map.entry("lfm2", new Lfm2()),
              Map.entry("lfm2moe", new Lfm2()),
              Map.entry("llama", new Llama()),
              Map.entry("llama4", new Llama4()),
              Map.entry("mamba2", new Mamba2()),
              Map.entry("mistral3", new Mistral3()),
              Map.entry("modern-bert", new ModernBert()),
              Map.entry("nemotron", new Nemotron()),
              Map.entry("nomic-bert", new NomicBert()),
              Map.entry("olmo2", new Olmo2()),
              Map.entry("olmoe", new Olmoe()),
              Map.entry("phi2", new Phi2()),
              Map.entry("phi3", new Phi3()),
              Map.entry("qwen2", new Qwen2()),
              Map.entry("qwen2moe", new Qwen2Moe()),
              Map.entry("qwen3", new Qwen3()),
              Map.entry("qwen35", new Qwen3Next(DeltaNet.Order.TILED)),
              Map.entry("qwen35moe", new Qwen3Next(DeltaNet.Order.TILED)),
              Map.entry("qwen3moe", new Qwen3Moe()),
              Map.entry("qwen3next", new Qwen3Next(DeltaNet.Order.GROUPED)),
              Map.entry("seed_oss", new SeedOss()),
              Map.entry("smollm3", new SmolLm3()),
              Map.entry("stablelm", new StableLm()),
              Map.entry("starcoder", new Gpt2()),
              Map.entry("starcoder2", new StarCoder2())));

  /** The architectures in GGUF files by the model types of Hugging Face. */
  private static final Map<String, String> BY_MODEL_TYPE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("arcee", "arcee"),
              Map.entry("bert", "bert"),
              Map.entry("bloom", "bloom"),
              Map.entry("camembert", "bert"),
              Map.entry("cohere", "command-r"),
              Map.entry("cohere2", "cohere2"),
              Map.entry("deepseek_v2", "deepseek2"),
              Map.entry("deepseek_v3", "deepseek2"),
              Map.entry("distilbert", "bert"),
              Map.entry("dots1", "dots1"),
              Map.entry("ernie4_5", "ernie4_5"),
              Map.entry("ernie4_5_moe", "ernie4_5-moe"),
              Map.entry("eurobert", "eurobert"),
              Map.entry("exaone4", "exaone4"),
              Map.entry("falcon", "falcon"),
              Map.entry("gemma", "gemma"),
              Map.entry("gemma2", "gemma2"),
              Map.entry("gemma3", "gemma3"),
              Map.entry("gemma3_text", "gemma3"),
              Map.entry("gemma3n", "gemma3n"),
              Map.entry("gemma3n_text", "gemma3n"),
              Map.entry("gemma4", "gemma4"),
              Map.entry("gemma4_text", "gemma4"),
              Map.entry("glm4", "glm4"),
              Map.entry("glm4_moe", "glm4moe"),
              Map.entry("glm4v_text", "glm4"),
              Map.entry("gpt2", "gpt2"),
              Map.entry("gpt_bigcode", "starcoder"),
              Map.entry("gpt_neox", "gptneox"),
              Map.entry("gpt_oss", "gpt-oss"),
              Map.entry("granite", "granite"),
              Map.entry("granitemoe", "granitemoe"),
              Map.entry("granitemoehybrid", "granitehybrid"),
              Map.entry("hunyuan_v1_dense", "hunyuan-dense"),
              Map.entry("lfm2", "lfm2"),
              Map.entry("lfm2_moe", "lfm2moe"),
              Map.entry("llama", "llama"),
              Map.entry("llama4", "llama4"),
              Map.entry("llama4_text", "llama4"),
              Map.entry("mamba2", "mamba2"),
              Map.entry("ministral3", "mistral3"),
              Map.entry("mistral", "llama"),
              Map.entry("mistral3", "mistral3"),
              Map.entry("mixtral", "llama"),
              Map.entry("modernbert", "modern-bert"),
              Map.entry("nemotron", "nemotron"),
              Map.entry("nomic_bert", "nomic-bert"),
              Map.entry("olmo2", "olmo2"),
              Map.entry("olmo3", "olmo2"),
              Map.entry("olmoe", "olmoe"),
              Map.entry("phi", "phi2"),
              Map.entry("phi3", "phi3"),
              Map.entry("qwen2", "qwen2"),
              Map.entry("qwen2_5_vl", "qwen2"),
              Map.entry("qwen2_5_vl_text", "qwen2"),
              Map.entry("qwen2_moe", "qwen2moe"),
              Map.entry("qwen2_vl", "qwen2"),
              Map.entry("qwen2_vl_text", "qwen2"),
              Map.entry("qwen3", "qwen3"),
              Map.entry("qwen3_5", "qwen35"),
              Map.entry("qwen3_5_moe", "qwen35moe"),
              Map.entry("qwen3_5_moe_text", "qwen35moe"),
              Map.entry("qwen3_5_text", "qwen35"),
              Map.entry("qwen3_moe", "qwen3moe"),
              Map.entry("qwen3_next", "qwen3next"),
              Map.entry("qwen3_vl_moe_text", "qwen3moe"),
              Map.entry("qwen3_vl_text", "qwen3"),
              Map.entry("roberta", "bert"),
              Map.entry("seed_oss", "seed_oss"),
              Map.entry("smollm3", "smollm3"),
              Map.entry("stablelm", "stablelm"),
              Map.entry("starcoder2", "starcoder2"),
              Map.entry("xlm-roberta", "bert")));

  /** Larger models that are one of those where they are given texts alone. */
  private static final Set<String> AROUND =
      new TreeSet<>(
          Set.of(
              "aya_vision",
              "cohere2_vision",
              "gemma3",
              "gemma3n",
              "gemma4",
              "glm4v",
              "idefics3",
              "internvl",
              "lfm2_vl",
              "llama4",
              "llava",
              "llava_next",
              "mistral3",
              "qwen2_5_vl",
              "qwen2_vl",
              "qwen3_5",
              "qwen3_5_moe",
              "qwen3_vl",
              "qwen3_vl_moe",
              "smolvlm"));

  private Families() {}

  /**
   * Opens a model on disk.
   *
   * @param path a GGUF file, the first of a split set, or a Hugging Face folder
   * @return the open model; the caller closes it
   * @throws ModelFormatException when a file contradicts its format
   * @throws UnsupportedModelException when the model needs something that we do not have
   * @throws IOException when a file cannot be read
   */
  public static ModelSource open(Path path) throws IOException {
    Optional<Path> folder = HuggingFaceFolder.find(path);
    if (folder.isEmpty()) {
      return GgufSource.open(path);
    }
    HuggingFaceFolder open = HuggingFaceFolder.open(folder.get());
    try {
      return translated(open);
    } catch (Throwable e) {
      open.close();
      throw e;
    }
  }

  private static ModelSource translated(HuggingFaceFolder folder) throws IOException {
    String type = folder.modelType();
    String architecture = BY_MODEL_TYPE.get(type);
    if (architecture == null) {
      throw new UnsupportedModelException(
          "model type " + type, "supported: " + String.join(", ", BY_MODEL_TYPE.keySet()));
    }
    Optional<String> larger = folder.largerType().filter(name -> !AROUND.contains(name));
    if (larger.isPresent()) {
      throw new UnsupportedModelException(
          "model type %s around %s".formatted(larger.get(), type),
          "supported: " + String.join(", ", AROUND));
    }
    if (type.equals("gemma3_text") && folder.isOn("use_bidirectional_attention")) {
      architecture = "gemma-embedding";
    }
    Translation translation = new Translation(folder, architecture);
    try {
      Objects.requireNonNull(BY_ARCHITECTURE.get(architecture)).translate(translation);
    } catch (IllegalArgumentException e) {
      // another type than is wanted, or a number whose products are out of range
      throw folder.fault(e);
    }
    return translation.source();
  }

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
