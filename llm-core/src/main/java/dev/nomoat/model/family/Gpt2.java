package dev.nomoat.model.family;

import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.ModelConfig.Part;

/** GPT-2: learned positions, LayerNorm, a feed-forward network without a gate. */
final class Gpt2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .noRope()
        .norm(Norm.Kind.LAYER)
        .with(Part.POSITIONS)
        .with(Part.QKV_BIAS)
        .activation(Activation.GELU_TANH)
        .gated(false)
        .build();
  }
}
