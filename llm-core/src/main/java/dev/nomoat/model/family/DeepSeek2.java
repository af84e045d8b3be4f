package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.LatentAttention;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Rope;
import dev.nomoat.model.huggingface.ReorderedTensor;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;

/**
 * DeepSeek V2 and V3, and others made like them: attention to latents; first layers without
 * experts, then experts of which all tokens use some.
 */
final class DeepSeek2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    DecoderSizes sizes = decoder.sizes();
    int most = sizes.mostHeadDim();
    Rope rope = decoder.rotary().read(Pairing.INTERLEAVED);
    // older files have attention.key_length for this, newer ones use that for what is cached
    int queryDim = settings.positive("attention.key_length_mla", sizes.headDim(), most);
    if (queryDim <= rope.dim()) {
      throw settings.fault("rope.dimension_count", "less than a query's " + queryDim);
    }
    LatentAttention attention =
        new LatentAttention(
            sizes.heads(),
            settings.size("attention.q_lora_rank", most).orElse(0),
            settings.positive("attention.kv_lora_rank", most),
            queryDim - rope.dim(),
            rope.dim(),
            settings.positive("attention.value_length_mla", sizes.valueDim(), most),
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

  @Override
  public void translate(Translation from) {
    SettingNames settings = from.settings();
    settings
        .without("head_dim")
        .fallback("rms_norm_eps", 1e-6)
        .copy("rope.dimension_count", "qk_rope_head_dim", 64)
        .copy("attention.kv_lora_rank", "kv_lora_rank", 512)
        .copy("attention.q_lora_rank", "q_lora_rank", 0)
        .copy("expert_shared_count", "n_shared_experts", 0);
    translateLatents(from);
    settings.require("rope_interleave", true);
    if (settings.count("moe_layer_freq", 1) != 1) {
      throw settings.unsupported("moe_layer_freq other than 1");
    }
    translateChoice(from);
    RopeSettings.translateYarn(from, 0.1);
    from.tensors()
        .withoutPredictors()
        .stackedExperts("mlp.experts")
        .block("self_attn.q_a_proj", "attn_q_a")
        .block("self_attn.q_a_layernorm", "attn_q_a_norm")
        .block("self_attn.q_b_proj", "attn_q_b")
        .block("self_attn.kv_a_proj_with_mqa", "attn_kv_a_mqa")
        .block("self_attn.kv_a_layernorm", "attn_kv_a_norm");
  }

  /**
   * Attention is told as it looks from the cache: one key for all heads, with the latent as its
   * value. What makes keys and values of latents is two matrices for each head.
   */
  private static void translateLatents(Translation from) {
    SettingNames settings = from.settings();
    int latentDim = settings.size("kv_lora_rank", 512);
    int plainDim = settings.size("qk_nope_head_dim", 128);
    int turnedDim = settings.size("qk_rope_head_dim", 64);
    int valueDim = settings.size("v_head_dim", 128);
    settings
        .put("attention.head_count_kv", GgufValue.uint32(1))
        .put("attention.key_length", GgufValue.uint32(latentDim + turnedDim))
        .put("attention.value_length", GgufValue.uint32(latentDim))
        .put("attention.key_length_mla", GgufValue.uint32(plainDim + turnedDim))
        .put("attention.value_length_mla", GgufValue.uint32(valueDim));
    String both = "self_attn.kv_b_proj.weight"; // [heads * (plainDim + valueDim), latentDim]
    int rows = plainDim + valueDim;
    from.tensors()
        .part(
            both,
            "attn_k_b.weight",
            all ->
                from.tensors()
                    .transposed(ReorderedTensor.ofHeads(all, from.heads(), rows, 0, plainDim)))
        .part(
            both,
            "attn_v_b.weight",
            all -> ReorderedTensor.ofHeads(all, from.heads(), rows, plainDim, valueDim));
  }

  /** How experts are chosen. */
  private static void translateChoice(Translation from) {
    SettingNames settings = from.settings();
    boolean third = from.modelType().equals("deepseek_v3");
    String method = settings.text("topk_method", third ? "noaux_tc" : "greedy");
    switch (method) {
      case "greedy" ->
          settings
              .put("expert_group_count", GgufValue.uint32(1))
              .put("expert_group_used_count", GgufValue.uint32(1));
      case "group_limited_greedy", "noaux_tc" -> {
        // the bias of the scores tells them apart
      }
      default -> throw settings.unsupported("topk_method " + method);
    }
    String scores = settings.text("scoring_func", third ? "sigmoid" : "softmax");
    int gating =
        switch (scores) {
          case "softmax" -> 1;
          case "sigmoid" -> 2;
          default -> throw settings.unsupported("scoring_func " + scores);
        };
    settings.put("expert_gating_func", GgufValue.uint32(gating));
    if (third) {
      settings.fallback("routed_scaling_factor", 2.5);
    } else {
      settings.require("norm_topk_prob", false);
    }
  }
}
