package dev.nomoat.model.huggingface;

import dev.nomoat.ModelFormatException;
import dev.nomoat.Pooling;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.safetensors.SafetensorsTensor;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.tokenizer.Tokenizer;
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
  private static final String EMBEDDING = "token_embd.weight";
  private static final String OUTPUT = "output.weight";
  private static final String ANSWERS = "cls.output.weight";

  /** What GGUF calls pooling where an answer is what is wanted. */
  private static final int RANK = 4;

  private final HuggingFaceFolder folder;
  private final SettingNames settings;
  private final TensorNames tensors;
  private boolean encoder;
  private Optional<Answers> answers = Optional.empty();

  /** A name that a folder may have, and what its model then answers with. */
  private record Answers(String name, String template, List<String> labels) {}

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
    settings.put("attention.causal", GgufValue.bool(false));
    tensors.without("(?:lm_head|decoder)\\..*|.*embeddings\\.position_ids");
    return this;
  }

  /**
   * A model of this name is asked about a query and a document, and answers with one of some
   * tokens: of its output head those are what is left.
   *
   * @param name part of the folder's name or description, in lower case
   * @param template what it is asked, with {@code {query}} and {@code {document}} in it
   * @param labels the texts of the tokens
   * @return this
   */
  public Translation answers(String name, String template, List<String> labels) {
    answers = Optional.of(new Answers(name, template, List.copyOf(labels)));
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
      if (answers.isPresent() && folder.isNamed(answers.get().name())) {
        keepAnswers(all, answers.get());
      }
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
      settings
          .put(name + "_feat_in", GgufValue.uint32(dense.inputs()))
          .put(name + "_feat_out", GgufValue.uint32(dense.outputs()));
      StoredTensors stored = new StoredTensors(folder, dense.weights(), tensors.slabs());
      for (SourceTensor tensor : stored.all(left -> false)) {
        String ours = tensor.name().replaceFirst("^linear\\b", name);
        all.put(ours, new RenamedTensor(ours, tensor));
      }
    }
  }

  private void keepAnswers(Map<String, SourceTensor> all, Answers kept) throws IOException {
    Tokenizer tokenizer = HuggingFaceSource.read(folder.path());
    List<String> labels = kept.labels();
    long[] ids = new long[labels.size()];
    for (int i = 0; i < ids.length; i++) {
      String label = labels.get(i);
      ids[i] =
          tokenizer
              .idOf(label)
              .orElseThrow(
                  () ->
                      new ModelFormatException(
                          folder.path(), 0, "a token \"" + label + "\"", "no such token"));
    }
    SourceTensor head = all.remove(OUTPUT);
    if (head == null) {
      head = all.get(EMBEDDING);
    }
    if (head != null) {
      SourceTensor rows = ReorderedTensor.rows(head, ids.length, row -> ids[(int) row]);
      all.put(ANSWERS, new RenamedTensor(ANSWERS, rows));
    }
    settings
        .put("pooling_type", GgufValue.uint32(RANK))
        .put("classifier.output_labels", GgufStringArray.of(labels))
        .putWhole("tokenizer.chat_template.rerank", GgufValue.text(kept.template()));
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
