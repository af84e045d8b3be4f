package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;

/** ERNIE 4.5: Llama, or with experts behind the first layers and some that all tokens use. */
final class Ernie45 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    int dense = settings.size("leading_dense_block_count").orElse(0);
    int step = settings.positive("interleave_moe_layer_step", 1, Integer.MAX_VALUE);
    return decoder
        .rope(Pairing.INTERLEAVED)
        .experts(Experts.softmax(true).withShared())
        .expertsIn(layer -> layer >= dense && (layer + 1) % step == 0)
        .build();
  }

  @Override
  public void translate(Translation from) {
    SettingNames settings = from.settings();
    settings.fallback("rope_theta", 500000);
    if (!from.modelType().equals("ernie4_5_moe")) {
      return;
    }
    int experts = settings.count("moe_num_experts", 64);
    int shared = settings.count("moe_num_shared_experts", 2);
    settings
        .put("expert_count", GgufValue.uint32(experts))
        .put("expert_shared_count", GgufValue.uint32(shared))
        .put(
            "expert_shared_feed_forward_length",
            GgufValue.uint32((long) shared * settings.size("moe_intermediate_size", 0)))
        .copy("expert_used_count", "moe_k", 6)
        .copy("leading_dense_block_count", "moe_layer_start_index", 1)
        .copy("interleave_moe_layer_step", "moe_layer_interval", 1);
    int last = settings.number("moe_layer_end_index").orElse(-1.0).intValue();
    if (last >= 0 && last < from.layers() - 1) {
      throw settings.unsupported("moe_layer_end_index before the last layer");
    }
    from.tensors()
        .withoutPredictors()
        .stackedExperts("mlp.experts")
        .part("mlp.moe_statics.e_score_correction_bias", "exp_probs_b.bias", tensor -> tensor);
  }
}
