package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.LatentAttention;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Rope;
import java.util.List;

/**
 * DeepSeek V2 and V3, and others made like them: attention to latents; first layers without
 * experts, then experts of which all tokens use some.
 */
final class DeepSeek2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    int most = decoder.mostHeadDim();
    Rope rope = decoder.rotary().read(Pairing.INTERLEAVED);
    // older files have attention.key_length for this, newer ones use that for what is cached
    int queryDim = settings.positive("attention.key_length_mla", decoder.headDim(), most);
    if (queryDim <= rope.dim()) {
      throw settings.fault("rope.dimension_count", "less than a query's " + queryDim);
    }
    LatentAttention attention =
        new LatentAttention(
            decoder.heads(),
            settings.size("attention.q_lora_rank", most).orElse(0),
            settings.positive("attention.kv_lora_rank", most),
            queryDim - rope.dim(),
            rope.dim(),
            settings.positive("attention.value_length_mla", decoder.valueDim(), most),
            0,
            new Temperatures(settings).read("attention.temperature_length"));
    double scale = 1 / Math.sqrt(queryDim);
    // files hold a tenth of what the family's settings call mscale_all_dim
    double multiplier = 10 * settings.bound("rope.scaling.yarn_log_multiplier");
    if (rope.yarn().isPresent() && multiplier != 0) {
      // the magnitude is that of the whole query, not of what is turned alone
      double root = RopeSettings.magnitude(rope.yarn().get().factor(), multiplier);
      scale *= root * root;
      rope = rope.withMagnitude(settings.number("rope.scaling.yarn_attn_factor", 1));
    }
    return decoder
        .ropes(List.of(rope), layer -> 0)
        .attentionScale(scale)
        .recurrent(layer -> true, attention)
        .experts(Experts.softmax(false).withShared())
        .build();
  }
}
