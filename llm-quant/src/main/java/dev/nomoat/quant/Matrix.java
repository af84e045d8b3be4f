package dev.nomoat.quant;

import java.lang.foreign.MemorySegment;

/**
 * Weights of shape [rows, cols] in row-major order, as in a file. Borrowed memory: valid as long as
 * its owner says.
 *
 * @param type type of the weights
 * @param rows number of rows, positive
 * @param cols number of columns, a positive multiple of the type's block
 * @param data the rows, one after the other; kept as a read-only view
 */
public record Matrix(TensorType type, int rows, int cols, MemorySegment data) {
  /**
   * Checks that the memory is exactly as large as the shape.
   *
   * @throws IllegalArgumentException when it is not, or the shape does not fit the type
   */
  public Matrix {
    if (rows <= 0) {
      throw new IllegalArgumentException("rows must be positive, not " + rows);
    }
    long expected = type.bytes(rows, cols);
    if (data.byteSize() != expected) {
      throw new IllegalArgumentException(
          "%s [%d, %d] takes %d bytes, not %d"
              .formatted(type, rows, cols, expected, data.byteSize()));
    }
    data = data.asReadOnly();
  }

  @Override
  public String toString() {
    return "%s [%d, %d]".formatted(type, rows, cols);
  }
}
