package dev.nomoat.file.safetensors;

import java.util.List;

/**
 * Where a tensor lies in a safetensors file, and what shape it has.
 *
 * @param name the name, unique in the file or set of files
 * @param type the type of the elements
 * @param shape the dimensions, outermost first; none for a scalar, and a dimension may be 0
 * @param offset where the bytes begin, from the start of the file that holds them; at any byte, as
 *     the format does not align
 * @param byteSize how many bytes the tensor takes: rows one after the other, without gaps
 * @param part which file of a set holds the bytes, from 0; 0 for a single file
 */
public record SafetensorsTensor(
    String name, SafetensorsType type, List<Long> shape, long offset, long byteSize, int part) {
  /** The most dimensions that a tensor can have; PyTorch and NumPy have the same limit. */
  public static final int MAX_DIMENSIONS = 64;

  /**
   * Checks that the parts agree.
   *
   * @throws IllegalArgumentException if the shape is not one that the type can store, {@code
   *     byteSize} is not the size of that shape, or {@code offset} or {@code part} is negative
   */
  public SafetensorsTensor {
    shape = List.copyOf(shape);
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
   * @param type the type of the elements
   * @param shape the dimensions, outermost first
   * @return how many bytes the tensor takes
   * @throws IllegalArgumentException if there are more than {@link #MAX_DIMENSIONS}, one of them is
   *     negative, the elements do not fill whole bytes, or a product does not fit a long
   */
  public static long byteSize(SafetensorsType type, List<Long> shape) {
    if (shape.size() > MAX_DIMENSIONS) {
      throw new IllegalArgumentException(
          "a tensor has at most %d dimensions, not %d".formatted(MAX_DIMENSIONS, shape.size()));
    }
    long bits = type.bits();
    try {
      for (long dimension : shape) {
        if (dimension < 0) {
          throw new IllegalArgumentException("a dimension of " + shape + " is negative");
        }
        bits = Math.multiplyExact(bits, dimension);
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("shape " + shape + " is too large", e);
    }
    if (bits % Byte.SIZE != 0) {
      throw new IllegalArgumentException("%d bits of %s are no whole bytes".formatted(bits, shape));
    }
    return bits / Byte.SIZE;
  }

  /**
   * How many numbers the tensor holds.
   *
   * @return the product of all dimensions: 1 for a scalar
   */
  public long elements() {
    long elements = 1;
    for (long dimension : shape) {
      elements *= dimension;
    }
    return elements;
  }
}
