package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.Temperature;
import dev.nomoat.model.huggingface.Translation;
import java.util.Optional;

/** Mistral Small 3 and Ministral 3: Llama, with scores that grow beyond the context of YaRN. */
final class Mistral3 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    Optional<Temperature> temperature =
        new Temperatures(settings).read("rope.scaling.original_context_length");
    return decoder.rope(Pairing.INTERLEAVED).temperatures(layer -> temperature).build();
  }

  @Override
  public void translate(Translation from) {
    from.turnsHalves();
    from.ropeNumber("llama_4_scaling_beta")
        .ifPresent(
            beta -> from.settings().put("attention.temperature_scale", GgufValue.float64(beta)));
    RopeSettings.translateYarn(from, 1);
  }
}
