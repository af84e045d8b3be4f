package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.huggingface.Translation;

/** OLMo 2: norms of what is added instead of what is read, and of all queries and keys together. */
final class Olmo2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .without(Part.PRE_NORM)
        .with(Part.POST_NORM)
        .queryKeyNorm(QueryKeyNorm.ALL)
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.tensors().block("post_attention_layernorm", "post_attention_norm");
  }
}
