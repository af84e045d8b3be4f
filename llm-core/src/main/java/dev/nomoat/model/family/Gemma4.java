package dev.nomoat.model.family;

import static dev.nomoat.model.ModelConfig.Attention.OWN;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Attention.Values;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import java.util.List;

/**
 * Gemma 4, its text, without experts: layers that see a window have heads and a rotary embedding of
 * their own; the last ones may read keys and values of earlier ones, each layer may have an input
 * of its own.
 */
final class Gemma4 implements Family {
  private static final int MOST_INPUT = 1 << 16;

  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    int layers = decoder.layers();
    Windows windows = new Windows(settings, layers, 6);
    int most = decoder.mostHeadDim();
    int localKey = settings.positive("attention.key_length_swa", decoder.headDim(), most);
    if (settings.positive("attention.value_length_swa", localKey, most) != localKey) {
      throw settings.fault("attention.value_length_swa", "the key length " + localKey);
    }
    if (decoder.valueDim() != decoder.headDim()) {
      throw settings.fault("attention.value_length", "the key length " + decoder.headDim());
    }
    int localTurned = settings.positive("rope.dimension_count_swa", localKey, localKey);
    if (localTurned % 2 != 0) {
      throw settings.fault("rope.dimension_count_swa", "an even number");
    }
    int shared = settings.size("attention.shared_kv_layers", layers - 1).orElse(0);
    int own = layers - shared;
    RopeSettings rotary = decoder.rotary();
    float localBase = rotary.base("rope.freq_base_swa", 10000);
    int inputDim = settings.size("embedding_length_per_layer_input", MOST_INPUT / layers).orElse(0);
    return decoder
        .ropes(
            List.of(
                rotary.read(Pairing.HALVES), rotary.plain(Pairing.HALVES, localBase, localTurned)),
            layer -> windows.isLocal(layer) ? 1 : 0)
        .spans(windows::span)
        .headDims(layer -> windows.isLocal(layer) ? localKey : decoder.headDim())
        .values(layer -> windows.isLocal(layer) ? Values.NORMALIZED : values(decoder, layer))
        .keysOf(layer -> layer < own ? OWN : last(settings, windows, layer, own))
        .with(Part.POST_NORM)
        .queryKeyNorm(QueryKeyNorm.HEAD)
        .activation(Activation.GELU_TANH)
        .embeddingScale(Math.sqrt(decoder.dim()))
        .attentionScale(settings.number("attention.scale", 1))
        .softCaps(0, settings.bound("final_logit_softcapping"))
        .layerInputs(inputDim)
        .build();
  }

  /** Some models have no values of their own in layers that see everything. */
  private static Values values(DecoderBuilder decoder, int layer) {
    boolean projected = decoder.hasTensor("blk." + layer + ".attn_v.weight");
    return projected ? Values.NORMALIZED : Values.OF_KEYS;
  }

  /** The last layer of the same kind that has keys and values. */
  private static int last(Settings settings, Windows windows, int layer, int own) {
    for (int i = own - 1; i >= 0; i--) {
      if (windows.isLocal(i) == windows.isLocal(layer)) {
        return i;
      }
    }
    throw settings.fault("attention.shared_kv_layers", "a layer before that has keys and values");
  }
}
