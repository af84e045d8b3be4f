package dev.nomoat.model.family;

import dev.nomoat.Pooling;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Classifier;
import dev.nomoat.model.ModelConfig.Norm;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;
import java.util.Optional;

/** ModernBERT: an encoder of which every third layer, from the first, sees the whole text. */
final class ModernBert implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    Windows windows = Windows.behindFirst(settings, decoder.sizes().layers(), 3);
    return decoder
        .encoder()
        .ropes(Pairing.HALVES, windows)
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

  @Override
  public void translate(Translation from) {
    SettingNames settings = from.encoder().settings();
    settings
        .fallback("rope_theta", settings.number("global_rope_theta").orElse(160_000.0))
        .fallback("rope_local_base_freq", settings.number("local_rope_theta").orElse(10_000.0))
        .put(
            "attention.layer_norm_epsilon",
            GgufValue.float64(settings.number("norm_eps").orElse(1e-5)))
        .copy("attention.sliding_window", "local_attention", 128)
        .copy("attention.sliding_window_pattern", "global_attn_every_n_layers", 3)
        .put("hidden_activation", GgufValue.text(settings.text("hidden_activation", "gelu")));
    boolean[] local =
        settings.layersOf("sliding_attention", List.of("sliding_attention", "full_attention"));
    if (local.length > 0) {
      settings.put("attention.sliding_window_pattern", GgufNumberArray.ofBools(local));
    }
    for (String prefix : List.of("", "model.")) {
      from.tensors()
          .outside(prefix + "embeddings.tok_embeddings", "token_embd")
          .outside(prefix + "embeddings.norm", "token_embd_norm")
          .outside(prefix + "final_norm", "output_norm");
    }
    from.tensors()
        .block("attn.Wqkv", "attn_qkv")
        .block("attn.Wo", "attn_output")
        .block("attn_norm", "attn_norm")
        .block("mlp.Wi", "ffn_up")
        .block("mlp.Wo", "ffn_down")
        .block("mlp_norm", "ffn_norm");
    if (from.classifies()) {
      translateClassifier(from);
    } else {
      from.tensors().without("head\\..*");
    }
  }

  private static void translateClassifier(Translation from) {
    SettingNames settings = from.settings();
    String pooling = settings.text("classifier_pooling", "cls");
    int number =
        switch (pooling) {
          case "cls" -> 2;
          case "mean" -> 1;
          default -> throw settings.unsupported("classifier_pooling " + pooling);
        };
    String activation = settings.text("classifier_activation", "gelu");
    settings
        .labels()
        .put("classifier.pooling_type", GgufValue.uint32(number))
        .put("classifier.activation", GgufValue.text(activation));
    from.tensors()
        .outside("head.dense", "cls")
        .outside("head.norm", "cls.norm")
        .outside("classifier", "cls.output");
  }
}
