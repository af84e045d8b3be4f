package dev.nomoat.model.huggingface;

import dev.nomoat.model.source.SourceTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A tensor whose last two dimensions have changed places. */
final class TransposedTensor extends DerivedTensor {
  private final Slabs slabs;
  private final int sourceRows;
  private final int elementBytes;

  private TransposedTensor(SourceTensor source, Slabs slabs, List<Long> shape) {
    super(source.name(), shape, source.type(), source);
    this.slabs = slabs;
    sourceRows = Math.toIntExact(cols());
    elementBytes = source.type().blockBytes();
  }

  /**
   * Transposes.
   *
   * @param source a tensor of at least two dimensions, of a plain type
   */
  static SourceTensor of(SourceTensor source, Slabs slabs) {
    if (source.shape().size() < 2 || source.type().blockElements() > 1) {
      throw Faults.shape(source, "at least two dimensions of a plain type");
    }
    List<Long> shape = new ArrayList<>(source.shape());
    Collections.swap(shape, shape.size() - 1, shape.size() - 2);
    if (shape.getLast() > Integer.MAX_VALUE || shape.get(shape.size() - 2) > Integer.MAX_VALUE) {
      throw Faults.shape(source, "dimensions below 2^31");
    }
    return new TransposedTensor(source, slabs, shape);
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    long rowsOfSlab = shape().get(shape().size() - 2);
    int done = 0;
    while (done < rows) {
      long row = firstRow + done;
      int in = Math.toIntExact(row % rowsOfSlab);
      int count = Math.toIntExact(Math.min(rows - done, rowsOfSlab - in));
      byte[] slab = slabs.get(source, row / rowsOfSlab * sourceRows, sourceRows);
      transpose(MemorySegment.ofArray(slab), (int) rowsOfSlab, in, count, target, done);
      done += count;
    }
  }

  private void transpose(
      MemorySegment slab, int slabCols, int firstCol, int count, MemorySegment target, int to) {
    for (int r = 0; r < sourceRows; r++) {
      long from = ((long) r * slabCols + firstCol) * elementBytes;
      for (int c = 0; c < count; c++) {
        long at = ((long) (to + c) * sourceRows + r) * elementBytes;
        MemorySegment.copy(slab, from + (long) c * elementBytes, target, at, elementBytes);
      }
    }
  }
}
