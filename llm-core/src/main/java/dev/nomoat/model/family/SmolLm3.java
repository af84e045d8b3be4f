package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;

/** SmolLM 3: Llama without rotary embedding in every fourth layer. */
final class SmolLm3 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .ropes(List.of(decoder.rotary().read(Pairing.INTERLEAVED)), layer -> turns(layer) ? 0 : -1)
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.turnsHalves();
    List<Double> turned = from.settings().numbers("no_rope_layers");
    for (int layer = 0; layer < turned.size(); layer++) {
      if ((turned.get(layer) != 0) != turns(layer)) {
        throw from.settings().fault("no_rope_layers", "0 for every fourth layer and 1 for others");
      }
    }
  }

  private static boolean turns(int layer) {
    return layer % 4 != 3;
  }
}
