package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;

/**
 * GPT-2: learned positions, LayerNorm, a feed-forward network without a gate. StarCoder 1 is the
 * same with one key and value for all heads.
 */
final class Gpt2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .noRope()
        .norm(Norm.Kind.LAYER)
        .with(Part.POSITIONS)
        .with(Part.QKV_BIAS)
        .activation(Activation.GELU_TANH)
        .gated(false)
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.settings()
        .without("num_key_value_heads", "head_dim", "rms_norm_eps", "intermediate_size")
        .fallback("n_inner", 4L * from.settings().count("n_embd", 0));
    for (String prefix : List.of("", "transformer.")) {
      from.tensors()
          .outside(prefix + "wte", "token_embd")
          .outside(prefix + "wpe", "position_embd")
          .outside(prefix + "ln_f", "output_norm");
    }
    from.tensors()
        .block("ln_1", "attn_norm")
        .block("attn.c_attn", "attn_qkv")
        .block("attn.c_proj", "attn_output")
        .block("ln_2", "ffn_norm")
        .block("mlp.c_fc", "ffn_up")
        .block("mlp.c_proj", "ffn_down");
    if (from.modelType().equals("gpt_bigcode")) {
      from.settings()
          .put("attention.head_count_kv", GgufValue.uint32(1))
          .require("multi_query", true);
    } else {
      for (String projection : List.of("attn_qkv", "attn_output", "ffn_up", "ffn_down")) {
        from.tensors().transpose(projection);
      }
    }
    from.settings().require("scale_attn_weights", true);
    from.settings().require("scale_attn_by_inverse_layer_idx", false);
  }
}
