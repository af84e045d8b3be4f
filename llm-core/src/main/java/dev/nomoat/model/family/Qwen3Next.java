package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.Recurrent.DeltaNet;
import dev.nomoat.model.huggingface.ColumnOrderTensor;
import dev.nomoat.model.huggingface.MappedTensor;
import dev.nomoat.model.huggingface.ReorderedTensor;
import dev.nomoat.model.huggingface.RowOrder;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.util.Arrays;
import java.util.List;

/**
 * Qwen 3 Next and Qwen 3.5: gated delta nets in most layers, attention with gates in the others.
 *
 * @param order how converters arrange the heads of the delta nets
 */
record Qwen3Next(DeltaNet.Order order) implements Family {
  private static final int[] USUAL_SECTIONS = {11, 11, 10};

  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    boolean[] recurrent = settings.flags("attention.recurrent_layers", decoder.sizes().blocks());
    int interval = settings.period("full_attention_interval", 4);
    return decoder
        .rope(Pairing.HALVES)
        .queryKeyNorm(QueryKeyNorm.HEAD)
        .with(Part.QUERY_GATE)
        .recurrent(
            layer -> recurrent.length > 0 ? recurrent[layer] : (layer + 1) % interval != 0,
            StateSpaces.deltaNet(settings, order))
        .experts(Experts.softmax(true).withShared())
        .expertsWhereFound()
        .build();
  }

  @Override
  public void translate(Translation from) {
    Qwen2Moe.translateLayers(from);
    SettingNames settings = from.settings();
    int keyHeads = settings.count("linear_num_key_heads", 16);
    int heads = settings.count("linear_num_value_heads", 32);
    int keyDim = settings.count("linear_key_head_dim", 128);
    int valueDim = settings.count("linear_value_head_dim", 128);
    if (keyHeads == 0 || heads == 0 || heads % keyHeads != 0 || valueDim == 0 || keyDim == 0) {
      throw settings.fault("linear_num_value_heads", "a multiple of " + keyHeads + " key heads");
    }
    settings
        .fallback("partial_rotary_factor", 0.25)
        .put("ssm.state_size", GgufValue.uint32(keyDim))
        .put("ssm.group_count", GgufValue.uint32(keyHeads))
        .put("ssm.time_step_rank", GgufValue.uint32(heads))
        .put("ssm.inner_size", GgufValue.uint32((long) heads * valueDim))
        .copy("ssm.conv_kernel", "linear_conv_kernel_dim", 4)
        .copy("full_attention_interval", "full_attention_interval", 4);
    boolean[] recurrent =
        settings.layersOf("linear_attention", List.of("linear_attention", "full_attention"));
    if (recurrent.length > 0) {
      settings.put("attention.recurrent_layers", GgufNumberArray.ofBools(recurrent));
    }
    from.tensors()
        .gainsFromOne()
        .withoutPredictors()
        .stackedExperts("mlp.experts")
        .block("post_attention_layernorm", "post_attention_norm")
        .block("linear_attn.norm", "ssm_norm")
        .change("ssm_norm.weight", tensor -> tensor)
        .block("linear_attn.conv1d", "ssm_conv1d")
        .block("linear_attn.out_proj", "ssm_out");
    switch (order) {
      case GROUPED -> translateGrouped(from, new DeltaNetRows(keyHeads, heads, keyDim, valueDim));
      case TILED -> translateTiled(from, new DeltaNetRows(keyHeads, heads, keyDim, valueDim));
    }
  }

  /** The folder's order of heads stays; what belongs to a key head lies together there. */
  private static void translateGrouped(Translation from, DeltaNetRows rows) {
    String all = "linear_attn.in_proj_qkvz.weight";
    from.tensors()
        .block("linear_attn.in_proj_ba", "ssm_ba")
        .change("ssm_conv1d.weight", ReorderedTensor::squeezed)
        .part("linear_attn.dt_bias", "ssm_dt.bias", tensor -> tensor)
        .part("linear_attn.A_log", "ssm_a", MappedTensor::minusExp)
        .part(
            all,
            "attn_qkv.weight",
            tensor -> ReorderedTensor.rows(tensor, rows.convolved(), rows::ungrouped))
        .part(
            all,
            "attn_gate.weight",
            tensor -> ReorderedTensor.rows(tensor, rows.values(), rows::ungroupedGate));
  }

  /**
   * How many pairs turn with which of the positions that images have; of texts all are the same.
   */
  private static void translateSections(SettingNames settings) {
    int[] sections =
        settings
            .find("rope_parameters")
            .or(() -> settings.find("rope_scaling"))
            .flatMap(rope -> rope.find("mrope_section"))
            .map(told -> told.elements().stream().mapToInt(JsonPlace::count).toArray())
            .orElse(USUAL_SECTIONS);
    settings.put("rope.dimension_sections", GgufNumberArray.ofInts(Arrays.copyOf(sections, 4)));
  }

  /** Value heads of a key head lie together in the folder, and far from each other in GGUF. */
  private static void translateTiled(Translation from, DeltaNetRows rows) {
    translateSections(from.settings());
    RowOrder numbers = rows.tiled(1);
    RowOrder values = rows.tiled(rows.valueDim());
    from.tensors()
        .block("linear_attn.in_proj_qkv", "attn_qkv")
        .reorder("attn_qkv", rows::tiledValues)
        .block("linear_attn.in_proj_z", "attn_gate")
        .reorder("attn_gate", values)
        .block("linear_attn.in_proj_b", "ssm_beta")
        .reorder("ssm_beta", numbers)
        .block("linear_attn.in_proj_a", "ssm_alpha")
        .reorder("ssm_alpha", numbers)
        .change(
            "ssm_conv1d.weight",
            tensor -> ReorderedTensor.permuted(ReorderedTensor.squeezed(tensor), rows::tiledValues))
        .change("ssm_out.weight", tensor -> ColumnOrderTensor.of(tensor, values))
        .part(
            "linear_attn.dt_bias",
            "ssm_dt.bias",
            tensor -> ReorderedTensor.permuted(tensor, numbers))
        .part(
            "linear_attn.A_log",
            "ssm_a",
            tensor -> MappedTensor.minusExp(ReorderedTensor.permuted(tensor, numbers)));
  }
}
