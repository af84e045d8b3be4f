package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.RowOrder;
import dev.nomoat.model.huggingface.Translation;

/** GPT-NeoX and Pythia: attention and feed-forward network side by side. */
final class GptNeox implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .norm(Norm.Kind.LAYER)
        .parallel(settings.flag("use_parallel_residual", true))
        .with(Part.QKV_BIAS)
        .activation(Activation.GELU)
        .gated(false)
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.settings().without("num_key_value_heads", "head_dim", "rms_norm_eps");
    from.tensors()
        .outside("gpt_neox.embed_in", "token_embd")
        .outside("gpt_neox.final_layer_norm", "output_norm")
        .outside("embed_out", "output")
        .block("attention.query_key_value", "attn_qkv")
        .block("attention.dense", "attn_output")
        .block("mlp.dense_h_to_4h", "ffn_up")
        .block("mlp.dense_4h_to_h", "ffn_down")
        .reorder("attn_qkv", RowOrder.ungrouped(from.heads(), 1, from.headDim()));
  }
}
