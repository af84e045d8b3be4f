package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import java.util.List;

/** SmolLM 3: Llama without rotary embedding in every fourth layer. */
final class SmolLm3 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .ropes(
            List.of(decoder.rotary().read(Pairing.INTERLEAVED)), layer -> layer % 4 == 3 ? -1 : 0)
        .build();
  }
}
