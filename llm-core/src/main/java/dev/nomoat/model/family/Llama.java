package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.Translation;

/**
 * Llama 1 to 3, Alpaca, Vicuna, Mistral, Mixtral, TinyLlama, SmolLM2 and others whose files say
 * {@code llama}.
 */
final class Llama implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder.rope(Pairing.INTERLEAVED).windows().experts(Experts.softmax(true)).build();
  }

  @Override
  public void translate(Translation from) {
    from.turnsHalves();
    String expert = "block_sparse_moe.experts.*.";
    from.tensors()
        .block("block_sparse_moe.gate", "ffn_gate_inp")
        .block(expert + "w1", "ffn_gate_exps")
        .block(expert + "w2", "ffn_down_exps")
        .block(expert + "w3", "ffn_up_exps");
  }
}
