package dev.nomoat.model.family;

import static dev.nomoat.model.Mixer.Attention.OWN;

import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.math.NormalDistribution;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.Mixer.Attention.Values;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.ModelConfig.Streams;
import dev.nomoat.model.huggingface.PaddedTensor;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;
import java.util.Optional;

/**
 * Gemma 3n, its text: Gemma 3 with four streams of a token (AltUp), a learned residual beside
 * attention (LAuReL), inputs that layers have of their own, last layers that read keys and values
 * of earlier ones, and gates that count only where they stand out.
 */
final class Gemma3n implements Family {
  /** The rank of all models; files do not say so. */
  private static final int LAUREL_RANK = 64;

  private static final int MOST_STREAMS = 16;
  private static final int MOST_RANK = 1 << 16;
  private static final int MOST_INPUT = 1 << 16;

  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    int layers = decoder.sizes().layers();
    Windows windows = new Windows(settings, layers, 5);
    int shared = settings.size("attention.shared_kv_layers", layers - 1).orElse(0);
    if (settings.size("altup.active_idx").isPresent()) {
      throw settings.unsupported("altup.active_idx other than 0");
    }
    float[] cutoffs = settings.numbers("activation_sparsity_scale", layers);
    return decoder
        .ropes(Pairing.HALVES, windows)
        .spans(windows::span)
        .values(layer -> Values.NORMALIZED)
        .keysOf(
            layer ->
                layer < layers - shared
                    ? OWN
                    : windows.lastLike(layer, layers - shared, "attention.shared_kv_layers"))
        .with(Part.POST_NORM)
        .queryKeyNorm(QueryKeyNorm.HEAD)
        .activation(Activation.GELU_TANH)
        .gateCutoffs(
            layer ->
                Float.isFinite(cutoffs[layer]) ? Optional.of(cutoffs[layer]) : Optional.empty())
        .embeddingScale(Math.sqrt(decoder.sizes().dim()))
        .attentionScale(settings.number("attention.scale", 1))
        .softCaps(0, settings.bound("final_logit_softcapping"))
        .layerInputs(settings.positive("embedding_length_per_layer_input", MOST_INPUT / layers))
        .streams(
            new Streams(
                settings.between("altup.num_inputs", 2, MOST_STREAMS),
                settings.positive("laurel_rank", LAUREL_RANK, MOST_RANK)))
        .build();
  }

  @Override
  public void translate(Translation from) {
    SettingNames settings = from.settings();
    settings
        .fallback("vocab_size", 262400)
        .fallback("hidden_size", 2048)
        .fallback("intermediate_size", 16384)
        .fallback("num_hidden_layers", 35)
        .fallback("num_attention_heads", 8)
        .fallback("num_key_value_heads", 2)
        .fallback("head_dim", 256)
        .fallback("max_position_embeddings", 32768)
        .fallback("rms_norm_eps", 1e-6)
        .fallback("rope_theta", 1e6)
        .fallback("sliding_window", 512)
        .fallback("final_logit_softcapping", 30)
        .copy("embedding_length_per_layer_input", "hidden_size_per_layer_input", 256)
        .copy("attention.shared_kv_layers", "num_kv_shared_layers", 15)
        .copy("altup.num_inputs", "altup_num_inputs", 4)
        .copy("altup.active_idx", "altup_active_idx", 0)
        .copy("laurel_rank", "laurel_rank", LAUREL_RANK)
        .put("activation_sparsity_scale", GgufNumberArray.ofFloats(cutoffs(from)))
        .require("altup_correct_scale", true);
    int vocab = settings.count("vocab_size", 0);
    translateInputs(from);
    from.tensors()
        .outside("model.altup_projections.*", "altup_proj")
        .outside("model.altup_unembed_projections.*", "altup_unembd_proj")
        .change("per_layer_token_embd.weight", tensor -> PaddedTensor.of(tensor, vocab))
        .block("post_attention_layernorm", "post_attention_norm")
        .block("laurel.linear_left", "laurel_l")
        .block("laurel.linear_right", "laurel_r")
        .block("laurel.post_laurel_norm", "laurel_post_norm")
        .block("altup.router_norm", "altup_router_norm")
        .block("altup.modality_router", "altup_router")
        .block("altup.prediction_coefs", "altup_predict_coef")
        .block("altup.correction_coefs", "altup_correct_coef")
        .part("altup.correct_output_scale", "altup_correct_scale.weight", tensor -> tensor);
  }

  /** How inputs that layers have of their own are called. */
  static void translateInputs(Translation from) {
    from.tensors()
        .outside("model.embed_tokens_per_layer", "per_layer_token_embd")
        .outside("model.per_layer_model_projection", "per_layer_model_proj")
        .outside("model.per_layer_projection_norm", "per_layer_proj_norm")
        .block("per_layer_input_gate", "inp_gate")
        .block("per_layer_projection", "proj")
        .block("post_per_layer_input_norm", "post_norm");
  }

  /** The deviations that a share of the gates does not reach; −∞ where all count. */
  private static float[] cutoffs(Translation from) {
    List<Double> shares = from.settings().numbers("activation_sparsity_pattern");
    float[] cutoffs = new float[from.layers()];
    for (int layer = 0; layer < cutoffs.length; layer++) {
      double usual = cutoffs.length > 10 && layer < 10 ? 0.95 : 0;
      double share = shares.isEmpty() ? usual : layer < shares.size() ? shares.get(layer) : -1;
      if (share < 0 || share >= 1) {
        throw from.settings()
            .fault("activation_sparsity_pattern", "a share below 1 for each layer");
      }
      cutoffs[layer] =
          share == 0 ? Float.NEGATIVE_INFINITY : (float) NormalDistribution.quantile((float) share);
    }
    return cutoffs;
  }
}
