package dev.nomoat.model.family;

import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;

/** Jina Embeddings 2: BERT whose scores fall with the distance (ALiBi), with a gated network. */
final class JinaBertV2 implements Family {
  /** Of all models; files do not say so. */
  private static final float MAX_BIAS = 8;

  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    boolean normalized = decoder.has("blk.0.attn_q_norm.weight");
    if (!decoder.has("blk.0.ffn_gate.weight")) {
      decoder.with(Part.FUSED_GATE);
    }
    return decoder
        .encoder()
        .alibi(MAX_BIAS)
        .sumNorms()
        .with(Part.QKV_BIAS)
        .queryKeyNorm(normalized ? QueryKeyNorm.ALL : QueryKeyNorm.NONE)
        .activation(Activation.GELU)
        .build();
  }
}
