package dev.nomoat.model.family;

import dev.nomoat.model.ModelConfig;

/** How the models of one architecture differ from the plainest. */
interface Family {
  /**
   * Reads a configuration.
   *
   * @param decoder sizes as the file gives them; switches to be set, then built
   * @param settings the file's
   */
  ModelConfig config(DecoderBuilder decoder, Settings settings);
}
