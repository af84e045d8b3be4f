package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.ModelConfig.Part;

/** Nomic BERT: BERT that turns instead of learning positions, with a gated feed-forward network. */
final class NomicBert implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .encoder()
        .rope(Pairing.HALVES)
        .norm(Norm.Kind.LAYER)
        .with(Part.EMBEDDING_NORM)
        .without(Part.PRE_NORM)
        .with(Part.SUM_NORM)
        .without(Part.OUTPUT_NORM)
        .build();
  }
}
