package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.Translation;

/** Gemma 1: Llama with gains less 1, scaled embeddings and another activation. */
final class Gemma implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .activation(Activation.GELU_TANH)
        .embeddingScale(Math.sqrt(decoder.sizes().dim()))
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.tensors().gainsFromOne();
    if (from.settings().find("hidden_activation").isEmpty()) {
      // the first configurations call the tanh form gelu
      from.settings().without("hidden_act").put("activation", GgufValue.text("gelu_pytorch_tanh"));
    }
  }
}
