package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.ReorderedTensor;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;

/** gpt-oss: experts with biases, attention sinks, windows in every other layer. */
final class GptOss implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    Windows windows = new Windows(settings, decoder.sizes().layers(), 2);
    return decoder
        .ropes(List.of(decoder.rotary().yarn(Pairing.HALVES, false)), layer -> 0)
        .spans(windows::span)
        .with(Part.QKV_BIAS)
        .with(Part.SINKS)
        .activation(Activation.BOUNDED_SWIGLU)
        .experts(Experts.softmax(true))
        .build();
  }

  @Override
  public void translate(Translation from) {
    from.settings()
        .put(
            "expert_feed_forward_length",
            GgufValue.uint32(from.settings().count("intermediate_size", 0)));
    from.tensors()
        .block("post_attention_layernorm", "post_attention_norm")
        .block("mlp.router", "ffn_gate_inp")
        .part("self_attn.sinks", "attn_sinks.weight", tensor -> tensor)
        .part("mlp.experts.down_proj", "ffn_down_exps.weight", from.tensors()::transposed)
        .part("mlp.experts.down_proj_blocks", "ffn_down_exps.weight", tensor -> tensor)
        .part("mlp.experts.down_proj_bias", "ffn_down_exps.bias", tensor -> tensor);
    for (int i = 0; i < 2; i++) {
      int half = i;
      String ours = half == 0 ? "ffn_gate_exps" : "ffn_up_exps";
      from.tensors()
          .part(
              "mlp.experts.gate_up_proj",
              ours + ".weight",
              both -> ReorderedTensor.halfTheRows(from.tensors().transposed(both), half))
          .part(
              "mlp.experts.gate_up_proj_blocks",
              ours + ".weight",
              both -> ReorderedTensor.halfTheRows(both, half))
          .part(
              "mlp.experts.gate_up_proj_bias",
              ours + ".bias",
              both -> ReorderedTensor.halfTheNumbers(both, half));
    }
  }
}
