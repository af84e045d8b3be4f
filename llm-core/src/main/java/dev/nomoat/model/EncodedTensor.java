package dev.nomoat.model;

import dev.nomoat.ModelFormatException;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A tensor that gets another number format while it is read.
 *
 * @param source where the numbers are
 * @param type what they become; there is an encoder
 * @param importance how much each column of each of its matrices counts, or nothing
 */
public record EncodedTensor(SourceTensor source, TensorType type, Optional<float[]> importance)
    implements SourceTensor {
  // what is larger is rounded to infinity
  private static final float LARGEST_HALF = 65_519.996f;
  private static final float LARGEST_BFLOAT = Float.intBitsToFloat(0x7f7f_7fff);

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
    BlockCodec decoder = BlockCodec.of(source.type());
    BlockCodec encoder = BlockCodec.of(type);
    float[] numbers = new float[cols];
    for (int row = 0; row < rows; row++) {
      decoder.decode(stored, row * sourceBytes, numbers, 0, cols);
      try {
        if (type.blockElements() == 1) {
          checkRange(numbers);
        }
        if (importance.isPresent()) {
          int matrix = Math.toIntExact((firstRow + row) / rowsOfMatrix());
          encoder.encode(
              numbers, 0, importance.get(), matrix * cols, target, row * targetBytes, cols);
        } else {
          encoder.encode(numbers, 0, target, row * targetBytes, cols);
        }
      } catch (IllegalArgumentException e) {
        throw new ModelFormatException(
            file(),
            offset(firstRow + row),
            "numbers that %s can hold in row %d of tensor %s"
                .formatted(type, firstRow + row, name()),
            String.valueOf(e.getMessage()),
            e);
      }
    }
  }

  private long rowsOfMatrix() {
    int dimensions = shape().size();
    return dimensions == 1 ? 1 : shape().get(dimensions - 2);
  }

  /** Refuses what would become infinite; encoders of blocks check for themselves. */
  private void checkRange(float[] numbers) {
    float largest =
        switch (type) {
          case F16 -> LARGEST_HALF;
          case BF16 -> LARGEST_BFLOAT;
          default -> Float.MAX_VALUE;
        };
    for (int i = 0; i < numbers.length; i++) {
      if (!(Math.abs(numbers[i]) <= largest)) {
        throw new IllegalArgumentException("element %d is %s".formatted(i, numbers[i]));
      }
    }
  }
}
