package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.Recurrent.DeltaNet;

/**
 * Qwen 3 Next and Qwen 3.5: gated delta nets in most layers, attention with gates in the others.
 *
 * @param order how converters arrange the heads of the delta nets
 */
record Qwen3Next(DeltaNet.Order order) implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    boolean[] recurrent = settings.flags("attention.recurrent_layers", decoder.blocks());
    int interval = settings.period("full_attention_interval", 4);
    return decoder
        .rope(Pairing.HALVES)
        .queryKeyNorm(QueryKeyNorm.HEAD)
        .with(Part.QUERY_GATE)
        .recurrent(
            layer -> recurrent.length > 0 ? recurrent[layer] : (layer + 1) % interval != 0,
            StateSpaces.deltaNet(settings, order))
        .experts(Experts.softmax(true).withShared())
        .build();
  }
}
