package dev.nomoat.model.source;

import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor as it lies in a GGUF file.
 *
 * @param gguf the open file; borrowed
 * @param tensor a tensor of it
 */
public record GgufStoredTensor(GgufFile gguf, GgufTensor tensor) implements SourceTensor {
  @Override
  public String name() {
    return tensor.name();
  }

  @Override
  public TensorType type() {
    return tensor.type();
  }

  @Override
  public List<Long> shape() {
    return tensor.shape();
  }

  @Override
  public Path file() {
    return gguf.files().get(tensor.part());
  }

  @Override
  public long offset(long row) {
    return tensor.offset() + row * type().rowBytes(cols());
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    gguf.read(tensor, firstRow * type().rowBytes(cols()), target);
  }
}
