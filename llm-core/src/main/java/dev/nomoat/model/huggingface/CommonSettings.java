package dev.nomoat.model.huggingface;

import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What most configurations have, by the keys of GGUF.
 *
 * @param settings those of a configuration
 */
record CommonSettings(SettingNames settings) {
  /** The keys of GGUF, without the architecture, and those of configurations, in turn. */
  private static final Map<String, List<String>> INTEGERS =
      table(
          "block_count=num_hidden_layers,n_layer,num_layers",
          "context_length=max_position_embeddings,n_positions,n_ctx",
          "embedding_length=hidden_size,n_embd",
          "feed_forward_length=intermediate_size,n_inner,ffn_hidden_size",
          "vocab_size=vocab_size",
          "attention.head_count=num_attention_heads,n_head",
          "attention.head_count_kv=num_key_value_heads,num_kv_heads",
          "attention.key_length=head_dim",
          "attention.value_length=head_dim",
          "expert_count=num_experts,num_local_experts,n_routed_experts",
          "expert_used_count=num_experts_per_tok",
          "expert_feed_forward_length=moe_intermediate_size",
          "expert_shared_feed_forward_length=shared_expert_intermediate_size",
          "expert_shared_count=n_shared_experts",
          "expert_group_count=n_group",
          "expert_group_used_count=topk_group",
          "leading_dense_block_count=first_k_dense_replace");

  private static final Map<String, List<String>> NUMBERS =
      table(
          "attention.layer_norm_rms_epsilon=norm_eps,rms_norm_eps",
          "attention.layer_norm_epsilon=layer_norm_eps,layer_norm_epsilon,norm_epsilon",
          "attention.clamp_kqv=clip_qkv",
          "attn_logit_softcapping=attn_logit_softcapping",
          "final_logit_softcapping=final_logit_softcapping",
          "embedding_scale=embedding_multiplier",
          "residual_scale=residual_multiplier",
          "attention.scale=attention_multiplier",
          "logit_scale=logit_scale,logits_scaling",
          "expert_weights_scale=routed_scaling_factor");

  private static final Map<String, List<String>> FLAGS =
      table(
          "use_parallel_residual=use_parallel_residual",
          "expert_weights_norm=norm_topk_prob",
          "attention.causal=is_causal");

  private static final Map<String, List<String>> TEXTS =
      table("activation=hidden_activation,hidden_act,activation_function,activation");

  private static final String WINDOW = "attention.sliding_window";
  private static final String PATTERN = "attention.sliding_window_pattern";

  private static Map<String, List<String>> table(String... lines) {
    Map<String, List<String>> table = new LinkedHashMap<>();
    for (String line : lines) {
      String[] sides = line.split("=", 2);
      table.put(sides[0], List.of(sides[1].split(",")));
    }
    return table;
  }

  /** What configurations call a setting; empty if this is none that most have. */
  static List<String> names(String key) {
    return Stream.of(INTEGERS, NUMBERS, FLAGS, TEXTS)
        .flatMap(table -> table.getOrDefault(key, List.of()).stream())
        .toList();
  }

  /** Adds what the configuration has of them. */
  void read(Map<String, GgufValue> values) {
    INTEGERS.forEach(
        (key, names) -> settings.first(names).ifPresent(p -> values.put(key, integers(p))));
    NUMBERS.forEach(
        (key, names) ->
            settings.first(names).ifPresent(p -> values.put(key, GgufValue.float64(p.number()))));
    FLAGS.forEach(
        (key, names) ->
            settings.first(names).ifPresent(p -> values.put(key, GgufValue.bool(p.bool()))));
    TEXTS.forEach(
        (key, names) ->
            settings.first(names).ifPresent(p -> values.put(key, GgufValue.text(p.text()))));
    windows(values);
  }

  private static GgufValue integers(JsonPlace place) {
    if (place.value() instanceof Json.ArrayValue) {
      return GgufNumberArray.ofInts(place.elements().stream().mapToInt(JsonPlace::count).toArray());
    }
    return GgufValue.uint32(place.count());
  }

  /** Sliding windows, and which layers have them. */
  private void windows(Map<String, GgufValue> values) {
    Optional<JsonPlace> window = settings.find("sliding_window");
    if (window.isEmpty() || !settings.flag("use_sliding_window", true)) {
      return;
    }
    values.put(WINDOW, integers(window.get()));
    if (settings.find("layer_types").isPresent()) {
      List<String> kinds = settings.texts("layer_types");
      boolean[] local = are("sliding_attention", kinds);
      if (!kinds.contains("sliding_attention")) {
        values.remove(WINDOW);
      }
      values.put(PATTERN, GgufNumberArray.ofBools(local));
    } else if (settings.find("max_window_layers").isPresent()) {
      int global = settings.count("max_window_layers", 0);
      boolean[] local = new boolean[settings.layers()];
      for (int i = global; i < local.length; i++) {
        local[i] = true;
      }
      if (global >= local.length) {
        values.remove(WINDOW);
      }
      values.put(PATTERN, GgufNumberArray.ofBools(local));
    } else {
      settings
          .first(List.of("sliding_window_pattern", "_sliding_window_pattern"))
          .ifPresent(period -> values.put(PATTERN, integers(period)));
    }
  }

  static boolean[] are(String kind, List<String> kinds) {
    boolean[] are = new boolean[kinds.size()];
    for (int i = 0; i < are.length; i++) {
      are[i] = kinds.get(i).equals(kind);
    }
    return are;
  }
}
