package dev.nomoat.model.huggingface;

import dev.nomoat.file.safetensors.SafetensorsFile;
import dev.nomoat.file.safetensors.SafetensorsTensor;
import dev.nomoat.file.safetensors.SafetensorsType;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * A matrix of 8-bit floats with a scale for each tile of it, read as BF16: the products of numbers
 * and scales, rounded to nearest, as transformers does where there is no FP8 hardware.
 *
 * @param name its name
 * @param weights the open file or set
 * @param numbers the 8-bit floats, shape [rows, cols]
 * @param scales one number for each tile
 * @param tileRows rows of a tile
 * @param tileCols columns of a tile
 */
record Fp8Tensor(
    String name,
    SafetensorsFile weights,
    SafetensorsTensor numbers,
    SourceTensor scales,
    long tileRows,
    long tileCols)
    implements SourceTensor {
  private static final BlockCodec BF16 = BlockCodec.of(TensorType.BF16);

  @Override
  public TensorType type() {
    return TensorType.BF16;
  }

  @Override
  public List<Long> shape() {
    return numbers.shape();
  }

  @Override
  public Path file() {
    return weights.files().get(numbers.part());
  }

  @Override
  public long offset(long row) {
    return numbers.offset() + row * cols();
  }

  @Override
  public void read(long firstRow, int rows, MemorySegment target) throws IOException {
    int cols = Math.toIntExact(cols());
    int tilesInRow = Math.toIntExact(Math.ceilDiv(cols, tileCols));
    byte[] codes = new byte[Math.multiplyExact(rows, cols)];
    weights.read(numbers, firstRow * cols, MemorySegment.ofArray(codes));
    long firstTileRow = firstRow / tileRows;
    int scaleRows = Math.toIntExact((firstRow + rows - 1) / tileRows - firstTileRow + 1);
    float[] own = scales.numbers(firstTileRow, scaleRows);
    float[] row = new float[cols];
    for (int r = 0; r < rows; r++) {
      int firstTile = Math.toIntExact((firstRow + r) / tileRows - firstTileRow) * tilesInRow;
      for (int c = 0; c < cols; c++) {
        row[c] = decode(codes[r * cols + c]) * own[firstTile + (int) (c / tileCols)];
      }
      BF16.encode(row, 0, target, r * TensorType.BF16.rowBytes(cols), cols);
    }
  }

  private float decode(byte code) {
    return numbers.type() == SafetensorsType.F8_E4M3 ? e4m3(code) : e5m2(code);
  }

  /** Source: OCP 8-bit floating point specification, section 5. */
  static float e4m3(byte code) {
    int exponent = code >> 3 & 15;
    int fraction = code & 7;
    float size =
        (code & 0x7f) == 0x7f
            ? Float.NaN
            : exponent == 0
                ? Math.scalb((float) fraction, -9)
                : Math.scalb(8f + fraction, exponent - 10);
    return code < 0 ? -size : size;
  }

  /** The upper half of a binary16. */
  static float e5m2(byte code) {
    return Float.float16ToFloat((short) (code << 8));
  }
}
