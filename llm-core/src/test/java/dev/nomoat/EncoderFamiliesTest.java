package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A tiny model with random weights of each family that embeds, against the hidden states that
 * transformers computed from the same weights in f32 (for Jina Embeddings 2, which it does not
 * have, a few lines of PyTorch in f64, 2e-3 from llama.cpp): pooled in each of three ways, of texts
 * of a few tokens, of a hundred, and of more than a batch holds. Windows are shorter than the
 * texts.
 */
class EncoderFamiliesTest {
  private static final List<Pooling> POOLINGS = Encoders.POOLINGS;

  @ParameterizedTest
  @CsvSource({
    "bert, MEAN",
    "roberta, CLS",
    "xlm-roberta, CLS",
    "nomic-bert, MEAN",
    "modern-bert, CLS",
    "gemma-embedding, MEAN",
    "eurobert, MEAN",
    "jina-bert-v2, MEAN",
    "qwen3, LAST"
  })
  void vectorsAreThoseOfTheReference(String family, Pooling trained) throws IOException {
    float[] expected = Encoders.numbers(family + ".vectors"); // [texts, pooling, dim]
    List<String> texts = Encoders.texts(family);
    try (LanguageModel model = Encoders.loadExact(family)) {
      assertThat(model.info().pooling()).isEqualTo(trained);
      int dim = expected.length / (texts.size() * POOLINGS.size());
      EmbeddingRequest raw = EmbeddingRequest.of(texts).withNormalized(false);
      for (Pooling pooling : POOLINGS) {
        List<float[]> vectors = model.embed(raw.withPooling(pooling));
        for (int text = 0; text < texts.size(); text++) {
          int at = (text * POOLINGS.size() + POOLINGS.indexOf(pooling)) * dim;
          assertThat(Graph.distance(vectors.get(text), Arrays.copyOfRange(expected, at, at + dim)))
              .as("text %d, %s", text, pooling)
              .isLessThan(1e-5);
        }
        if (pooling == trained) {
          assertBits(model.embed(raw), vectors);
        }
      }
      assertAlike(model.embed(texts), model, texts);
    }
  }

  /** However many are evaluated together, in whatever order and on however many threads. */
  private static void assertAlike(List<float[]> together, LanguageModel model, List<String> texts) {
    for (int text = 0; text < texts.size(); text++) {
      assertThat(Graph.bits(model.embed(texts.get(text))))
          .isEqualTo(Graph.bits(together.get(text)));
    }
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      many.add(texts.get(i % 7 == 6 ? 2 : i % 2));
    }
    List<float[]> vectors = model.embed(many);
    for (int i = 0; i < many.size(); i++) {
      assertThat(Graph.bits(vectors.get(i)))
          .isEqualTo(Graph.bits(together.get(texts.indexOf(many.get(i)))));
    }
  }

  private static void assertBits(List<float[]> actual, List<float[]> expected) {
    for (int text = 0; text < expected.size(); text++) {
      assertThat(Graph.bits(actual.get(text))).isEqualTo(Graph.bits(expected.get(text)));
    }
  }

  /** As callers load it: keys and values in 16 bits. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bert",
        "roberta",
        "xlm-roberta",
        "nomic-bert",
        "modern-bert",
        "gemma-embedding",
        "eurobert",
        "qwen3"
      })
  void vectorsPointWhereThoseOfTheReferenceDo(String family) throws IOException {
    float[] expected = Encoders.numbers(family + ".vectors");
    List<String> texts = Encoders.texts(family);
    int dim = expected.length / (texts.size() * POOLINGS.size());
    try (LanguageModel model = Encoders.load(family, options -> options.withThreads(1))) {
      List<float[]> vectors = model.embed(texts);
      for (int text = 0; text < texts.size(); text++) {
        int at = (text * POOLINGS.size() + POOLINGS.indexOf(model.info().pooling())) * dim;
        float[] vector = vectors.get(text);
        double dot = 0;
        double length = 0;
        double squares = 0;
        for (int i = 0; i < dim; i++) {
          dot += (double) vector[i] * expected[at + i];
          length += (double) vector[i] * vector[i];
          squares += (double) expected[at + i] * expected[at + i];
        }
        assertThat(Math.abs(length - 1)).isLessThan(1e-6);
        assertThat(dot / Math.sqrt(squares)).isGreaterThan(0.99999);
      }
    }
  }
}
