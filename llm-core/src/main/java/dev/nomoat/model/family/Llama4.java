package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.AttentionSpan;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.Temperature;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Llama 4, its text: three of four layers turn and see a chunk; the others see everything, do not
 * turn, and their scores grow with the position.
 */
final class Llama4 implements Family {
  /** The chunk and the temperature of all models; files do not say so. */
  private static final int LENGTH = 8192;

  private static final double TEMPERATURE = 0.1;

  /** The model with so many experts does not normalise queries and keys. */
  private static final int WITHOUT_NORM = 128;

  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    // small relatives say that there are no chunks, and turn everywhere
    boolean whole =
        settings.has("attention.sliding_window")
            && settings.size("attention.sliding_window").isEmpty();
    int length = settings.positive("attention.chunk_size", LENGTH, Integer.MAX_VALUE);
    AttentionSpan chunk = whole ? AttentionSpan.ALL : AttentionSpan.chunk(length);
    Temperature temperature = new Temperatures(settings).orElse(TEMPERATURE, LENGTH);
    int step = settings.positive("interleave_moe_layer_step", 1, Integer.MAX_VALUE);
    boolean normalized = settings.size("expert_count").orElse(0) != WITHOUT_NORM;
    return decoder
        .ropes(
            List.of(decoder.rotary().read(Pairing.INTERLEAVED)),
            layer -> whole || turns(layer) ? 0 : -1)
        .spans(layer -> turns(layer) ? chunk : AttentionSpan.ALL)
        .temperatures(layer -> whole || turns(layer) ? Optional.empty() : Optional.of(temperature))
        .queryKeyNorm(normalized ? QueryKeyNorm.TURNED : QueryKeyNorm.NONE)
        .experts(Experts.sigmoid(false).withShared().weighingInput())
        .expertsIn(layer -> (layer + 1) % step == 0)
        .build();
  }

  private static boolean turns(int layer) {
    return layer % 4 < 3;
  }

  @Override
  public void translate(Translation from) {
    SettingNames settings = from.settings();
    int experts = settings.count("num_local_experts", 16);
    settings
        .fallback("rope_theta", 500000)
        .fallback("num_local_experts", 16)
        .fallback("num_experts_per_tok", 1)
        .copy("expert_feed_forward_length", "intermediate_size", 8192)
        .copy("feed_forward_length", "intermediate_size_mlp", 16384)
        .copy("attention.chunk_size", "attention_chunk_size", LENGTH)
        .copy("attention.temperature_length", "floor_scale", LENGTH)
        .put(
            "attention.temperature_scale",
            GgufValue.float64(settings.number("attn_scale").orElse(TEMPERATURE)));
    settings.require("use_qk_norm", experts != WITHOUT_NORM);
    int step = settings.count("interleave_moe_layer_step", 1);
    settings.put("interleave_moe_layer_step", GgufValue.uint32(step));
    List<Double> sparse = settings.numbers("moe_layers");
    for (int layer = 0; layer < from.layers() && !sparse.isEmpty(); layer++) {
      if (sparse.contains((double) layer) != ((layer + 1) % Math.max(1, step) == 0)) {
        throw settings.fault("moe_layers", "every " + step + ". layer");
      }
    }
    translateSpans(from);
    from.tensors()
        .block("feed_forward.router", "ffn_gate_inp")
        .part("feed_forward.experts.down_proj", "ffn_down_exps.weight", from.tensors()::transposed)
        .halves(
            "feed_forward.experts.gate_up_proj",
            "ffn_gate_exps",
            "ffn_up_exps",
            from.tensors()::transposed);
    for (String projection : List.of("gate", "up", "down")) {
      from.tensors()
          .block("feed_forward." + projection + "_proj", "ffn_" + projection)
          .block(
              "feed_forward.shared_expert." + projection + "_proj", "ffn_" + projection + "_shexp");
    }
  }

  /** Which layers turn and see chunks: what files do not say has to be as they mean it. */
  private static void translateSpans(Translation from) {
    SettingNames settings = from.settings();
    boolean[] chunked =
        settings.layersOf("chunked_attention", List.of("chunked_attention", "full_attention"));
    boolean whole =
        chunked.length > 0 && IntStream.range(0, chunked.length).noneMatch(i -> chunked[i]);
    if (whole) {
      settings.put("attention.sliding_window", GgufValue.uint32(0));
    }
    List<Double> turned = settings.numbers("no_rope_layers");
    if (turned.isEmpty() && (whole || settings.count("no_rope_layer_interval", 4) != 4)) {
      throw settings.fault("no_rope_layers", "a number for each layer");
    }
    for (int layer = 0; layer < from.layers(); layer++) {
      if (chunked.length > 0 && !whole && chunked[layer] != turns(layer)) {
        throw settings.fault("layer_types", "every fourth layer with full attention");
      }
      boolean turns = whole || turns(layer);
      if (!turned.isEmpty() && (layer >= turned.size() || turned.get(layer) != (turns ? 1 : 0))) {
        throw settings.fault("no_rope_layers", "0 for every fourth layer, else 1");
      }
    }
    boolean grows =
        settings.find("attn_temperature_tuning").isEmpty()
            || settings.isOn("attn_temperature_tuning");
    if (!whole && !grows) {
      throw settings.unsupported("attn_temperature_tuning false");
    }
  }
}
