package dev.nomoat.model.family;

import dev.nomoat.math.AttentionSpan;
import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.Temperature;
import java.util.List;
import java.util.Optional;

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
}
