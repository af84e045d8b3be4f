package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import java.util.List;

/** gpt-oss: experts with biases, attention sinks, windows in every other layer. */
final class GptOss implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    Windows windows = new Windows(settings, decoder.layers(), 2);
    return decoder
        .ropes(List.of(decoder.rotary().yarn(Pairing.HALVES, false)), layer -> 0)
        .spans(windows::span)
        .with(Part.QKV_BIAS)
        .with(Part.SINKS)
        .activation(Activation.BOUNDED_SWIGLU)
        .experts(Experts.softmax(true))
        .build();
  }
}
