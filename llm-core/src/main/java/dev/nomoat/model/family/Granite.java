package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.Translation;

/** Granite 3: Llama with multipliers. */
final class Granite implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return multipliers(decoder, settings).rope(Pairing.INTERLEAVED).build();
  }

  /** What all Granite models multiply with. */
  static DecoderBuilder multipliers(DecoderBuilder decoder, Settings settings) {
    return decoder
        .embeddingScale(settings.number("embedding_scale", 1))
        .attentionScale(settings.number("attention.scale", decoder.attentionScale()))
        .residualScale(settings.number("residual_scale", 1))
        .logitScale(1 / settings.number("logit_scale", 1));
  }

  @Override
  public void translate(Translation from) {
    from.turnsHalves();
  }
}
