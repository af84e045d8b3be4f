package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;

/** Phi 3 and 4: fused projections, LongRoPE in models for long contexts. */
final class Phi3 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.longRope(Pairing.HALVES).windows().with(Part.FUSED_GATE).build();
  }

  @Override
  public void translate(Translation from) {
    SettingNames settings = from.settings();
    int length = settings.count("max_position_embeddings", 4096);
    double original = from.ropeNumber("original_max_position_embeddings").orElse((double) length);
    settings.put("rope.scaling.original_context_length", GgufValue.uint32((long) original));
    if (settings.find("sliding_window").isEmpty()) {
      settings.put("attention.sliding_window", GgufValue.uint32(0));
    }
  }
}
