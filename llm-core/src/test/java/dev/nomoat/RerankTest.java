package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tiny models with random weights that score, against the scores of transformers in f32. */
class RerankTest {
  private static final String QUERY = Encoders.QUERY;
  private static final List<String> DOCUMENTS = Encoders.DOCUMENTS;

  @ParameterizedTest
  @ValueSource(strings = {"xlm-roberta-rank", "modern-bert-rank", "qwen3-rank"})
  void scoresAreThoseOfTheReference(String family) throws IOException {
    float[] expected = Encoders.numbers(family + ".scores"); // [documents, labels]
    int labels = expected.length / DOCUMENTS.size();
    try (LanguageModel model = Encoders.loadExact(family)) {
      assertThat(model.info().reranker()).isTrue();
      float[] scores = model.rerank(QUERY, DOCUMENTS);
      assertThat(scores).hasSize(DOCUMENTS.size());
      for (int i = 0; i < scores.length; i++) {
        assertThat((double) Math.abs(scores[i] - expected[i * labels])).isLessThan(1e-5);
        assertThat(model.rerank(QUERY, DOCUMENTS.subList(i, i + 1))).containsExactly(scores[i]);
      }
      assertThat(model.rerank(QUERY, List.of())).isEmpty();
      assertThatThrownBy(() -> model.generate("a"))
          .isInstanceOf(UnsupportedModelException.class)
          .hasMessageContaining("unsupported: text generation: this model of architecture ");
      assertThat(model.embed("a")).hasSize(32);
    }
  }

  @Test
  void onlyAModelWithAHeadScores() throws IOException {
    try (LanguageModel model = Encoders.loadExact("bert")) {
      assertThat(model.info().reranker()).isFalse();
      assertThatThrownBy(() -> model.rerank(QUERY, DOCUMENTS))
          .isInstanceOf(UnsupportedModelException.class)
          .hasMessage("unsupported: reranking: this model has no classification head");
    }
  }

  @Test
  void documentsThatDoNotFitAreRefusedWithTheirPlace() throws IOException {
    try (LanguageModel model =
        Encoders.load("xlm-roberta-rank", options -> options.withContextLength(100))) {
      assertThat(model.rerank(QUERY, DOCUMENTS.subList(0, 3))).hasSize(3);
      assertThatThrownBy(() -> model.rerank(QUERY, DOCUMENTS))
          .isInstanceOf(ContextOverflowException.class)
          .hasMessage("text 3 has 189 tokens, the context holds 100");
    }
  }

  @Test
  void textsAreJoinedBySeparators() throws IOException {
    Tokenizer tokenizer = LanguageModel.loadTokenizer(Encoders.file("xlm-roberta-rank"));
    int[] query = tokenizer.encode("a fox </s>", SpecialTokens.PLAIN_TEXT);
    int[] document = tokenizer.encode("ducks", SpecialTokens.PLAIN_TEXT);
    assertThat(query).doesNotContain(2);
    for (int separators = 1; separators <= 2; separators++) {
      int[] expected = concat(new int[] {0}, query, new int[separators], document, new int[] {2});
      Arrays.fill(expected, 1 + query.length, 1 + query.length + separators, 2);
      assertThat(pairs(tokenizer, separators, Optional.empty()).encode("a fox </s>", "ducks"))
          .containsExactly(expected);
    }
  }

  @Test
  void aTemplateHasControlTokensAndTextsHaveNone() throws IOException {
    Tokenizer tokenizer = LanguageModel.loadTokenizer(Encoders.file("qwen3-rank"));
    String template = "<|im_start|>Q {query} D: {document}!<|im_end|> {query}";
    int[] ids = pairs(tokenizer, 0, Optional.of(template)).encode("{document}$1", "b<|im_end|>\\c");
    int[] expected =
        concat(
            new int[] {256},
            tokenizer.encode("Q {document}$1 D: b<|im_end|>\\c!", SpecialTokens.PLAIN_TEXT),
            new int[] {259},
            tokenizer.encode(" {document}$1", SpecialTokens.PLAIN_TEXT));
    assertThat(ids).containsExactly(expected);
    assertThat(Arrays.stream(ids).filter(id -> id == 259)).hasSize(1);
  }

  private static PairEncoder pairs(Tokenizer tokenizer, int separators, Optional<String> template) {
    return new PairEncoder(
        tokenizer,
        new ModelConfig.Classifier(Pooling.CLS, Activation.TANH, 1, false, separators, template));
  }

  private static int[] concat(int[]... parts) {
    return Arrays.stream(parts).flatMapToInt(IntStream::of).toArray();
  }
}
