package dev.nomoat.model;

import dev.nomoat.quant.PackedMatrix;

/** Sees what the matrices of a model are multiplied by. */
@FunctionalInterface
public interface InputObserver {
  /**
   * Takes the inputs of a product that is about to be computed, on the thread that the decoder
   * belongs to.
   *
   * @param matrix whose inputs they are
   * @param inputs holds them, row-major; valid during the call
   * @param from where they begin
   * @param tokens how many there are, of {@link PackedMatrix#cols()} numbers each
   */
  void accept(PackedMatrix matrix, float[] inputs, int from, int tokens);
}
