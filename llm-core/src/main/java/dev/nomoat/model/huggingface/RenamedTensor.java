package dev.nomoat.model.huggingface;

import dev.nomoat.model.source.SourceTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A tensor under another name. */
final class RenamedTensor extends DerivedTensor {
  RenamedTensor(String name, SourceTensor source) {
    super(name, source.shape(), source.type(), source);
  }

  @Override
  public long offset(long row) {
    return source.offset(row);
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    source.read(firstRow, rows, target);
  }
}
