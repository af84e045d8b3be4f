package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.Translation;

/** Seed-OSS: Llama with biases of query, key and value, whose halves of a head turn together. */
final class SeedOss implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.rope(Pairing.HALVES).build();
  }

  @Override
  public void translate(Translation from) {
    from.tensors().block("post_attention_layernorm", "post_attention_norm");
  }
}
