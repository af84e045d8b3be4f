package dev.nomoat.model.source;

import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** A tensor of an open model, named and ordered as in GGUF, however its file keeps it. */
public interface SourceTensor {
  /**
   * The name, as GGUF has it.
   *
   * @return the name
   */
  String name();

  /**
   * The number format that {@link #read} gives.
   *
   * @return the type
   */
  TensorType type();

  /**
   * The shape, as GGUF has it.
   *
   * @return the dimensions, outermost first; one at least, the last a multiple of the type's block
   */
  List<Long> shape();

  /**
   * A shape as a smaller number of dimensions says it.
   *
   * @param shape the dimensions, outermost first
   * @return the same without the ones on the outside; at least one dimension
   */
  static List<Long> withoutOuterOnes(List<Long> shape) {
    int first = 0;
    while (first < shape.size() - 1 && shape.get(first) == 1) {
      first++;
    }
    return shape.subList(first, shape.size());
  }

  /**
   * The file that holds it, or most of it.
   *
   * @return the path
   */
  Path file();

  /**
   * Where a row begins, for messages.
   *
   * @param row the row, counting all outer dimensions together
   * @return bytes from the start of the file
   */
  long offset(long row);

  /**
   * Copies rows. Any number of threads may read at once.
   *
   * @param firstRow the first of them, counting all outer dimensions together
   * @param rows how many
   * @param target as many bytes as the rows take; native memory or a view of a byte array
   * @throws IOException if reading fails
   */
  void read(long firstRow, int rows, MemorySegment target) throws IOException;

  /**
   * Reads rows as they are stored in {@link #type()}.
   *
   * @param firstRow the first of them, counting all outer dimensions together
   * @param rows how many
   * @return their bytes
   * @throws IOException if reading fails
   */
  default byte[] bytes(long firstRow, int rows) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(Math.multiplyExact(rows, type().rowBytes(cols())))];
    read(firstRow, rows, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /**
   * Reads rows and decodes them.
   *
   * @param firstRow the first of them, counting all outer dimensions together
   * @param rows how many
   * @return their numbers
   * @throws IOException if reading fails
   * @throws IllegalArgumentException if there is no codec for the type
   */
  default float[] numbers(long firstRow, int rows) throws IOException {
    float[] numbers = new float[Math.toIntExact(Math.multiplyExact(rows, cols()))];
    MemorySegment bytes = MemorySegment.ofArray(bytes(firstRow, rows));
    BlockCodec.of(type()).decode(bytes, 0, numbers, 0, numbers.length);
    return numbers;
  }

  /**
   * The length of a row.
   *
   * @return the last dimension
   */
  default long cols() {
    return shape().getLast();
  }

  /**
   * How many numbers it holds.
   *
   * @return the product of all dimensions
   */
  default long elements() {
    return shape().stream().reduce(1L, Math::multiplyExact);
  }

  /**
   * How many rows there are, counting all outer dimensions together.
   *
   * @return the product of all dimensions but the last, 1 for a vector
   */
  default long rows() {
    return elements() / cols();
  }

  /**
   * What all rows take when they are read.
   *
   * @return bytes
   */
  default long byteSize() {
    return Math.multiplyExact(rows(), type().rowBytes(cols()));
  }
}
