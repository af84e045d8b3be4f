package dev.nomoat.model.huggingface;

import dev.nomoat.ModelFormatException;
import dev.nomoat.Pooling;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.safetensors.SafetensorsTensor;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.tokenizer.json.JsonException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * From the words of a Hugging Face folder to those of GGUF: what all models have in common, to
 * which a family adds what is its own.
 */
public final class Translation {
  private static final String OUTPUT = "output.weight";

  private final HuggingFaceFolder folder;
  private final SettingNames settings;
  private final TensorNames tensors;
  private boolean encoder;

  /**
   * Begins with what is common.
   *
   * @param folder an open folder
   * @param architecture the name that GGUF has for the family
   */
  public Translation(HuggingFaceFolder folder, String architecture) {
    this.folder = folder;
    settings = new SettingNames(folder, architecture);
    tensors = new TensorNames(folder);
  }

  /**
   * The settings.
   *
   * @return their names, to add to
   */
  public SettingNames settings() {
    return settings;
  }

  /**
   * The tensors.
   *
   * @return their names, to add to
   */
  public TensorNames tensors() {
    return tensors;
  }

  /**
   * Query heads.
   *
   * @return how many the configuration says, 0 if nothing
   */
  public int heads() {
    return settings.heads();
  }

  /**
   * Key and value heads.
   *
   * @return how many the configuration says
   */
  public int kvHeads() {
    return settings.kvHeads();
  }

  /**
   * Numbers of a head.
   *
   * @return how many the configuration says, 0 if nothing
   */
  public int headDim() {
    return settings.headDim();
  }

  /**
   * Layers.
   *
   * @return how many the configuration says, 0 if nothing
   */
  public int layers() {
    return settings.layers();
  }

  /**
   * The kind of model.
   *
   * @return what the configuration calls it
   */
  public String modelType() {
    return folder.modelType();
  }

  /**
   * A number of the rotary position embedding.
   *
   * @param name its key
   * @return the number, or empty if it is missing
   */
  public Optional<Double> ropeNumber(String name) {
    return new RopeNames(settings, folder).number(name);
  }

  /**
   * An encoder: what it was trained to predict with is left out.
   *
   * @return this
   */
  public Translation encoder() {
    encoder = true;
    tensors.without("(?:lm_head|decoder)\\..*|.*embeddings\\.position_ids");
    return this;
  }

  /**
   * The shape of a tensor as it is stored.
   *
   * @param end how its name ends
   * @return the shape of the first of those, or empty if there is none
   */
  public Optional<List<Long>> shape(String end) {
    return folder.weights().tensors().stream()
        .filter(tensor -> tensor.name().endsWith(end))
        .findFirst()
        .map(SafetensorsTensor::shape);
  }

  /**
   * Whether the model was trained to classify texts.
   *
   * @return what the configuration says
   */
  public boolean classifies() {
    return settings.texts("architectures").stream()
        .anyMatch(name -> name.endsWith("ForSequenceClassification"));
  }

  /**
   * Queries and keys turn halves of their heads together, where GGUF has neighbours.
   *
   * @return this
   */
  public Translation turnsHalves() {
    int headDim = headDim();
    if (headDim > 0) {
      RowOrder order = RowOrder.neighbours(headDim);
      tensors.reorder("attn_q", order).reorder("attn_k", order);
    }
    return this;
  }

  /**
   * The translated folder.
   *
   * @return an open model, which owns the folder
   * @throws ModelFormatException when the folder contradicts itself
   * @throws IOException when a file cannot be read
   */
  public ModelSource source() throws IOException {
    try {
      RopeNames rope = new RopeNames(settings, folder);
      Map<String, SourceTensor> all =
          new LinkedHashMap<>(
              tensors.tensors(
                  new StoredTensors(folder, folder.weights(), tensors.slabs()), layers()));
      addModules(all);
      rope.tensors().forEach(tensor -> all.put(tensor.name(), tensor));
      tie(all);
      return new HuggingFaceSource(folder, settings.metadata(rope), all);
    } catch (JsonException e) {
      throw folder.fault(e);
    }
  }

  /** What follows the model where texts are embedded. */
  private void addModules(Map<String, SourceTensor> all) throws IOException {
    folder
        .modules()
        .pooling()
        .ifPresent(pooling -> settings.put("pooling_type", GgufValue.uint32(number(pooling))));
    int index = 2; // the model and pooling come before
    for (EmbeddingModules.Dense dense : folder.modules().dense()) {
      String name = "dense_" + index++;
      settings.put(name + "_feat_out", GgufValue.uint32(dense.outputs()));
      StoredTensors stored = new StoredTensors(folder, dense.weights(), tensors.slabs());
      for (SourceTensor tensor : stored.all(left -> false)) {
        String ours = tensor.name().replaceFirst("^linear\\b", name);
        all.put(ours, new RenamedTensor(ours, tensor));
      }
    }
  }

  private static int number(Pooling pooling) {
    return switch (pooling) {
      case MEAN -> 1;
      case CLS -> 2;
      case LAST -> 3;
    };
  }

  /**
   * The output head is the embedding's matrix when the configuration says so; where it is that of a
   * larger model, when it says so somewhere and there is no head.
   */
  private void tie(Map<String, SourceTensor> all) {
    boolean embeds = encoder || folder.modules().pooling().isPresent();
    if (settings.find("tie_word_embeddings").isEmpty() || (embeds && !all.containsKey(OUTPUT))) {
      return;
    }
    boolean tied = settings.flag("tie_word_embeddings", false);
    if (folder.isPart()) {
      tied |= folder.whole().flag("tie_word_embeddings", false);
    } else if (tied) {
      all.remove(OUTPUT);
    }
    if (!tied && !all.containsKey(OUTPUT)) {
      throw new ModelFormatException(
          folder.configFile(),
          0,
          "an output head, as tie_word_embeddings is false",
          "no such tensor");
    }
  }
}
