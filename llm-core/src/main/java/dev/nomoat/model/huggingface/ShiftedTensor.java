package dev.nomoat.model.huggingface;

import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A vector with 1 added to each number: gains that are stored as what they differ from 1 by. */
final class ShiftedTensor extends DerivedTensor {
  private ShiftedTensor(SourceTensor source) {
    super(source.name(), source.shape(), TensorType.F32, source);
  }

  /** Adds 1, unless the numbers cannot be decoded: then the tensor will be refused. */
  static SourceTensor of(SourceTensor source) {
    return BlockCodec.supports(source.type()) ? new ShiftedTensor(source) : source;
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    int count = Math.toIntExact(rows * cols());
    byte[] bytes = new byte[Math.toIntExact(rows * source.type().rowBytes(cols()))];
    source.read(firstRow, rows, MemorySegment.ofArray(bytes));
    float[] numbers = new float[count];
    BlockCodec.of(source.type()).decode(MemorySegment.ofArray(bytes), 0, numbers, 0, count);
    for (int i = 0; i < count; i++) {
      numbers[i] += 1;
    }
    BlockCodec.of(TensorType.F32).encode(numbers, 0, target, 0, count);
  }
}
