package dev.nomoat.model.huggingface;

import dev.nomoat.ModelFormatException;
import dev.nomoat.model.source.SourceTensor;

/** Faults of tensors. */
final class Faults {
  private Faults() {}

  /** A tensor has a shape that cannot be. */
  static ModelFormatException shape(SourceTensor tensor, String expected) {
    return new ModelFormatException(
        tensor.file(),
        tensor.offset(0),
        expected + " for tensor " + tensor.name(),
        tensor.type() + " " + tensor.shape());
  }
}
