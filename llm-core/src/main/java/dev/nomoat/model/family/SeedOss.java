package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;

/** Seed-OSS: Llama with biases of query, key and value, whose halves of a head turn together. */
final class SeedOss implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.rope(Pairing.HALVES).build();
  }
}
