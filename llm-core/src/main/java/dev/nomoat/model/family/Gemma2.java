package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.Translation;

/** Gemma 2: every other layer sees a window; scores and logits are bounded. */
final class Gemma2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    DecoderSizes sizes = decoder.sizes();
    Windows windows = new Windows(settings, sizes.layers(), 2);
    return decoder
        .rope(Pairing.HALVES)
        .spans(windows::span)
        .with(Part.POST_NORM)
        .activation(Activation.GELU_TANH)
        .embeddingScale(Math.sqrt(sizes.dim()))
        .attentionScale(scale(sizes, settings, 46))
        .softCaps(
            settings.bound("attn_logit_softcapping"), settings.bound("final_logit_softcapping"))
        .build();
  }

  /**
   * What attention scores are multiplied by.
   *
   * @param largest layers of the largest of the family, which divides the dimension by the heads;
   *     files do not say so
   */
  static float scale(DecoderSizes sizes, Settings settings, int largest) {
    int size = sizes.layers() == largest ? sizes.dim() / sizes.heads() : sizes.headDim();
    return settings.number("attention.scale", 1 / Math.sqrt(size));
  }

  @Override
  public void translate(Translation from) {
    translateGemma(from);
  }

  /** What the generations have in common. */
  static void translateGemma(Translation from) {
    from.tensors().block("post_attention_layernorm", "post_attention_norm").gainsFromOne();
    from.settings()
        .number("query_pre_attn_scalar")
        .ifPresent(
            scalar ->
                from.settings().put("attention.scale", GgufValue.float64(1 / Math.sqrt(scalar))));
  }
}
