package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.huggingface.Translation;

/** OLMoE: experts everywhere; all queries, and all keys, are normalised together. */
final class Olmoe implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .queryKeyNorm(QueryKeyNorm.ALL)
        .experts(Experts.softmax(false))
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.settings().fallback("num_experts", 64).fallback("num_experts_per_tok", 8);
    from.tensors().stackedExperts("mlp.experts");
  }
}
