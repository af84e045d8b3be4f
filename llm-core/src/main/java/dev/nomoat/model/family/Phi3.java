package dev.nomoat.model.family;

import dev.nomoat.math.AttentionSpan;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;

/** Phi 3 and 4: fused projections, LongRoPE in models for long contexts. */
final class Phi3 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    int window = settings.size("attention.sliding_window").orElse(0);
    AttentionSpan span = window == 0 ? AttentionSpan.ALL : AttentionSpan.window(window);
    return decoder.longRope(Pairing.HALVES).spans(layer -> span).with(Part.FUSED_GATE).build();
  }
}
