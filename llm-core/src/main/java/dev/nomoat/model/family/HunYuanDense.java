package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.huggingface.Translation;

/** HunYuan without experts: queries and keys are normalised once they are turned. */
final class HunYuanDense implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.rope(Pairing.HALVES).queryKeyNorm(QueryKeyNorm.TURNED_HEAD).build();
  }

  @Override
  public void translate(Translation from) {
    from.tensors()
        .block("self_attn.query_layernorm", "attn_q_norm")
        .block("self_attn.key_layernorm", "attn_k_norm");
  }
}
