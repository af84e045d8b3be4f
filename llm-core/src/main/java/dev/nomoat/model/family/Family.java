package dev.nomoat.model.family;

import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.huggingface.Translation;

/** How the models of one architecture differ from the plainest. */
interface Family {
  /**
   * Reads a configuration.
   *
   * @param decoder sizes as the file gives them; switches to be set, then built
   * @param settings the file's
   */
  ModelConfig config(DecoderBuilder decoder, Settings settings);

  /**
   * Tells settings and tensors of a Hugging Face folder in the words of GGUF.
   *
   * @param from what all models have in common, to be added to
   */
  default void translate(Translation from) {}
}
