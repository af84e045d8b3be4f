package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;

/**
 * Command-R: attention and feed-forward network side by side with one norm without a bias. R+
 * normalises queries and keys.
 */
final class CommandR implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.INTERLEAVED)
        .norm(Norm.Kind.LAYER)
        .normsOfHeads()
        .parallel(true)
        .logitScale(settings.number("logit_scale", 1))
        .build();
  }
}
