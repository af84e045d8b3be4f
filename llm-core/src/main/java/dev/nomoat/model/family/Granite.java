package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.Translation;

/** Granite 3: Llama with multipliers, with or without experts. */
final class Granite implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return multipliers(decoder, settings)
        .rope(Pairing.INTERLEAVED)
        .experts(Experts.softmax(true))
        .build();
  }

  /** What all Granite models multiply with. */
  static DecoderBuilder multipliers(DecoderBuilder decoder, Settings settings) {
    return decoder
        .embeddingScale(settings.number("embedding_scale", 1))
        .attentionScale(settings.number("attention.scale", decoder.attentionScale()))
        .residualScale(settings.number("residual_scale", 1))
        .logitScale(1 / settings.number("logit_scale", 1));
  }

  @Override
  public void translate(Translation from) {
    from.turnsHalves();
    translateExperts(from);
  }

  /** How experts are called. */
  static void translateExperts(Translation from) {
    from.tensors()
        .block("block_sparse_moe.router.layer", "ffn_gate_inp")
        .block("block_sparse_moe.output_linear", "ffn_down_exps")
        .halves(
            "block_sparse_moe.input_linear.weight",
            "ffn_gate_exps",
            "ffn_up_exps",
            tensor -> tensor);
  }
}
