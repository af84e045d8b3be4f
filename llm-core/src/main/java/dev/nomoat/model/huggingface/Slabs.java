package dev.nomoat.model.huggingface;

import dev.nomoat.model.source.SourceTensor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The last few matrices that were read whole because their rows are needed as columns. Rows are
 * asked for in order by a few threads, so those near each other meet the same matrix. Thread-safe.
 */
final class Slabs {
  /** A matrix may be made of three, and at a border threads need two matrices. */
  private static final int KEPT = 8;

  private final Deque<Slab> slabs = new ArrayDeque<>();

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Slab(SourceTensor source, long firstRow, byte[] bytes) {}

  /** Rows of a tensor, read now or a little while ago. */
  synchronized byte[] get(SourceTensor source, long firstRow, int rows) throws IOException {
    for (Slab slab : slabs) {
      if (slab.source.equals(source) && slab.firstRow == firstRow) {
        return slab.bytes;
      }
    }
    long size = Math.multiplyExact(rows, source.type().rowBytes(source.cols()));
    if (size > Integer.MAX_VALUE - 64) {
      throw Faults.shape(source, "matrices below 2^31 bytes");
    }
    if (slabs.size() == KEPT) {
      slabs.removeLast();
    }
    byte[] bytes = source.bytes(firstRow, rows);
    slabs.addFirst(new Slab(source, firstRow, bytes));
    return bytes;
  }
}
