package dev.nomoat.model.family;

import dev.nomoat.Pooling;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Classifier;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.ModelConfig.Part;
import java.util.List;
import java.util.Optional;

/** ModernBERT: an encoder of which every third layer, from the first, sees the whole text. */
final class ModernBert implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    Windows windows = Windows.behindFirst(settings, decoder.layers(), 3);
    RopeSettings rotary = decoder.rotary();
    float localBase = rotary.base("rope.freq_base_swa", 10000);
    return decoder
        .encoder()
        .ropes(
            List.of(rotary.read(Pairing.HALVES), rotary.plain(Pairing.HALVES, localBase)),
            layer -> windows.isLocal(layer) ? 1 : 0)
        .spans(windows::around)
        .norm(Norm.Kind.LAYER)
        .with(Part.EMBEDDING_NORM)
        .with(Part.FUSED_GATE)
        .activation(settings.activation("hidden_activation", Activation.GELU))
        .classifier(
            () ->
                new Classifier(
                    settings.pooling("classifier.pooling_type", Pooling.CLS),
                    settings.activation("classifier.activation", Activation.GELU),
                    settings.labels(),
                    false,
                    1,
                    Optional.empty()))
        .build();
  }
}
