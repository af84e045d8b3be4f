package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nomoat.EmbeddingRequest;
import dev.nomoat.LanguageModel;
import dev.nomoat.Pooling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code llm embed} and {@code llm rerank}. */
class EmbedCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> TEXTS = List.of("a dog", "a cat", "Once upon a time");

  private static final Path RERANKER =
      Path.of("../llm-core/src/test/resources/dev/nomoat/encoders/xlm-roberta-rank.gguf");

  private static final Path ENCODER = RERANKER.resolveSibling("qwen3.gguf");

  private static float[] numbers(JsonNode array) {
    float[] numbers = new float[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) array.get(i).asDouble();
    }
    return numbers;
  }

  @Test
  void aVectorStandsOnEachLine() throws IOException {
    Run run = Run.llm("embed", "--pooling=mean", "--raw", "--dimensions=10", "a dog", "a cat");

    assertThat(run.status()).isZero();
    assertThat(run.err()).isEmpty();
    List<String> lines = run.out().lines().toList();
    assertThat(lines).hasSize(2);
    try (LanguageModel model = LanguageModel.load(EmbeddedModel.file())) {
      List<float[]> vectors =
          model.embed(
              EmbeddingRequest.of(TEXTS.subList(0, 2))
                  .withPooling(Pooling.MEAN)
                  .withNormalized(false)
                  .withDimensions(10));
      for (int i = 0; i < 2; i++) {
        assertThat(numbers(JSON.readTree(lines.get(i)))).containsExactly(vectors.get(i));
      }
    }
  }

  @Test
  void manyTextsAreReadFromStandardInput() throws IOException {
    Run run = Run.withInput(JSON.writeValueAsString(TEXTS), "embed", "--json", "--threads=1");

    JsonNode vectors = JSON.readTree(run.out());
    assertThat(vectors.size()).isEqualTo(3);
    for (JsonNode vector : vectors) {
      double squares = 0;
      for (float number : numbers(vector)) {
        squares += (double) number * number;
      }
      assertThat(squares).isCloseTo(1, within(1e-5));
    }
    Run wrong = Run.withInput("[\"a\", 1]", "embed", "--json");
    assertThat(wrong.status()).isEqualTo(1);
    assertThat(wrong.err()).contains("element 1: a text must be a string");
  }

  @Test
  void cosinesTellHowAlikeTextsAre() {
    Run run = Run.llm("embed", "--cosine", TEXTS.get(0), TEXTS.get(1), TEXTS.get(2));

    List<List<String>> rows =
        run.out().lines().map(line -> List.of(line.strip().split(" +"))).toList();
    assertThat(rows).hasSize(3);
    for (int i = 0; i < 3; i++) {
      assertThat(rows.get(i)).hasSize(3);
      assertThat(rows.get(i).get(i)).isEqualTo("1.0000");
      for (int j = 0; j < i; j++) {
        assertThat(rows.get(i).get(j)).isEqualTo(rows.get(j).get(i)).isNotEqualTo("1.0000");
      }
    }
  }

  @Test
  void rerankScoresEachDocument() throws IOException {
    Run run = Run.llm("rerank", "-m", RERANKER.toString(), "What is a fox?", "a", "12\nducks!");

    assertThat(run.status()).isZero();
    try (LanguageModel model = LanguageModel.load(RERANKER)) {
      float[] scores = model.rerank("What is a fox?", List.of("a", "12\nducks!"));
      assertThat(run.out().lines()).containsExactly(scores[0] + "\ta", scores[1] + "\t12 ducks!");
    }
  }

  @Test
  void aModelThatCannotIsRefused() {
    Run none = Run.llm("rerank", "a query", "a document");
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err()).contains("-m is needed");

    Run encoder = Run.llm("rerank", "-m", ENCODER.toString(), "a query", "a document");
    assertThat(encoder.status()).isEqualTo(1);
    assertThat(encoder.err()).contains("unsupported: reranking: this model has no classification");

    Run reranker = Run.llm("generate", "-m", RERANKER.toString(), "Once");
    assertThat(reranker.status()).isEqualTo(1);
    assertThat(reranker.err()).contains("unsupported: text generation");
  }
}
