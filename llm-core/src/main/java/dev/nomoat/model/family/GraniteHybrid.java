package dev.nomoat.model.family;

import dev.nomoat.math.RotaryEmbedding.Pairing;
import dev.nomoat.model.ModelConfig;

/** Granite 4: state spaces in most layers, attention in the others, mostly without positions. */
final class GraniteHybrid implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    boolean turned = settings.flag("rope.scaling.finetuned", false);
    DecoderBuilder positions = turned ? decoder.rope(Pairing.INTERLEAVED) : decoder.noRope();
    return Granite.multipliers(positions, settings)
        .recurrent(layer -> !decoder.hasKeys(layer), StateSpaces.read(settings))
        .experts(Experts.softmax(true).withShared())
        .build();
  }
}
