package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.huggingface.Translation;

/**
 * Gemma 3: five of six layers see a window and turn with a base of their own. EmbeddingGemma is an
 * encoder made of the same.
 */
final class Gemma3 implements Family {
  private final boolean encoder;

  Gemma3(boolean encoder) {
    this.encoder = encoder;
  }

  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    DecoderSizes sizes = decoder.sizes();
    Windows windows = new Windows(settings, sizes.layers(), 6);
    if (encoder) {
      decoder.encoder();
    }
    return decoder
        .ropes(Pairing.HALVES, windows)
        .spans(encoder ? windows::around : windows::span)
        .with(Part.POST_NORM)
        .queryKeyNorm(QueryKeyNorm.HEAD)
        .activation(Activation.GELU_TANH)
        .embeddingScale(Math.sqrt(sizes.dim()))
        .attentionScale(Gemma2.scale(sizes, settings, 62))
        .softCaps(0, settings.bound("final_logit_softcapping"))
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.settings()
        .fallback("vocab_size", 262208)
        .fallback("hidden_size", 2304)
        .fallback("intermediate_size", 9216)
        .fallback("num_hidden_layers", 26)
        .fallback("num_attention_heads", 8)
        .fallback("num_key_value_heads", 4)
        .fallback("head_dim", 256)
        .fallback("max_position_embeddings", 131072)
        .fallback("rms_norm_eps", 1e-6)
        .fallback("rope_theta", 1e6)
        .fallback("query_pre_attn_scalar", 256);
    Gemma2.translateGemma(from);
  }
}
