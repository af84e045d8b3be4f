package dev.nomoat.model.family;

import dev.nomoat.UnsupportedModelException;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.Translation;

/** Qwen 2 with experts, one of which all tokens use. */
final class Qwen2Moe implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .windows()
        .with(Part.QKV_BIAS)
        .experts(Experts.softmax(false).withShared())
        .build();
  }

  @Override
  public void translate(Translation from) {
    requireExpertsEverywhere(from);
  }

  /** Layers without experts among those with them are not supported. */
  static void requireExpertsEverywhere(Translation from) {
    boolean some = !from.settings().numbers("mlp_only_layers").isEmpty();
    if (some || from.settings().count("decoder_sparse_step", 1) != 1) {
      throw new UnsupportedModelException(
          "layers without experts", "mlp_only_layers or decoder_sparse_step of the configuration");
    }
  }
}
