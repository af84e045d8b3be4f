package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;

/** Gemma 2: every other layer sees a window; scores and logits are bounded. */
final class Gemma2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    Windows windows = new Windows(settings, decoder.layers(), 2);
    return decoder
        .rope(Pairing.HALVES)
        .spans(windows::span)
        .with(Part.POST_NORM)
        .activation(Activation.GELU_TANH)
        .embeddingScale(Math.sqrt(decoder.dim()))
        .attentionScale(scale(decoder, settings))
        .softCaps(
            settings.bound("attn_logit_softcapping"), settings.bound("final_logit_softcapping"))
        .build();
  }

  /** The largest of the family divides the dimension by the heads; files do not say so. */
  private static float scale(DecoderBuilder decoder, Settings settings) {
    int size = decoder.layers() == 46 ? decoder.dim() / decoder.heads() : decoder.headDim();
    return settings.number("attention.scale", 1 / Math.sqrt(size));
  }
}
