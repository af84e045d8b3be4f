package dev.nomoat;

import dev.nomoat.model.Decoder;
import dev.nomoat.model.Mixer;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelPlan;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.model.source.SourceTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a model before any weight is read. Immutable.
 *
 * @param file the file, or the first of a set
 * @param architecture the family, as in the file
 * @param name the model's name, when the file has one
 * @param parameters number of weights
 * @param fileBytes size of the file or files
 * @param layers number of decoder blocks
 * @param dim numbers of a token between the blocks
 * @param heads query heads; here and below, of the layer that has most where layers differ
 * @param kvHeads key/value heads
 * @param headDim numbers of a key
 * @param cache what keys and values of a sequence take, in each number format
 * @param stateBytes memory that the recurrent state of one sequence takes, whatever its length
 * @param contextLength positions that the model was trained for
 * @param vocabularySize number of token ids
 * @param weightBytes memory that the loaded weights take
 * @param encoder whether it is an encoder, which embeds texts and cannot generate any
 * @param reranker whether it has a head that scores pairs of texts, as {@link LanguageModel#rerank}
 *     does
 * @param embeddingDim numbers of a vector that {@link LanguageModel#embed} gives
 * @param pooling how {@link LanguageModel#embed} makes a vector of a text, unless asked otherwise
 * @param bufferBytes memory that the buffers of a step take, without the logits
 * @param chatTemplate the template for conversations, when the file has one
 * @param metadata the file's keys and values as text, in the file's order; long arrays are
 *     abbreviated
 * @param tensors the file's tensors in its order
 */
public record ModelInfo(
    Path file,
    String architecture,
    Optional<String> name,
    long parameters,
    long fileBytes,
    int layers,
    int dim,
    int heads,
    int kvHeads,
    int headDim,
    Map<CacheType, CacheFootprint> cache,
    long stateBytes,
    int contextLength,
    int vocabularySize,
    long weightBytes,
    boolean encoder,
    boolean reranker,
    int embeddingDim,
    Pooling pooling,
    long bufferBytes,
    Optional<String> chatTemplate,
    Map<String, String> metadata,
    List<TensorInfo> tensors) {
  /** Copies the collections. */
  public ModelInfo {
    cache = Map.copyOf(cache);
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    tensors = List.copyOf(tensors);
  }

  static ModelInfo of(ModelSource source, ModelPlan plan) throws IOException {
    ModelConfig config = plan.config();
    long parameters = source.tensors().stream().mapToLong(SourceTensor::elements).sum();
    long bytes = 0;
    for (Path file : source.files()) {
      bytes += Files.size(file);
    }
    return new ModelInfo(
        source.path(),
        config.architecture(),
        source.settings().string("general.name"),
        parameters,
        bytes,
        config.layers().size(),
        config.dim(),
        config.most(Mixer.Attention::heads),
        config.most(Mixer.Attention::kvHeads),
        config.most(Mixer.Attention::keyDim),
        cache(config),
        config.stateShape().bytes(),
        config.contextLength(),
        config.vocab(),
        plan.weightBytes(),
        !config.causal(),
        config.head().classifier().isPresent(),
        config.embeddingDim(),
        config.head().pooling(),
        Decoder.bufferBytes(config),
        source.chatTemplate(),
        source.description(),
        source.inventory());
  }

  private static Map<CacheType, CacheFootprint> cache(ModelConfig config) {
    Map<CacheType, CacheFootprint> cache = new EnumMap<>(CacheType.class);
    for (CacheType type : CacheType.values()) {
      cache.put(type, config.cacheShape(type).footprint());
    }
    return cache;
  }

  /** What keys and values of a sequence take. */
  CacheFootprint footprint(CacheType type) {
    CacheFootprint footprint = cache.get(type);
    if (footprint == null) {
      throw new IllegalArgumentException("no footprint of a cache of " + type);
    }
    return footprint;
  }

  /**
   * Memory that one sequence takes at most while it is evaluated: keys and values, as {@link
   * CacheFootprint#bytes} says, and recurrent state. A layer that sees a window keeps no more than
   * that and the tokens of a step, however long the sequence. An encoder needs those of one layer
   * at a time, and gives them back when a text is embedded.
   *
   * @param tokens its length, prompt and generated tokens together; 0 or more
   * @param type number format of the cache
   * @return bytes
   * @throws IllegalArgumentException when {@code tokens} is negative
   */
  public long cacheBytes(int tokens, CacheType type) {
    Require.notNegative(tokens, "tokens");
    return footprint(type).bytes(tokens) + (tokens == 0 ? 0 : stateBytes);
  }

  /**
   * The model in a line, for logs: the metadata, tensors and chat template are in the components.
   *
   * @return text such as {@code llama "Story" (story.gguf): 3672320 parameters in 2271392 bytes, 4
   *     layers, context of 1024 tokens, vocabulary of 2048}
   */
  @Override
  public String toString() {
    return "%s%s (%s): %d parameters in %d bytes, %d layers, context of %d tokens, vocabulary of %d"
        .formatted(
            architecture,
            name.map(" \"%s\""::formatted).orElse(""),
            file.getFileName(),
            parameters,
            fileBytes,
            layers,
            contextLength,
            vocabularySize);
  }
}
