package dev.nomoat.model.huggingface;

import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * A vector that no file holds as a tensor.
 *
 * @param name its name
 * @param file what it was computed from
 * @param numbers the numbers
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ComputedTensor(String name, Path file, float[] numbers) implements SourceTensor {
  @Override
  public TensorType type() {
    return TensorType.F32;
  }

  @Override
  public List<Long> shape() {
    return List.of((long) numbers.length);
  }

  @Override
  public long offset(long row) {
    return 0;
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) {
    BlockCodec.of(TensorType.F32).encode(numbers, 0, target, 0, numbers.length);
  }
}
