package dev.nomoat.model.huggingface;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nomoat.file.safetensors.SafetensorsFile;
import dev.nomoat.file.safetensors.SafetensorsTensor;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * Microscaling FP4: two numbers in a byte, the first in its low half, and for each 32 numbers a
 * byte with their scale's exponent in a second tensor. Read as blocks of GGUF's MXFP4, which begin
 * with the exponent and have the numbers of the first half of a block in the low halves of bytes.
 */
final class Mxfp4Tensor implements SourceTensor {
  private static final int BLOCK = TensorType.MXFP4.blockElements();
  private static final int HALF = BLOCK / 2;

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
    return TensorType.MXFP4;
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
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    int codeBytes = Math.toIntExact(cols() / 2);
    int scaleBytes = Math.toIntExact(cols() / BLOCK);
    byte[] code = read(codes, firstRow, rows, codeBytes);
    byte[] exponent = read(scales, firstRow, rows, scaleBytes);
    byte[] block = new byte[type().blockBytes()];
    for (int b = 0; b < rows * scaleBytes; b++) {
      block[0] = exponent[b];
      for (int i = 0; i < HALF; i++) {
        block[1 + i] = (byte) (number(code, b, i) | number(code, b, i + HALF) << 4);
      }
      MemorySegment.copy(block, 0, target, JAVA_BYTE, (long) b * block.length, block.length);
    }
  }

  /** The 4 bits of a number of a block. */
  private static int number(byte[] code, int block, int i) {
    return (code[block * HALF + i / 2] >> (4 * (i % 2))) & 15;
  }

  private byte[] read(SafetensorsTensor tensor, long firstRow, int rows, int rowBytes)
      throws IOException {
    byte[] bytes = new byte[Math.multiplyExact(rows, rowBytes)];
    weights.read(tensor, firstRow * rowBytes, MemorySegment.ofArray(bytes));
    return bytes;
  }
}
