package dev.nomoat.model.huggingface;

import dev.nomoat.file.safetensors.SafetensorsFile;
import dev.nomoat.file.safetensors.SafetensorsTensor;
import dev.nomoat.model.source.Mxfp4;
import dev.nomoat.model.source.QuantizedRows;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * Microscaling FP4: two numbers in a byte, the first in its low half, and for each 32 numbers a
 * byte with their scale's exponent in a second tensor.
 */
final class Mxfp4Tensor extends QuantizedRows {
  private final String name;
  private final List<Long> shape;
  private final SafetensorsFile weights;
  private final SafetensorsTensor codes;
  private final SafetensorsTensor scales;

  /**
   * Puts both tensors together.
   *
   * @param name of the result
   * @param shape of the result, its last dimension a multiple of 32
   */
  Mxfp4Tensor(
      String name,
      List<Long> shape,
      SafetensorsFile weights,
      SafetensorsTensor codes,
      SafetensorsTensor scales) {
    this.name = name;
    this.shape = List.copyOf(shape);
    this.weights = weights;
    this.codes = codes;
    this.scales = scales;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public TensorType type() {
    return TensorType.Q5_0;
  }

  @Override
  public List<Long> shape() {
    return shape;
  }

  @Override
  public Path file() {
    return weights.files().get(codes.part());
  }

  @Override
  public long offset(long row) {
    return codes.offset() + row * cols() / 2;
  }

  @Override
  protected Rows open(long firstRow, int rows) throws IOException {
    int codeBytes = Math.toIntExact(cols() / 2);
    int scaleBytes = Math.toIntExact(cols() / BLOCK);
    byte[] code = read(codes, firstRow, rows, codeBytes);
    byte[] exponent = read(scales, firstRow, rows, scaleBytes);
    return (row, values, halfScales) -> {
      int at = Math.toIntExact(row - firstRow);
      for (int block = 0; block < scaleBytes; block++) {
        int any = 0;
        for (int i = 0; i < BLOCK / 2; i++) {
          int pair = code[at * codeBytes + block * BLOCK / 2 + i];
          values[block * BLOCK + 2 * i] = Mxfp4.doubled(pair);
          values[block * BLOCK + 2 * i + 1] = Mxfp4.doubled(pair >> 4);
          any |= pair & 0x77;
        }
        // the scale of nothing may be anything
        halfScales[block] = any == 0 ? 0 : Mxfp4.halfScale(exponent[at * scaleBytes + block]);
      }
    };
  }

  private byte[] read(SafetensorsTensor tensor, long firstRow, int rows, int rowBytes)
      throws IOException {
    byte[] bytes = new byte[Math.multiplyExact(rows, rowBytes)];
    weights.read(tensor, firstRow * rowBytes, MemorySegment.ofArray(bytes));
    return bytes;
  }
}
