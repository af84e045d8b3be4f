package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.Translation;

/** AFM: Llama with a feed-forward network that has no gate. */
final class Arcee implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.INTERLEAVED)
        .activation(Activation.RELU_SQUARED)
        .gated(false)
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.turnsHalves();
  }
}
