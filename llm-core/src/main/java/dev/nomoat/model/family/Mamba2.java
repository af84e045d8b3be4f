package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;

/** Mamba 2: blocks are state spaces alone. */
final class Mamba2 implements Family {
  /** Positions mean nothing to it; converters say this. */
  private static final int CONTEXT = 1 << 20;

  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .noRope()
        .noFeedForward()
        .recurrent(layer -> true, StateSpaces.read(settings))
        .build();
  }

  @Override
  public void translate(Translation from) {
    SettingNames settings = from.settings();
    int inner = settings.count("expand", 2) * settings.count("hidden_size", 4096);
    int headDim = Math.max(1, settings.count("head_dim", 64));
    int heads = settings.count("num_heads", inner / headDim);
    if ((long) heads * headDim != inner) {
      throw settings.fault("num_heads", inner + " numbers in all heads");
    }
    settings
        .without("head_dim")
        .put("context_length", GgufValue.uint32(CONTEXT))
        .put("attention.head_count", GgufValue.uint32(0))
        .put("feed_forward_length", GgufValue.uint32(0))
        .put("ssm.inner_size", GgufValue.uint32(inner))
        .put(
            "attention.layer_norm_rms_epsilon",
            GgufValue.float64(settings.number("layer_norm_epsilon").orElse(1e-5)))
        .copy("ssm.conv_kernel", "conv_kernel", 4)
        .copy("ssm.state_size", "state_size", 128);
    settings.require("rms_norm", true);
    StateSpaces.translate(from, "mixer", heads, settings.count("n_groups", 1));
    for (String prefix : List.of("", "model.")) {
      from.tensors()
          .outside(prefix + "backbone.embeddings", "token_embd")
          .outside(prefix + "backbone.norm_f", "output_norm")
          .outside(prefix + "lm_head", "output");
    }
    from.tensors().block("norm", "attn_norm");
  }
}
