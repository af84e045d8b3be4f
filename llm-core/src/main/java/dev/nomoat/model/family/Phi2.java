package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.Translation;

/** Phi 2: attention and feed-forward network side by side; a part of a head is turned. */
final class Phi2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .norm(Norm.Kind.LAYER)
        .parallel(true)
        .with(Part.QKV_BIAS)
        .activation(Activation.GELU_TANH)
        .gated(false)
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.tensors()
        .outside("model.final_layernorm", "output_norm")
        .block("self_attn.dense", "attn_output")
        .block("mlp.fc1", "ffn_up")
        .block("mlp.fc2", "ffn_down");
  }
}
