package dev.nomoat.model.family;

import dev.nomoat.Pooling;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Classifier;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.ModelConfig.Part;
import java.util.Optional;

/** BERT, RoBERTa, XLM-RoBERTa: an encoder that normalises sums, with learned positions. */
final class Bert implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .encoder()
        .noRope()
        .norm(Norm.Kind.LAYER)
        .with(Part.POSITIONS)
        .with(Part.EMBEDDING_NORM)
        .without(Part.PRE_NORM)
        .with(Part.SUM_NORM)
        .without(Part.OUTPUT_NORM)
        .with(Part.QKV_BIAS)
        .activation(Activation.GELU)
        .gated(false)
        .classifier(() -> classifier(decoder, settings))
        .build();
  }

  /** That of RoBERTa: other heads are not told apart from it by what a file holds of them. */
  private static Classifier classifier(DecoderBuilder decoder, Settings settings) {
    if (!decoder.has("cls.weight")) {
      throw settings.unsupported("a classification head without the layer that pools");
    }
    if (!decoder.has("token_types.weight")) {
      throw settings.unsupported("the classification head of DistilBERT");
    }
    int separators = settings.isWordPiece() ? 1 : 2;
    return new Classifier(
        Pooling.CLS, Activation.TANH, settings.labels(), false, separators, Optional.empty());
  }
}
