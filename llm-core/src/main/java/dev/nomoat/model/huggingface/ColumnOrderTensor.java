package dev.nomoat.model.huggingface;

import dev.nomoat.model.source.SourceTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A tensor whose columns are in another order. */
public final class ColumnOrderTensor extends DerivedTensor {
  private final RowOrder order;

  private ColumnOrderTensor(SourceTensor source, RowOrder order) {
    super(source.name(), source.shape(), source.type(), source);
    this.order = order;
  }

  /**
   * Puts columns in another order.
   *
   * @param source a tensor of a plain type
   * @param order which column of the source becomes which
   * @return a tensor of the same shape
   */
  public static SourceTensor of(SourceTensor source, RowOrder order) {
    if (source.type().blockElements() > 1) {
      throw Faults.shape(source, "columns of a plain type");
    }
    if (!order.fits(source.cols(), source.cols())) {
      throw Faults.shape(source, "columns for all heads");
    }
    return new ColumnOrderTensor(source, order);
  }

  @Override
  public long offset(long row) {
    return source.offset(row);
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    int cols = Math.toIntExact(cols());
    long bytes = type().blockBytes();
    MemorySegment all = MemorySegment.ofArray(source.bytes(firstRow, rows));
    for (long row = 0; row < rows; row++) {
      for (int column = 0; column < cols; column++) {
        long from = (row * cols + order.source(column)) * bytes;
        MemorySegment.copy(all, from, target, (row * cols + column) * bytes, bytes);
      }
    }
  }
}
