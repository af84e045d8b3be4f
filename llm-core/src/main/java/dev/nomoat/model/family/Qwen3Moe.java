package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.huggingface.Translation;

/** Qwen 3 with experts. */
final class Qwen3Moe implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .windows()
        .queryKeyNorm(QueryKeyNorm.HEAD)
        .experts(Experts.softmax(true))
        .build();
  }

  @Override
  public void translate(Translation from) {
    Qwen2Moe.requireExpertsEverywhere(from);
  }
}
