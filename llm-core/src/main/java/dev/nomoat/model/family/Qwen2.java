package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;

/** Qwen 2 and 2.5: biases of query, key and value. */
final class Qwen2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.rope(Pairing.HALVES).windows().with(Part.QKV_BIAS).build();
  }
}
