package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.Translation;

/** GLM 4: norms of what is read and of what is added; half of a head is turned. */
final class Glm4 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.rope(Pairing.INTERLEAVED).with(Part.POST_NORM).with(Part.FUSED_GATE).build();
  }

  @Override
  public void translate(Translation from) {
    from.tensors()
        .block("post_self_attn_layernorm", "post_attention_norm")
        .block("post_mlp_layernorm", "post_ffw_norm");
  }
}
