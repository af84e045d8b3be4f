package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.huggingface.Translation;

/** Nemotron 3 and 4, and Minitron: LayerNorm with gains less 1, a network without a gate. */
final class Nemotron implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .norm(Norm.Kind.LAYER)
        .activation(Activation.RELU_SQUARED)
        .gated(false)
        .build();
  }

  @Override
  public void translate(Translation from) {
    double epsilon = from.settings().number("norm_eps").orElse(1e-5);
    from.settings()
        .fallback("partial_rotary_factor", 0.5)
        .put("attention.layer_norm_epsilon", GgufValue.float64(epsilon));
    from.tensors().gainsFromOne();
  }
}
