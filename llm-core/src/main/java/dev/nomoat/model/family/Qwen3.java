package dev.nomoat.model.family;

import dev.nomoat.Pooling;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Classifier;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import java.util.Optional;

/**
 * Qwen 3: queries and keys are normalised head by head. Its reranker is asked whether a document
 * answers a query; of the output head only the rows of "yes" and "no" are left.
 */
final class Qwen3 implements Family {
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
}
