package dev.nomoat.model;

import java.util.List;
import java.util.Optional;

/**
 * Where a {@link Blueprint} takes its tensors from, and the norms and projections that are made of
 * them.
 *
 * @param <M> a matrix
 * @param <V> a vector
 */
interface TensorLookup<M, V> {
  /** Whether there is a tensor of this name. */
  boolean has(String name);

  /** Says that a tensor is not needed, if there is one of this name. */
  default void ignore(String name) {}

  /**
   * A matrix made of consecutive rows of a tensor.
   *
   * @param name the tensor
   * @param shape what its shape must be, outermost first
   * @param firstRow first row, counting those of all outer dimensions
   * @param rows number of rows
   */
  M matrix(String name, List<Long> shape, long firstRow, int rows);

  /**
   * A vector made of consecutive numbers of a tensor.
   *
   * @param name the tensor
   * @param shape what its shape must be, outermost first
   * @param first first number
   * @param length number of numbers
   */
  V vector(String name, List<Long> shape, int first, int length);

  /** A whole tensor as a matrix. */
  default M matrix(String name, int rows, int cols) {
    return matrix(name, List.of((long) rows, (long) cols), 0, rows);
  }

  /** A whole tensor as a vector. */
  default V vector(String name, int size) {
    return vector(name, List.of((long) size), 0, size);
  }

  /** The same, if there is such a tensor. */
  default Optional<V> optional(String name, int size) {
    return has(name) ? Optional.of(vector(name, size)) : Optional.empty();
  }

  /** A whole tensor of two dimensions, small enough to be read as numbers. */
  default V table(String name, int rows, int cols) {
    return vector(name, List.of((long) rows, (long) cols), 0, Math.multiplyExact(rows, cols));
  }

  /** A norm, with a bias if there is one. */
  default Weights.Norm<V> norm(String name, int size) {
    return new Weights.Norm<>(vector(name + ".weight", size), optional(name + ".bias", size));
  }

  /** A projection that is a tensor of its own, with a bias if there is one. */
  default Weights.Linear<M, V> linear(String name, int rows, int cols) {
    return linear(name, rows, cols, false);
  }

  /** The same; {@code bias} when there must be one. */
  default Weights.Linear<M, V> linear(String name, int rows, int cols, boolean bias) {
    String of = name + ".bias";
    return new Weights.Linear<>(
        matrix(name + ".weight", rows, cols),
        bias ? Optional.of(vector(of, rows)) : optional(of, rows));
  }

  /**
   * A projection that is consecutive rows of a tensor.
   *
   * @param name the tensor
   * @param shape what its shape must be, outermost first; that of the biases lacks the last
   * @param firstRow first row, counting those of all outer dimensions
   * @param rows number of rows
   * @param bias whether there must be a bias
   */
  default Weights.Linear<M, V> part(
      String name, List<Long> shape, long firstRow, int rows, boolean bias) {
    String of = name + ".bias";
    List<Long> ofBias = shape.subList(0, shape.size() - 1);
    return new Weights.Linear<>(
        matrix(name + ".weight", shape, firstRow, rows),
        bias || has(of)
            ? Optional.of(vector(of, ofBias, Math.toIntExact(firstRow), rows))
            : Optional.empty());
  }
}
