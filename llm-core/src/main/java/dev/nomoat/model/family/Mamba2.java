package dev.nomoat.model.family;

import dev.nomoat.model.ModelConfig;

/** Mamba 2: blocks are state spaces alone. */
final class Mamba2 implements Family {
  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .noRope()
        .noFeedForward()
        .recurrent(layer -> true, StateSpaces.read(settings))
        .build();
  }
}
