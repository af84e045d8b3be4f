package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.RowOrder;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;

/** BLOOM: scores fall with the distance (ALiBi); embeddings are normalised. */
final class Bloom implements Family {
  /** Of all models; files do not say so. */
  private static final float MAX_BIAS = 8;

  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .alibi(MAX_BIAS)
        .norm(Norm.Kind.LAYER)
        .with(Part.EMBEDDING_NORM)
        .with(Part.QKV_BIAS)
        .activation(Activation.GELU_TANH)
        .gated(false)
        .build();
  }

  @Override
  public void translate(Translation from) {
    int dim = from.settings().count("hidden_size", 64);
    from.settings()
        .without("num_key_value_heads", "head_dim")
        .fallback("n_inner", 4L * dim)
        .put("attention.head_count_kv", GgufValue.uint32(from.heads()))
        .copy("context_length", "seq_length", 2048)
        .require("apply_residual_connection_post_layernorm", false);
    for (String prefix : List.of("", "transformer.")) {
      from.tensors()
          .outside(prefix + "word_embeddings", "token_embd")
          .outside(prefix + "word_embeddings_layernorm", "token_embd_norm")
          .outside(prefix + "ln_f", "output_norm");
    }
    from.tensors()
        .block("self_attention.query_key_value", "attn_qkv")
        .block("self_attention.dense", "attn_output")
        .block("mlp.dense_h_to_4h", "ffn_up")
        .block("mlp.dense_4h_to_h", "ffn_down")
        .reorder("attn_qkv", RowOrder.ungrouped(from.heads(), 1, from.headDim()));
  }
}
