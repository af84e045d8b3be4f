package dev.nomoat.model.huggingface;

import dev.nomoat.file.safetensors.SafetensorsFile;
import dev.nomoat.file.safetensors.SafetensorsTensor;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor as it lies in a safetensors file.
 *
 * @param weights the open file or set
 * @param tensor where it lies
 * @param type how its numbers are stored
 */
record StoredTensor(SafetensorsFile weights, SafetensorsTensor tensor, TensorType type)
    implements SourceTensor {
  @Override
  public String name() {
    return tensor.name();
  }

  @Override
  public List<Long> shape() {
    return tensor.shape().isEmpty() ? List.of(1L) : tensor.shape();
  }

  @Override
  public Path file() {
    return weights.files().get(tensor.part());
  }

  @Override
  public long offset(long row) {
    return tensor.offset() + row * type.rowBytes(cols());
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    weights.read(tensor, firstRow * type.rowBytes(cols()), target);
  }
}
