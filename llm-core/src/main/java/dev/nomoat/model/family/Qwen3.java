package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;

/** Qwen 3: queries and keys are normalised head by head. */
final class Qwen3 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.rope(Pairing.HALVES).windows().queryKeyNorm(QueryKeyNorm.HEAD).build();
  }
}
