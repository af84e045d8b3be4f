package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;

/** EuroBERT: Llama as an encoder. */
final class EuroBert implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.encoder().rope(Pairing.HALVES).build();
  }
}
