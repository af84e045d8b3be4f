package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;

/**
 * EXAONE 4: norms of what is added; the layers that see a window turn, and where there are windows
 * the others do not.
 */
final class Exaone4 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    Windows windows = new Windows(settings, decoder.sizes().layers(), 4);
    boolean hybrid = windows.length() > 0;
    return decoder
        .ropes(
            List.of(decoder.rotary().read(Pairing.HALVES)),
            layer -> hybrid && !windows.isLocal(layer) ? -1 : 0)
        .spans(windows::span)
        .without(Part.PRE_NORM)
        .with(Part.POST_NORM)
        .queryKeyNorm(QueryKeyNorm.HEAD)
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.tensors().block("post_attention_layernorm", "post_attention_norm");
  }
}
