package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;

/** StableLM 2: Llama with LayerNorm, of which a part of a head is turned. */
final class StableLm implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    boolean parallel = settings.flag("use_parallel_residual", false);
    return decoder.rope(Pairing.HALVES).norm(Norm.Kind.LAYER).parallel(parallel).build();
  }
}
