package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;
import java.util.function.IntPredicate;

/** Granite 4: state spaces in most layers, attention in the others, mostly without positions. */
final class GraniteHybrid implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    boolean turned = settings.flag("rope.scaling.finetuned", false);
    DecoderBuilder positions = turned ? decoder.rope(Pairing.INTERLEAVED) : decoder.noRope();
    return Granite.multipliers(positions, settings)
        .recurrent(layer -> !decoder.sizes().hasKeys(layer), StateSpaces.read(settings))
        .experts(Experts.softmax(true).withShared())
        .build();
  }

  @Override
  public void translate(Translation from) {
    SettingNames settings = from.settings();
    int dim = settings.count("hidden_size", 0);
    int inner = settings.count("mamba_expand", 2) * dim;
    int heads = settings.count("mamba_n_heads", 128);
    settings
        .keysIn(attends(settings))
        .put("ssm.inner_size", GgufValue.uint32(inner))
        .put("rope.scaling.finetuned", GgufValue.bool(isTurned(settings)))
        .copy("ssm.conv_kernel", "mamba_d_conv", 4)
        .copy("ssm.state_size", "mamba_d_state", 256);
    boolean some = settings.count("num_local_experts", 0) > 0;
    settings.copy("expert_shared_feed_forward_length", "shared_intermediate_size", 1024);
    if (!some) {
      settings.copy("feed_forward_length", "shared_intermediate_size", 1024);
    }
    String shared = some ? "_shexp" : "";
    StateSpaces.translate(from, "mamba", heads, settings.count("mamba_n_groups", 1));
    Granite.translateExperts(from);
    from.turnsHalves()
        .tensors()
        .block("shared_mlp.output_linear", "ffn_down" + shared)
        .halves(
            "shared_mlp.input_linear.weight",
            "ffn_gate" + shared,
            "ffn_up" + shared,
            tensor -> tensor);
  }

  /** Which layers have attention; none, if the configuration does not tell. */
  private static IntPredicate attends(SettingNames settings) {
    boolean[] kinds = settings.layersOf("attention", List.of("attention", "mamba"));
    if (kinds.length > 0) {
      return layer -> kinds[layer];
    }
    List<Double> listed = settings.numbers("attn_layer_indices");
    int period = settings.count("attn_layer_period", 0);
    int offset = settings.count("attn_layer_offset", 0);
    return layer -> listed.contains((double) layer) || (period > 0 && layer % period == offset);
  }

  private static boolean isTurned(SettingNames settings) {
    String positions = settings.text("position_embedding_type", "nope");
    return switch (positions) {
      case "rope" -> true;
      case "nope" -> false;
      default -> throw settings.unsupported("position_embedding_type " + positions);
    };
  }
}
