package dev.nomoat.file.gguf;

import dev.nomoat.quant.TensorType;
import java.util.List;

/**
 * Where a tensor lies in a GGUF file, and what shape it has.
 *
 * @param name the name, unique in the file or set of files
 * @param type the number format
 * @param shape the dimensions, outermost first: one to four positive numbers, the last a multiple
 *     of the type's block
 * @param offset where the bytes begin, from the start of the file that holds them
 * @param byteSize how many bytes the tensor takes: rows one after the other, without gaps
 * @param part which file of a set holds the bytes, from 0; 0 for a single file
 */
public record GgufTensor(
    String name, TensorType type, List<Long> shape, long offset, long byteSize, int part) {
  /** The most dimensions that a tensor can have. */
  public static final int MAX_DIMENSIONS = 4;

  /**
   * Checks that the parts agree.
   *
   * @throws IllegalArgumentException if the name is empty, the shape is not one that the type can
   *     store, {@code byteSize} is not the size of that shape, or {@code offset} or {@code part} is
   *     negative
   */
  public GgufTensor {
    shape = List.copyOf(shape);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a tensor needs a name");
    }
    long expected = byteSize(type, shape);
    if (byteSize != expected) {
      throw new IllegalArgumentException(
          "%s %s takes %d bytes, not %d".formatted(type, shape, expected, byteSize));
    }
    if (offset < 0 || part < 0) {
      throw new IllegalArgumentException("offset " + offset + " in part " + part);
    }
  }

  /**
   * The size of a tensor.
   *
   * @param type the number format
   * @param shape the dimensions, outermost first
   * @return how many bytes the tensor takes
   * @throws IllegalArgumentException if there are no dimensions or more than {@link
   *     #MAX_DIMENSIONS}, one of them is not positive, the last is not a multiple of the type's
   *     block, or the size does not fit a long
   */
  public static long byteSize(TensorType type, List<Long> shape) {
    if (shape.isEmpty() || shape.size() > MAX_DIMENSIONS) {
      throw new IllegalArgumentException(
          "a tensor has 1 to %d dimensions, not %d".formatted(MAX_DIMENSIONS, shape.size()));
    }
    int last = shape.size() - 1;
    long rows = 1;
    try {
      for (int i = 0; i < last; i++) {
        if (shape.get(i) <= 0) {
          throw new IllegalArgumentException(
              "dimension " + i + " of " + shape + " is not positive");
        }
        rows = Math.multiplyExact(rows, shape.get(i));
      }
      // The count of elements must fit too: a block can be smaller than its elements are many.
      Math.multiplyExact(rows, shape.get(last));
      return Math.multiplyExact(rows, type.rowBytes(shape.get(last)));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("shape " + shape + " is too large", e);
    }
  }

  /**
   * The length of a row.
   *
   * @return the last dimension
   */
  public long cols() {
    return shape.getLast();
  }

  /**
   * How many rows there are, counting all outer dimensions together.
   *
   * @return the product of all dimensions but the last, 1 for a vector
   */
  public long rows() {
    return elements() / cols();
  }

  /**
   * How many numbers the tensor holds.
   *
   * @return the product of all dimensions
   */
  public long elements() {
    long elements = 1;
    for (long dimension : shape) {
      elements *= dimension;
    }
    return elements;
  }
}
