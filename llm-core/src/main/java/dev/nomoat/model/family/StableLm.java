package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.huggingface.Translation;

/**
 * StableLM 2: Llama with LayerNorm, of which a part of a head is turned. Its larger model
 * normalises queries and keys, and has one norm for attention and feed-forward network side by
 * side.
 */
final class StableLm implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    boolean parallel = settings.flag("use_parallel_residual", false);
    return decoder
        .rope(Pairing.HALVES)
        .norm(Norm.Kind.LAYER)
        .normsOfHeads()
        .parallel(parallel)
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.tensors()
        .block("self_attn.q_layernorm.norms.*", "attn_q_norm")
        .block("self_attn.k_layernorm.norms.*", "attn_k_norm");
  }
}
