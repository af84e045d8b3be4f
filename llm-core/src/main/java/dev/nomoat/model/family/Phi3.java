package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;

/** Phi 3 and 4: fused projections, LongRoPE in models for long contexts. */
final class Phi3 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.longRope(Pairing.HALVES).windows().with(Part.FUSED_GATE).build();
  }
}
