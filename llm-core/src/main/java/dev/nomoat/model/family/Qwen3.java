package dev.nomoat.model.family;

import dev.nomoat.Pooling;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Classifier;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;
import java.util.Optional;

/**
 * Qwen 3: queries and keys are normalised head by head. Its reranker is asked whether a document
 * answers a query; of the output head only the rows of "yes" and "no" are left.
 */
final class Qwen3 implements Family {
  /** What the reranker was trained to be asked, as its makers describe it. */
  private static final String TEMPLATE =
      """
      <|im_start|>system
      Judge whether the Document meets the requirements based on the Query and the Instruct \
      provided. Note that the answer can only be "yes" or "no".<|im_end|>
      <|im_start|>user
      <Instruct>: Given a web search query, retrieve relevant passages that answer the query
      <Query>: {query}
      <Document>: {document}<|im_end|>
      <|im_start|>assistant
      <think>

      </think>

      """;

  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .windows()
        .queryKeyNorm(QueryKeyNorm.HEAD)
        .classifier(() -> classifier(settings))
        .build();
  }

  private static Classifier classifier(Settings settings) {
    Optional<String> template = settings.rerankTemplate();
    if (template.isEmpty()) {
      throw settings.unsupported("a classification head without a template for what it scores");
    }
    return new Classifier(Pooling.LAST, Activation.TANH, settings.labels(), true, 0, template);
  }

  @Override
  public void translate(Translation from) {
    from.answers("qwen3-reranker", TEMPLATE, List.of("yes", "no"));
  }
}
