package dev.nomoat.model.huggingface;

import dev.nomoat.model.source.SourceTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Tensors of the same shape one behind the other, as one with a further dimension. */
final class StackedTensor extends DerivedTensor {
  private final List<SourceTensor> members;
  private final long rowsOfOne;

  private StackedTensor(String name, List<Long> shape, List<SourceTensor> members) {
    super(name, shape, members.getFirst().type(), members.getFirst());
    this.members = List.copyOf(members);
    rowsOfOne = members.getFirst().rows();
  }

  /** Stacks one or more tensors. */
  static SourceTensor of(String name, List<SourceTensor> members) {
    SourceTensor first = members.getFirst();
    for (SourceTensor member : members) {
      if (!member.shape().equals(first.shape()) || member.type() != first.type()) {
        throw Faults.shape(
            member, first.type() + " " + first.shape() + ", as its neighbours have,");
      }
    }
    List<Long> shape = new ArrayList<>();
    shape.add((long) members.size());
    shape.addAll(first.shape());
    return new StackedTensor(name, shape, members);
  }

  @Override
  public long offset(long row) {
    return member(row).offset(row % rowsOfOne);
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    long rowBytes = type().rowBytes(cols());
    int done = 0;
    while (done < rows) {
      long in = (firstRow + done) % rowsOfOne;
      int count = (int) Math.min(rows - done, rowsOfOne - in);
      member(firstRow + done).read(in, count, target.asSlice(done * rowBytes, count * rowBytes));
      done += count;
    }
  }

  private SourceTensor member(long row) {
    return members.get(Math.toIntExact(row / rowsOfOne));
  }
}
