package dev.nomoat.model;

import java.util.List;
import java.util.Optional;

/**
 * Where a {@link Blueprint} takes its tensors from.
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
}
