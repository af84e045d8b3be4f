package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;

/** Qwen 2 with experts, one of which all tokens use, in all layers or in some. */
final class Qwen2Moe implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .windows()
        .with(Part.QKV_BIAS)
        .experts(Experts.softmax(false).withShared())
        .expertsWhereFound()
        .build();
  }
}
