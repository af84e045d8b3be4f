package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;

/**
 * Llama 1 to 3, Alpaca, Vicuna, Mistral, Mixtral, TinyLlama, SmolLM2 and others whose files say
 * {@code llama}.
 */
final class Llama implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.rope(Pairing.INTERLEAVED).experts(Experts.softmax(true)).build();
  }
}
