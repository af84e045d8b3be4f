package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.Translation;

/** EuroBERT: Llama as an encoder. */
final class EuroBert implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.encoder().rope(Pairing.HALVES).build();
  }

  @Override
  public void translate(Translation from) {
    from.encoder();
  }
}
