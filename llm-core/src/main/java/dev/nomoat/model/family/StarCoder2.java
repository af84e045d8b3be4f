package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.Translation;

/** StarCoder 2: LayerNorm and biases everywhere, a feed-forward network without a gate. */
final class StarCoder2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .windows()
        .norm(Norm.Kind.LAYER)
        .with(Part.QKV_BIAS)
        .activation(Activation.GELU_TANH)
        .gated(false)
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.tensors().block("mlp.c_fc", "ffn_up").block("mlp.c_proj", "ffn_down");
  }
}
