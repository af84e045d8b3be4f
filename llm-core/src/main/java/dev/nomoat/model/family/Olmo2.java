package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.ModelConfig.Rope;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;

/**
 * OLMo 2: norms of what is added instead of what is read, and of all queries and keys together.
 * OLMo 3: the same, with windows in three of four layers, whose rotary embedding is not scaled.
 */
final class Olmo2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    Windows windows = new Windows(settings, decoder.sizes().layers(), 4);
    Rope rope = decoder.rotary().read(Pairing.HALVES);
    return decoder
        .ropes(
            List.of(rope, decoder.rotary().plain(Pairing.HALVES, rope.base())),
            layer -> windows.isLocal(layer) ? 1 : 0)
        .spans(windows::span)
        .without(Part.PRE_NORM)
        .with(Part.POST_NORM)
        .queryKeyNorm(QueryKeyNorm.ALL)
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.tensors().block("post_attention_layernorm", "post_attention_norm");
  }
}
