package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.huggingface.RowOrder;
import dev.nomoat.model.huggingface.Translation;

/** Falcon: attention and feed-forward network side by side, with one norm or two. */
final class Falcon implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .norm(Norm.Kind.LAYER)
        .parallel(true)
        .activation(Activation.GELU)
        .gated(false)
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.settings()
        .without("num_key_value_heads", "head_dim", "rms_norm_eps", "intermediate_size")
        .fallback("max_position_embeddings", 2048)
        .fallback("ffn_hidden_size", 4L * from.settings().count("hidden_size", 0));
    from.settings().require("alibi", false);
    from.settings().require("parallel_attn", true);
    boolean grouped = from.settings().flag("new_decoder_architecture", false);
    if (!grouped) {
      // the number in the configuration then means nothing
      from.settings().require("multi_query", true);
      from.settings().put("attention.head_count_kv", GgufValue.uint32(1));
    }
    int keys = grouped ? from.kvHeads() : 1;
    from.tensors()
        .outside("transformer.word_embeddings", "token_embd")
        .outside("transformer.ln_f", "output_norm")
        .block("ln_attn", "attn_norm_2")
        .block("ln_mlp", "attn_norm")
        .block("self_attention.query_key_value", "attn_qkv")
        .block("self_attention.dense", "attn_output")
        .block("mlp.dense_h_to_4h", "ffn_up")
        .block("mlp.dense_4h_to_h", "ffn_down")
        .reorder(
            "attn_qkv",
            RowOrder.ungrouped(
                keys, Math.max(1, from.heads() / Math.max(1, keys)), from.headDim()));
  }
}
