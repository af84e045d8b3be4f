package dev.nomoat.model.huggingface;

import dev.nomoat.model.source.SourceTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A matrix of plain numbers with rows of zeros behind its own. */
public final class PaddedTensor extends DerivedTensor {
  private PaddedTensor(SourceTensor source, long rows) {
    super(source.name(), List.of(rows, source.cols()), source.type(), source);
  }

  /**
   * Adds rows.
   *
   * @param source a tensor
   * @param rows how many it shall have
   * @return the longer one, or the same when it is not a matrix of fewer plain numbers
   */
  public static SourceTensor of(SourceTensor source, int rows) {
    boolean plain = source.type().blockElements() == 1;
    boolean shorter = source.shape().size() == 2 && source.rows() < rows;
    return plain && shorter ? new PaddedTensor(source, rows) : source;
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    int own = Math.clamp(source.rows() - firstRow, 0, rows);
    long bytes = own * type().rowBytes(cols());
    if (own > 0) {
      source.read(firstRow, own, target.asSlice(0, bytes));
    }
    target.asSlice(bytes).fill((byte) 0);
  }
}
