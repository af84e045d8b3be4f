package dev.nomoat.convert;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Optional;

/**
 * A tensor in the number format that it gets in a new file. Chunks of rows are read and encoded by
 * several threads and written in their order.
 */
final class TensorEncoder implements GgufWriter.TensorSource {
  /** Numbers that are encoded at once, in rows. */
  private static final int CHUNK = 1 << 16;

  // what is larger is rounded to infinity
  private static final float LARGEST_HALF = 65_519.996f;
  private static final float LARGEST_BFLOAT = Float.intBitsToFloat(0x7f7f_7fff);

  private final SourceTensor source;
  private final TensorType type;
  private final Optional<float[]> importance;
  private final int cols;
  private final long rowsOfMatrix;
  private final EncoderTeam team;

  /**
   * Prepares a tensor.
   *
   * @param source where its numbers are
   * @param type what they become
   * @param importance of each matrix and column, or none
   * @param team who encodes
   */
  TensorEncoder(
      SourceTensor source, TensorType type, Optional<float[]> importance, EncoderTeam team) {
    this.source = source;
    this.type = type;
    this.importance = importance;
    this.team = team;
    cols = Math.toIntExact(source.cols());
    int dimensions = source.shape().size();
    rowsOfMatrix = dimensions == 1 ? 1 : source.shape().get(dimensions - 2);
  }

  @Override
  public void writeTo(WritableByteChannel out) throws IOException {
    int step = Math.max(1, CHUNK / cols);
    long rows = source.rows();
    long bytes = source.type().rowBytes(cols);
    team.run(
        Math.ceilDiv(rows, step),
        chunk -> {
          long first = chunk * step;
          return encode(first, (int) Math.min(step, rows - first));
        },
        (chunk, encoded) -> {
          out.write(ByteBuffer.wrap(encoded));
          team.progress(Math.min(step, rows - chunk * step) * bytes);
        });
  }

  private byte[] encode(long first, int rows) {
    byte[] stored = bytes(first, rows);
    if (source.type() == type) {
      return stored;
    }
    MemorySegment from = MemorySegment.ofArray(stored);
    long rowBytes = type.rowBytes(cols);
    byte[] encoded = new byte[Math.toIntExact(rows * rowBytes)];
    MemorySegment to = MemorySegment.ofArray(encoded);
    float[] numbers = new float[cols];
    BlockCodec decoder = BlockCodec.of(source.type());
    BlockCodec encoder = BlockCodec.of(type);
    for (int i = 0; i < rows; i++) {
      decoder.decode(from, i * source.type().rowBytes(cols), numbers, 0, cols);
      try {
        if (type.blockElements() == 1) {
          checkRange(numbers);
        }
        if (importance.isPresent()) {
          int matrix = Math.toIntExact((first + i) / rowsOfMatrix);
          encoder.encode(numbers, 0, importance.get(), matrix * cols, to, i * rowBytes, cols);
        } else {
          encoder.encode(numbers, 0, to, i * rowBytes, cols);
        }
      } catch (IllegalArgumentException e) {
        throw new ModelFormatException(
            source.file(),
            source.offset(first + i),
            "numbers that %s can hold in row %d of tensor %s"
                .formatted(type, first + i, source.name()),
            String.valueOf(e.getMessage()),
            e);
      }
    }
    return encoded;
  }

  private byte[] bytes(long first, int rows) {
    try {
      return source.bytes(first, rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
