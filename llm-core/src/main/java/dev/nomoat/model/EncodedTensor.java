package dev.nomoat.model;

import dev.nomoat.ModelFormatException;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor that is quantised while it is read.
 *
 * @param source full-precision numbers
 * @param type what they become
 */
record EncodedTensor(SourceTensor source, TensorType type) implements SourceTensor {
  @Override
  public String name() {
    return source.name();
  }

  @Override
  public List<Long> shape() {
    return source.shape();
  }

  @Override
  public Path file() {
    return source.file();
  }

  @Override
  public long offset(long row) {
    return source.offset(row);
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    int cols = Math.toIntExact(cols());
    long sourceBytes = source.type().rowBytes(cols);
    long targetBytes = type.rowBytes(cols);
    MemorySegment stored = MemorySegment.ofArray(source.bytes(firstRow, rows));
    float[] numbers = new float[cols];
    for (int row = 0; row < rows; row++) {
      BlockCodec.of(source.type()).decode(stored, row * sourceBytes, numbers, 0, cols);
      try {
        BlockCodec.of(type).encode(numbers, 0, target, row * targetBytes, cols);
      } catch (IllegalArgumentException e) {
        throw new ModelFormatException(
            file(),
            offset(firstRow + row),
            "weights that %s can hold in row %d of tensor %s"
                .formatted(type, firstRow + row, name()),
            String.valueOf(e.getMessage()),
            e);
      }
    }
  }
}
