package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Norm;
import java.util.List;

/** Command-R7B: Command-R whose layers turn and see a window, but for every fourth. */
final class Cohere2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    Windows windows = new Windows(settings, decoder.sizes().layers(), 4);
    return decoder
        .ropes(
            List.of(decoder.rotary().read(Pairing.INTERLEAVED)),
            layer -> windows.isLocal(layer) ? 0 : -1)
        .spans(windows::span)
        .norm(Norm.Kind.LAYER)
        .parallel(true)
        .logitScale(settings.number("logit_scale", 1))
        .build();
  }
}
