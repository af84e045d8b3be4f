package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.model.Recurrent.ShortConvolution;

/** LFM2: short convolutions in most layers, attention in the others; some have experts. */
final class Lfm2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    int length = settings.between("shortconv.l_cache", 2, StateSpaces.MOST_LENGTH);
    return decoder
        .rope(Pairing.HALVES)
        .queryKeyNorm(QueryKeyNorm.HEAD)
        .recurrent(layer -> !decoder.hasKeys(layer), new ShortConvolution(decoder.dim(), length))
        .experts(Experts.sigmoid(true))
        .build();
  }
}
