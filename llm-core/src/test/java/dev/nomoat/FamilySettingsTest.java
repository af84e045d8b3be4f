package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings of Hugging Face folders that a family does not have are refused by name. */
class FamilySettingsTest {
  @TempDir private Path directory;

  private ModelFolder copy(String family) throws IOException {
    return ModelFolder.copy("families/" + family, directory);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "deepseek_v3 | rope_interleave | false | rope_interleave false",
        "deepseek_v3 | moe_layer_freq | 2 | moe_layer_freq other than 1",
        "deepseek_v3 | topk_method | \"best\" | topk_method best",
        "deepseek_v3 | scoring_func | \"tanh\" | scoring_func tanh",
        "deepseek_v2 | norm_topk_prob | true | norm_topk_prob true",
        "falcon | alibi | true | alibi true",
        "falcon | parallel_attn | false | parallel_attn false",
        "gemma2 | attn_logit_softcapping | -1 | attn_logit_softcapping",
        "gemma4_text | enable_moe_block | true | num_experts",
        "gemma4_text | use_bidirectional_attention | \"all\" | use_bidirectional_attention all",
        "granitemoehybrid | hidden_size | 2147483647 | config.json",
        "deepseek_v3 | qk_rope_head_dim | 2147483647 | config.json",
        "gpt2 | n_embd | 2147483647 | config.json",
        "gemma4_text | rope_parameters | null | rope_parameters",
        "gemma4_text | layer_types | [\"sliding_attention\"] | layer_types",
        "gemma4_text | global_head_dim | 2000000000 | global_head_dim",
        "gemma4_text | intermediate_size | 2000000000 | intermediate_size",
        "gemma4_text | num_kv_shared_layers | 5 | attention.shared_kv_layers",
        "gemma3n_text | activation_sparsity_pattern | [0.5] | activation_sparsity_pattern",
        "gemma3n_text | altup_active_idx | 1 | altup.active_idx other than 0",
        "gemma3n_text | altup_correct_scale | false | altup_correct_scale false",
        "gpt2 | scale_attn_weights | false | scale_attn_weights false",
        "gpt2 | scale_attn_by_inverse_layer_idx | true | scale_attn_by_inverse_layer_idx true",
        "granitemoehybrid | layer_types | [\"rwkv\", \"mamba\", \"attention\", \"mamba\"] |"
            + " layer_types",
        "granitemoehybrid | position_embedding_type | \"alibi\" | position_embedding_type alibi",
        "granitemoehybrid | time_step_limit | [0, 1] | time_step_limit",
        "lfm2 | layer_types | [\"conv\"] | layer_types",
        "llama4_text | use_qk_norm | false | use_qk_norm false",
        "llama4_text | moe_layers | [0, 2, 4] | moe_layers",
        "llama4_text | layer_types | [\"full_attention\", \"chunked_attention\","
            + " \"chunked_attention\", \"chunked_attention\", \"chunked_attention\"] | layer_types",
        "llama4_text | no_rope_layers | [0, 1, 1, 1, 1] | no_rope_layers",
        "llama4_text | attn_temperature_tuning | false | attn_temperature_tuning false",
        "mamba2 | rms_norm | false | rms_norm false",
        "mamba2 | num_heads | 5 | num_heads",
        "mamba2 | time_step_limit | [0.001, 1] | time_step_limit",
        "qwen2_moe | mlp_only_layers | [1] | blk.1.ffn_down.weight",
        "qwen2_moe | decoder_sparse_step | 2 | blk.0.ffn_down.weight",
        "qwen3_moe | decoder_sparse_step | 0 | decoder_sparse_step",
        "qwen3_next | mlp_only_layers | [0] | blk.0.ffn_down.weight",
        "qwen3_next | linear_num_value_heads | 3 | linear_num_value_heads",
        "qwen3_5_text | linear_num_key_heads | 0 | linear_num_value_heads",
        "qwen3_5_text | layer_types | [\"sliding_attention\"] | layer_types",
        "smollm3 | no_rope_layers | [1, 0, 1, 1, 1] | no_rope_layers",
      })
  void settingsThatAreNotComputedAreRefusedByName(
      String family, String name, String json, String named) throws IOException {
    assertThat(copy(family).outcome()).isEqualTo("loaded");
    assertThat(copy(family).set(name, json).outcome()).contains(named);
  }

  @Test
  void partsOfRotaryEmbeddingsAreRefusedByName() throws IOException {
    String file = "config.json";
    for (String family : new String[] {"deepseek_v3", "ministral3"}) {
      assertThat(copy(family).replace(file, "\"mscale\": 1.0", "\"mscale\": 0.5").outcome())
          .contains("mscale other than mscale_all_dim");
    }
    ModelFolder windows = copy("gemma3_text");
    windows.set(
        "rope_parameters",
        "{\"full_attention\": {\"rope_theta\": 1e6}, \"sliding_attention\":"
            + " {\"rope_type\": \"linear\", \"factor\": 2, \"rope_theta\": 10000}}");
    assertThat(windows.outcome()).contains("RoPE scaling linear of sliding_attention");
  }

  /** Falcon's attention of many keys is known in its new form only. */
  @Test
  void oldFalconHasASingleKey() throws IOException {
    ModelFolder old = copy("falcon").set("new_decoder_architecture", "false");
    assertThat(old.set("multi_query", "false").outcome()).contains("multi_query false");
  }

  /** Counts are checked before arrays of that many numbers are made. */
  @ParameterizedTest
  @CsvSource({"gemma4_text", "granitemoehybrid", "lfm2", "llama4_text", "qwen2", "qwen3_next"})
  void countsOfLayersAreChecked(String family) throws IOException {
    ModelFolder folder = copy(family).set("num_hidden_layers", "2000000000");
    assertThat(folder.outcome()).contains("num_hidden_layers");
    assertThat(folder.set("layer_types", "null").outcome()).contains("num_hidden_layers");
  }
}
