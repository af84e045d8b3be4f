package dev.nomoat.model.source;

import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Microscaling FP4 of a GGUF file: blocks of a byte with the scale's exponent and 16 bytes, each
 * with a number of the first half of the block in its low half and one of the second in its high
 * half.
 */
final class GgufMxfp4Tensor extends QuantizedRows {
  private final SourceTensor stored;

  GgufMxfp4Tensor(SourceTensor stored) {
    this.stored = stored;
  }

  @Override
  public String name() {
    return stored.name();
  }

  @Override
  public TensorType type() {
    return TensorType.Q5_0;
  }

  @Override
  public List<Long> shape() {
    return stored.shape();
  }

  @Override
  public Path file() {
    return stored.file();
  }

  @Override
  public long offset(long row) {
    return stored.offset(row);
  }

  @Override
  protected Rows open(long firstRow, int rows) throws IOException {
    int rowBytes = Math.toIntExact(stored.type().rowBytes(cols()));
    byte[] bytes = stored.bytes(firstRow, rows);
    return (row, values, halfScales) -> {
      int at = Math.toIntExact(row - firstRow) * rowBytes;
      for (int block = 0; block < halfScales.length; block++) {
        int any = 0;
        int to = block * BLOCK;
        for (int i = 0; i < BLOCK / 2; i++) {
          int pair = bytes[at + 1 + i];
          values[to + i] = Mxfp4.doubled(pair);
          values[to + BLOCK / 2 + i] = Mxfp4.doubled(pair >> 4);
          any |= pair & 0x77;
        }
        // the scale of nothing may be anything
        halfScales[block] = any == 0 ? 0 : Mxfp4.halfScale(bytes[at]);
        at += 1 + BLOCK / 2;
      }
    };
  }
}
