package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.huggingface.Translation;
import dev.nomoat.model.source.SourceTensor;
import java.util.List;
import java.util.function.UnaryOperator;

/** Qwen 3 with experts, in all layers or in some. */
final class Qwen3Moe implements Family {
  private static final String GATES = "mlp.experts.gate_up_proj";
  private static final String DOWNS = "mlp.experts.down_proj";

  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .rope(Pairing.HALVES)
        .windows()
        .queryKeyNorm(QueryKeyNorm.HEAD)
        .experts(Experts.softmax(true))
        .expertsWhereFound()
        .build();
  }

  @Override
  public void translate(Translation from) {
    Qwen2Moe.translateLayers(from);
    // the larger model's are stacked, and may have columns for rows
    UnaryOperator<SourceTensor> upright =
        haveColumnsForRows(from) ? from.tensors()::transposed : tensor -> tensor;
    from.tensors()
        .halves(GATES, "ffn_gate_exps", "ffn_up_exps", upright)
        .part(DOWNS, "ffn_down_exps.weight", upright);
  }

  /** Seen from one of two shapes that is not square. */
  private static boolean haveColumnsForRows(Translation from) {
    int hidden = from.settings().size("moe_intermediate_size", 0);
    int dim = from.settings().size("hidden_size", 0);
    boolean gates = 2 * hidden != dim;
    List<Long> shape = from.shape(gates ? GATES : DOWNS).orElse(List.of());
    return shape.size() == 3 && shape.get(1) != (gates ? 2 * hidden : dim);
  }
}
