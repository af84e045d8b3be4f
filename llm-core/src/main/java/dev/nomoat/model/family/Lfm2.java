package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.Recurrent.ShortConvolution;
import dev.nomoat.model.huggingface.ReorderedTensor;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;
import java.util.Map;

/** LFM2: short convolutions in most layers, attention in the others; some have experts. */
final class Lfm2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    int length = settings.between("shortconv.l_cache", 2, StateSpaces.MOST_LENGTH);
    return decoder
        .rope(Pairing.HALVES)
        .queryKeyNorm(QueryKeyNorm.HEAD)
        .recurrent(
            layer -> !decoder.sizes().hasKeys(layer),
            new ShortConvolution(decoder.sizes().dim(), length))
        .experts(Experts.sigmoid(true))
        .build();
  }

  @Override
  public void translate(Translation from) {
    SettingNames settings = from.settings();
    settings.fallback("rope_theta", 1e6).fallback("norm_eps", 1e-5);
    settings.copy("shortconv.l_cache", "conv_L_cache", 3);
    boolean[] attends = settings.layersOf("full_attention", List.of("full_attention", "conv"));
    List<Double> listed = settings.numbers("full_attn_idxs");
    settings.keysIn(i -> attends.length > 0 ? attends[i] : listed.contains((double) i));
    boolean some = settings.find("num_experts").isPresent();
    if (some) {
      settings
          .copy("leading_dense_block_count", "num_dense_layers", 0)
          .put("expert_gating_func", GgufValue.uint32(2)); // sigmoid
    } else {
      settings.put("feed_forward_length", GgufValue.uint32(hiddenDim(settings)));
    }
    from.tensors()
        .outside("model.embedding_norm", "token_embd_norm")
        .block("operator_norm", "attn_norm")
        .block("ffn_norm", "ffn_norm")
        .block("self_attn.out_proj", "attn_output")
        .block("self_attn.q_layernorm", "attn_q_norm")
        .block("self_attn.k_layernorm", "attn_k_norm")
        .block("conv.in_proj", "shortconv.in_proj")
        .block("conv.out_proj", "shortconv.out_proj")
        .part("conv.conv.weight", "shortconv.conv.weight", ReorderedTensor::squeezed)
        .block("feed_forward.gate", "ffn_gate_inp")
        .part("feed_forward.expert_bias", "exp_probs_b.bias", tensor -> tensor)
        .stackedExperts("feed_forward.experts");
    Map.of("w1", "ffn_gate", "w2", "ffn_down", "w3", "ffn_up")
        .forEach(
            (theirs, ours) ->
                from.tensors()
                    .block("feed_forward." + theirs, ours)
                    .block("feed_forward.experts.*." + theirs, ours + "_exps"));
  }

  /**
   * Hidden numbers of a feed-forward network, of which the configuration may say how many fewer.
   */
  private static long hiddenDim(SettingNames settings) {
    int dim = settings.count("block_ff_dim", settings.count("intermediate_size", 0));
    if (!settings.flag("block_auto_adjust_ff_dim", true)) {
      return dim;
    }
    long part = 2L * dim / 3;
    long some = (long) (settings.number("block_ffn_dim_multiplier").orElse(1.0) * part);
    int multiple = Math.max(1, settings.count("block_multiple_of", 256));
    return Math.ceilDiv(some, multiple) * multiple;
  }
}
