package dev.nomoat.model.family;

import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;

/** Qwen 2 with experts, one of which all tokens use, in all layers or in some. */
final class Qwen2Moe implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .windows()
        .with(Part.QKV_BIAS)
        .experts(Experts.softmax(false).withShared())
        .expertsWhereFound()
        .build();
  }

  @Override
  public void translate(Translation from) {
    translateLayers(from);
  }

  /** Which layers have experts: every so many, but for some. */
  static void translateLayers(Translation from) {
    int step = from.settings().count("decoder_sparse_step", 1);
    if (step == 0) {
      throw from.settings().fault("decoder_sparse_step", "1 or more");
    }
    List<Double> dense = from.settings().numbers("mlp_only_layers");
    boolean[] sparse = new boolean[from.layers()];
    for (int layer = 0; layer < sparse.length; layer++) {
      sparse[layer] = !dense.contains((double) layer) && (layer + 1) % step == 0;
    }
    from.settings().put("expert_layers", GgufNumberArray.ofBools(sparse));
  }
}
