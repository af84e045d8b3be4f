package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.huggingface.Translation;

/**
 * GLM 4.5 and dots.llm1: experts behind the first layers, chosen as in DeepSeek V3, and some that
 * all tokens use; queries and keys are normalised in most models.
 */
final class Glm4Moe implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    boolean normalized = decoder.has("blk.0.attn_q_norm.weight");
    return decoder
        .rope(Pairing.HALVES)
        .windows()
        .queryKeyNorm(normalized ? QueryKeyNorm.HEAD : QueryKeyNorm.NONE)
        .experts(Experts.sigmoid(true).withShared())
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.tensors().withoutPredictors().stackedExperts("mlp.experts");
    if (from.modelType().equals("glm4_moe")) {
      from.settings().put("expert_gating_func", GgufValue.uint32(2)); // sigmoid
      from.tensors().block("post_attention_layernorm", "post_attention_norm");
    }
  }
}
