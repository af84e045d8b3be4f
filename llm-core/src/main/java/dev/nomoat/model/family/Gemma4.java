package dev.nomoat.model.family;

import static dev.nomoat.model.Mixer.Attention.OWN;

import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.Mixer.Attention.Values;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Gemma 4, its text: layers that see a window have heads and a rotary embedding of their own; the
 * last ones may read keys and values of earlier ones, each layer may have an input of its own, or
 * experts beside its network.
 */
final class Gemma4 implements Family {
  private static final int MOST_INPUT = 1 << 16;

  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    DecoderSizes sizes = decoder.sizes();
    int layers = sizes.layers();
    Windows windows = new Windows(settings, layers, 6);
    int most = sizes.mostHeadDim();
    int localKey = settings.positive("attention.key_length_swa", sizes.headDim(), most);
    if (settings.positive("attention.value_length_swa", localKey, most) != localKey) {
      throw settings.fault("attention.value_length_swa", "the key length " + localKey);
    }
    if (sizes.valueDim() != sizes.headDim()) {
      throw settings.fault("attention.value_length", "the key length " + sizes.headDim());
    }
    int localTurned = settings.positive("rope.dimension_count_swa", localKey, localKey);
    if (localTurned % 2 != 0) {
      throw settings.fault("rope.dimension_count_swa", "an even number");
    }
    int shared = settings.size("attention.shared_kv_layers", layers - 1).orElse(0);
    int own = layers - shared;
    RopeSettings rotary = decoder.rotary();
    float localBase = rotary.base("rope.freq_base_swa", 10000);
    int inputDim = settings.size("embedding_length_per_layer_input", MOST_INPUT / layers).orElse(0);
    if (settings.size("expert_count").isPresent()) {
      decoder.experts(Experts.softmax(true).besideNetwork()).with(Part.APART_EXPERTS);
    }
    return decoder
        .ropes(
            List.of(
                rotary.read(Pairing.HALVES), rotary.plain(Pairing.HALVES, localBase, localTurned)),
            layer -> windows.isLocal(layer) ? 1 : 0)
        .spans(windows::span)
        .headDims(layer -> windows.isLocal(layer) ? localKey : sizes.headDim())
        .values(layer -> windows.isLocal(layer) ? Values.NORMALIZED : values(decoder, layer))
        .keysOf(
            layer -> layer < own ? OWN : windows.lastLike(layer, own, "attention.shared_kv_layers"))
        .with(Part.POST_NORM)
        .queryKeyNorm(QueryKeyNorm.HEAD)
        .activation(Activation.GELU_TANH)
        .embeddingScale(Math.sqrt(sizes.dim()))
        .attentionScale(settings.number("attention.scale", 1))
        .softCaps(0, settings.bound("final_logit_softcapping"))
        .layerInputs(inputDim)
        .build();
  }

  /** Some models have no values of their own in layers that see everything. */
  private static Values values(DecoderBuilder decoder, int layer) {
    boolean projected = decoder.has("blk." + layer + ".attn_v.weight");
    return projected ? Values.NORMALIZED : Values.OF_KEYS;
  }

  @Override
  public void translate(Translation from) {
    SettingNames settings = from.settings();
    int dim = settings.size("head_dim", 256);
    int globalDim = settings.size("global_head_dim", 512);
    settings
        .fallback("vocab_size", 262_144)
        .fallback("hidden_size", 2304)
        .fallback("intermediate_size", 9216)
        .fallback("num_hidden_layers", 30)
        .fallback("num_attention_heads", 8)
        .fallback("num_key_value_heads", 4)
        .fallback("max_position_embeddings", 131_072)
        .fallback("rms_norm_eps", 1e-6)
        .fallback("sliding_window", 512)
        .copy("embedding_length_per_layer_input", "hidden_size_per_layer_input", 256)
        .copy("attention.shared_kv_layers", "num_kv_shared_layers", 0)
        .put("attention.key_length", GgufValue.uint32(globalDim))
        .put("attention.value_length", GgufValue.uint32(globalDim))
        .put("attention.key_length_swa", GgufValue.uint32(dim))
        .put("attention.value_length_swa", GgufValue.uint32(dim))
        .put("rope.dimension_count", GgufValue.uint32(globalDim))
        .put("rope.dimension_count_swa", GgufValue.uint32(dim));
    translateExperts(from);
    if (settings.text("use_bidirectional_attention", "vision").equals("all")) {
      throw settings.unsupported("use_bidirectional_attention all");
    }
    if (settings.find("rope_parameters").isEmpty()) {
      throw settings.fault("rope_parameters", "those of each kind of layers");
    }
    translateLayers(from);
    Gemma3n.translateInputs(from);
    from.tensors()
        .block("post_attention_layernorm", "post_attention_norm")
        .part("layer_scalar", "layer_output_scale.weight", tensor -> tensor);
  }

  /** Experts beside the network, if there are some. */
  private static void translateExperts(Translation from) {
    if (!from.settings().flag("enable_moe_block", false)) {
      from.settings().without("num_experts");
      return;
    }
    if (from.settings().count("num_experts", 0) == 0) {
      throw from.settings().fault("num_experts", "how many there are");
    }
    from.settings().copy("expert_used_count", "top_k_experts", 8);
    from.tensors()
        .block("router.proj", "ffn_gate_inp")
        .part("router.scale", "ffn_gate_inp.scale", tensor -> tensor)
        .part("router.per_expert_scale", "ffn_down_exps.scale", tensor -> tensor)
        .part("experts.gate_up_proj", "ffn_gate_up_exps.weight", tensor -> tensor)
        .part("experts.down_proj", "ffn_down_exps.weight", tensor -> tensor)
        .block("pre_feedforward_layernorm_2", "pre_ffw_norm_2")
        .block("post_feedforward_layernorm_1", "post_ffw_norm_1")
        .block("post_feedforward_layernorm_2", "post_ffw_norm_2");
  }

  /** What differs from layer to layer: windows, key and value heads, hidden numbers. */
  private static void translateLayers(Translation from) {
    SettingNames settings = from.settings();
    int layers = from.layers();
    boolean[] told =
        settings.layersOf("sliding_attention", List.of("sliding_attention", "full_attention"));
    boolean[] local = new boolean[layers];
    for (int i = 0; i < layers; i++) {
      // the last layer sees everything whatever the configuration says
      local[i] = i < layers - 1 && (told.length > 0 ? told[i] : i % 6 < 5);
    }
    int keys = from.kvHeads();
    boolean some = settings.flag("attention_k_eq_v", false);
    int globalKeys = some ? settings.count("num_global_key_value_heads", keys) : keys;
    int first = layers - settings.count("num_kv_shared_layers", 0);
    int hidden = settings.size("intermediate_size", 0);
    if (settings.flag("use_double_wide_mlp", false)) {
      settings.put("feed_forward_length", perLayer(layers, i -> i < first ? hidden : 2 * hidden));
    }
    settings
        .put("attention.sliding_window_pattern", GgufNumberArray.ofBools(local))
        .put("attention.head_count_kv", perLayer(layers, i -> local[i] ? keys : globalKeys));
  }

  private static GgufNumberArray perLayer(int layers, IntUnaryOperator of) {
    return GgufNumberArray.ofInts(IntStream.range(0, layers).map(of).toArray());
  }
}
