package dev.nomoat;

import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufWriter;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Tiny models that embed, with random weights, and what transformers computes with them. */
final class Encoders {
  private static final String FOX =
      "Once upon a time there was a little fox named Pip. Pip loved to play on top of the hill. 12"
          + " ducks!";

  /** All of which there is a folder; those that end with "rank" score. */
  static final List<String> ALL =
      List.of(
          "bert",
          "bert-rank",
          "distilbert",
          "eurobert",
          "gemma-embedding",
          "modern-bert",
          "modern-bert-rank",
          "nomic-bert",
          "qwen3",
          "qwen3-rank",
          "roberta",
          "xlm-roberta",
          "xlm-roberta-rank");

  static final String QUERY = "What is a fox?";

  static final List<String> DOCUMENTS =
      List.of("a", FOX, "12 ducks!", String.join(" ", Collections.nCopies(3, FOX)));

  /** The order of what the reference computed of a text. */
  static final List<Pooling> POOLINGS = List.of(Pooling.MEAN, Pooling.CLS, Pooling.LAST);

  private Encoders() {}

  /** What a model makes of the texts, in the order of the reference: [texts, pooling, dim]. */
  static float[] results(LanguageModel model, String name) {
    if (name.endsWith("rank")) {
      return model.rerank(QUERY, DOCUMENTS);
    }
    List<String> texts = texts(name);
    EmbeddingRequest raw = EmbeddingRequest.of(texts).withNormalized(false);
    int dim = model.info().embeddingDim();
    float[] all = new float[texts.size() * POOLINGS.size() * dim];
    for (Pooling pooling : POOLINGS) {
      List<float[]> vectors = model.embed(raw.withPooling(pooling));
      for (int text = 0; text < texts.size(); text++) {
        int at = (text * POOLINGS.size() + POOLINGS.indexOf(pooling)) * dim;
        System.arraycopy(vectors.get(text), 0, all, at, dim);
      }
    }
    return all;
  }

  /** The same of the reference. */
  static float[] expected(String name) throws IOException {
    if (!name.endsWith("rank")) {
      return numbers(name + ".vectors");
    }
    float[] all = numbers(name + ".scores"); // [documents, labels]
    float[] first = new float[DOCUMENTS.size()];
    for (int i = 0; i < first.length; i++) {
      first[i] = all[i * all.length / first.length];
    }
    return first;
  }

  /** Whether there is a file beside the folder. */
  static boolean hasFile(String name) {
    return Encoders.class.getResource("/dev/nomoat/encoders/" + name + ".gguf") != null;
  }

  /** The texts that were embedded; the last is longer than a batch. */
  static List<String> texts(String name) {
    int often =
        Set.of("jina-bert-v2", "bert", "distilbert", "nomic-bert", "xlm-roberta").contains(name)
            ? 8
            : 4;
    return List.of("a", FOX, String.join(" ", Collections.nCopies(often, FOX)));
  }

  static Path file(String name) {
    return folder(name + ".gguf");
  }

  private static URL resource(String name) {
    return Objects.requireNonNull(Encoders.class.getResource("/dev/nomoat/encoders/" + name));
  }

  static Path folder(String name) {
    try {
      return Path.of(resource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static LanguageModel load(String name, UnaryOperator<LoadOptions> change) throws IOException {
    return LanguageModel.load(file(name), change.apply(LoadOptions.defaults()));
  }

  /** With keys, values and activations in f32. */
  static LanguageModel loadExact(String name) throws IOException {
    return loadExact(file(name));
  }

  /** The same of any file or folder. */
  static LanguageModel loadExact(Path path) throws IOException {
    LoadOptions options = LoadOptions.defaults().withThreads(2).withCacheType(CacheType.F32);
    return LanguageModel.load(path, options.withActivations(ActivationPrecision.FULL));
  }

  /** Numbers in f32 that belong to a model. */
  static float[] numbers(String name) throws IOException {
    try (InputStream in = resource(name).openStream()) {
      byte[] bytes = in.readAllBytes();
      float[] numbers = new float[bytes.length / 4];
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
      return numbers;
    }
  }

  /**
   * Writes a model again, with some keys changed or added, and without some keys and tensors.
   *
   * @param source the file that is changed
   */
  static void rewrite(Path source, Path target, Map<String, GgufValue> changes, Set<String> without)
      throws IOException {
    try (GgufFile file = GgufFile.open(source)) {
      GgufWriter writer = new GgufWriter();
      GgufMetadata metadata = file.metadata();
      changes.forEach(writer::put);
      for (String key : metadata.keys()) {
        if (!changes.containsKey(key) && !without.contains(key)) {
          writer.put(key, metadata.get(key).orElseThrow());
        }
      }
      for (GgufTensor tensor : file.tensors()) {
        if (!without.contains(tensor.name())) {
          writer.tensor(tensor.name(), tensor.type(), tensor.shape(), file.data(tensor));
        }
      }
      writer.write(target);
    }
  }
}
