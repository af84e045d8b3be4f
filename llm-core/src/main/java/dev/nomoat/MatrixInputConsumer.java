package dev.nomoat;

/** Takes what the matrices of a model are multiplied by. */
@FunctionalInterface
public interface MatrixInputConsumer {
  /**
   * Takes the inputs of a product.
   *
   * @param tensor the name of the tensor that holds the matrix, as GGUF has it
   * @param matrix which matrix of the tensor: 0, or the number of an expert
   * @param matrices how many the tensor has
   * @param inputs holds the inputs, one after the other; valid during the call
   * @param offset where they begin
   * @param count how many inputs there are
   * @param columns how many numbers each has
   */
  void accept(
      String tensor, int matrix, int matrices, float[] inputs, int offset, int count, int columns);
}
