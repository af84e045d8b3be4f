package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.ModelConfig.Part;

/** GPT-NeoX and Pythia: attention and feed-forward network side by side. */
final class GptNeox implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .norm(Norm.Kind.LAYER)
        .parallel(settings.flag("use_parallel_residual", true))
        .with(Part.QKV_BIAS)
        .activation(Activation.GELU)
        .gated(false)
        .build();
  }
}
