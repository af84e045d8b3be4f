package dev.nomoat.convert;

import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.model.EncodedTensor;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
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

  private final SourceTensor source;
  private final SourceTensor tensor;
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
    this.team = team;
    tensor = source.type() == type ? source : new EncodedTensor(source, type, importance);
  }

  @Override
  public void writeTo(WritableByteChannel out) throws IOException {
    int step = (int) Math.max(1, CHUNK / source.cols());
    long rows = source.rows();
    long bytes = source.type().rowBytes(source.cols());
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
    try {
      return tensor.bytes(first, rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
