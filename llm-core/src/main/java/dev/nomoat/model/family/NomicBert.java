package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;

/** Nomic BERT: BERT that turns instead of learning positions, with a gated feed-forward network. */
final class NomicBert implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.encoder().rope(Pairing.HALVES).sumNorms().build();
  }

  @Override
  public void translate(Translation from) {
    SettingNames settings = from.encoder().settings();
    settings.require("causal", false);
    settings.require("prenorm", false);
    settings.require("rotary_emb_interleaved", false);
    if (settings.count("moe_every_n_layers", 0) > 0) {
      throw settings.unsupported("moe_every_n_layers");
    }
    for (String scale : List.of("rotary_emb_scale_base", "rotary_scaling_factor")) {
      if (settings.find(scale).isPresent()) {
        throw settings.unsupported(scale);
      }
    }
    if (settings.number("rotary_emb_fraction").orElse(1.0) != 1) {
      throw settings.unsupported("rotary_emb_fraction other than 1");
    }
    if (settings.text("activation_function", "").equals("swiglu")) {
      settings.put("activation", GgufValue.text("silu"));
    }
    // longer texts need another rotary embedding
    int trained = settings.count("max_trained_positions", Integer.MAX_VALUE);
    int positions = settings.count("max_position_embeddings", settings.count("n_positions", 2048));
    settings
        .fallback("layer_norm_epsilon", 1e-12)
        .put("context_length", GgufValue.uint32(Math.min(trained, positions)))
        .putWhole(
            "tokenizer.ggml.token_type_count",
            GgufValue.uint32(settings.count("type_vocab_size", 2)));
    from.tensors()
        .outside("embeddings.word_embeddings", "token_embd")
        .outside("embeddings.token_type_embeddings", "token_types")
        .outside("emb_ln", "token_embd_norm")
        .block("attn.Wqkv", "attn_qkv")
        .block("attn.out_proj", "attn_output")
        .block("norm1", "attn_output_norm")
        .block("mlp.fc11", "ffn_up")
        .block("mlp.fc12", "ffn_gate")
        .block("mlp.fc2", "ffn_down")
        .block("norm2", "layer_output_norm");
  }
}
