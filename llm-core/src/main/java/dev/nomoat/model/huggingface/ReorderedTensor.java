package dev.nomoat.model.huggingface;

import dev.nomoat.model.source.SourceTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a tensor, or numbers of a vector, in another order; not all of them need be there.
 * Vectors are small and kept once they are read.
 */
public final class ReorderedTensor extends DerivedTensor {
  private final RowOrder order;
  private final long itemBytes;
  private final boolean byNumber;
  private volatile byte @Nullable [] kept;

  private ReorderedTensor(
      String name, List<Long> shape, SourceTensor source, RowOrder order, boolean byNumber) {
    super(name, shape, source.type(), source);
    this.order = order;
    this.byNumber = byNumber;
    itemBytes = source.type().rowBytes(byNumber ? 1 : source.cols());
    long items = byNumber ? elements() : rows();
    long sourceItems = byNumber ? source.elements() : source.rows();
    if (!order.fits(items, sourceItems)) {
      throw Faults.shape(source, "rows for all heads");
    }
  }

  /**
   * Every second row of each matrix of a tensor.
   *
   * @param source a tensor of two or more dimensions
   * @param first 0 or 1
   * @return a tensor of half the rows
   */
  public static SourceTensor halfTheRows(SourceTensor source, int first) {
    int dimension = source.shape().size() - 2;
    return new ReorderedTensor(
        source.name(), halved(source, dimension), source, row -> 2 * row + first, false);
  }

  /**
   * Every second number of each row of a small tensor.
   *
   * @param source a tensor
   * @param first 0 or 1
   * @return a tensor of half the columns
   */
  public static SourceTensor halfTheNumbers(SourceTensor source, int first) {
    int dimension = source.shape().size() - 1;
    return new ReorderedTensor(
        source.name(), halved(source, dimension), source, number -> 2 * number + first, true);
  }

  /**
   * The upper or the lower half of each matrix of a tensor.
   *
   * @param source a tensor of two or more dimensions
   * @param half 0 for the upper, 1 for the lower
   * @return a tensor of half the rows
   */
  public static SourceTensor half(SourceTensor source, int half) {
    int dimension = source.shape().size() - 2;
    List<Long> shape = halved(source, dimension);
    long rows = shape.get(dimension);
    return new ReorderedTensor(
        source.name(), shape, source, row -> (row / rows * 2 + half) * rows + row % rows, false);
  }

  /**
   * Some of the rows of a matrix, in an order of their own.
   *
   * @param source a matrix
   * @param rows how many
   * @param order which they are
   * @return a matrix of so many rows
   */
  public static SourceTensor rows(SourceTensor source, long rows, RowOrder order) {
    if (source.shape().size() != 2) {
      throw Faults.shape(source, "two dimensions");
    }
    return new ReorderedTensor(source.name(), List.of(rows, source.cols()), source, order, false);
  }

  /**
   * Some rows of each head, as a matrix for each.
   *
   * @param source a matrix, with the rows of the heads one after the other
   * @param heads how many
   * @param rowsOfHead how many rows a head has
   * @param from the first of those that are taken
   * @param rows how many are taken
   * @return a tensor of shape [heads, rows, columns]
   */
  public static SourceTensor ofHeads(
      SourceTensor source, int heads, int rowsOfHead, int from, int rows) {
    boolean fits =
        source.shape().size() == 2
            && heads > 0
            && rows > 0
            && source.rows() == Math.multiplyExact((long) heads, rowsOfHead);
    if (!fits) {
      throw Faults.shape(source, "%d rows for each of %d heads".formatted(rowsOfHead, heads));
    }
    return new ReorderedTensor(
        source.name(),
        List.of((long) heads, (long) rows, source.cols()),
        source,
        row -> row / rows * rowsOfHead + from + row % rows,
        false);
  }

  /**
   * The same numbers in a small tensor of another shape.
   *
   * @param source a tensor
   * @param shape as many numbers
   * @return the tensor of that shape
   */
  public static SourceTensor reshaped(SourceTensor source, List<Long> shape) {
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    if (elements != source.elements() || source.type().blockElements() > 1) {
      throw Faults.shape(source, "%d numbers of a plain type".formatted(elements));
    }
    return new ReorderedTensor(source.name(), shape, source, number -> number, true);
  }

  /**
   * A small tensor without the dimensions of size 1 between the first and the last.
   *
   * @param source a tensor of two or more dimensions, as convolutions of single channels have
   * @return a tensor of fewer dimensions
   */
  public static SourceTensor squeezed(SourceTensor source) {
    List<Long> shape = new ArrayList<>(source.shape());
    for (int dimension = shape.size() - 2; dimension > 0; dimension--) {
      if (shape.get(dimension) == 1) {
        shape.remove(dimension);
      }
    }
    return reshaped(source, shape);
  }

  private static List<Long> halved(SourceTensor source, int dimension) {
    if (dimension < 0 || source.shape().get(dimension) % 2 != 0) {
      throw Faults.shape(source, "two or more dimensions, an even number of each");
    }
    List<Long> shape = new ArrayList<>(source.shape());
    shape.set(dimension, shape.get(dimension) / 2);
    return shape;
  }

  /**
   * The same rows or, of a vector, numbers, in another order.
   *
   * @param source a tensor
   * @param order the order
   * @return a tensor of the same shape
   */
  public static SourceTensor permuted(SourceTensor source, RowOrder order) {
    return source.shape().size() == 1
        ? new ReorderedTensor(source.name(), source.shape(), source, order, true)
        : new ReorderedTensor(source.name(), source.shape(), source, order, false);
  }

  @Override
  public long offset(long row) {
    return byNumber ? source.offset(0) : source.offset(order.source(row));
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    if (byNumber) {
      MemorySegment all = MemorySegment.ofArray(all());
      long first = firstRow * cols();
      for (long i = 0; i < rows * cols(); i++) {
        long from = order.source(first + i) * itemBytes;
        MemorySegment.copy(all, from, target, i * itemBytes, itemBytes);
      }
      return;
    }
    int row = 0;
    while (row < rows) {
      // what lies together is read together
      long from = order.source(firstRow + row);
      int count = 1;
      while (row + count < rows && order.source(firstRow + row + count) == from + count) {
        count++;
      }
      source.read(from, count, target.asSlice(row * itemBytes, count * itemBytes));
      row += count;
    }
  }

  private byte[] all() throws IOException {
    byte[] bytes = kept;
    if (bytes == null) {
      bytes = source.bytes(0, Math.toIntExact(source.rows()));
      kept = bytes;
    }
    return bytes;
  }
}
