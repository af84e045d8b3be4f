package dev.nomoat.model.source;

import dev.nomoat.UnsupportedModelException;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A tensor that is stored in a form of its own and read, without loss, as blocks of 32 small
 * integers with a scale.
 */
public abstract class QuantizedRows implements SourceTensor {
  /** Numbers of a block. */
  protected static final int BLOCK = TensorType.Q4_0.blockElements();

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int FOUR_BIT_ZERO = 8;
  private static final int FIVE_BIT_ZERO = 16;

  /** Makes it. */
  protected QuantizedRows() {}

  /**
   * Integers of 4 or 5 bits.
   *
   * @return {@link TensorType#Q4_0} for −8 to 7, {@link TensorType#Q5_0} for −16 to 15
   */
  @Override
  public abstract TensorType type();

  /** Rows that are decoded together. */
  protected interface Rows {
    /**
     * Decodes a row.
     *
     * @param row the row in the tensor
     * @param values receives the integers, one for each column
     * @param scales receives what they are multiplied by, one for each block
     */
    void decode(long row, byte[] values, float[] scales);
  }

  /**
   * Reads the bytes of rows.
   *
   * @param firstRow the first of them
   * @param rows how many
   * @return decodes them
   * @throws IOException if reading fails
   */
  protected abstract Rows open(long firstRow, int rows) throws IOException;

  @Override
  public final void read(long firstRow, int rows, MemorySegment target) throws IOException {
    Rows open = open(firstRow, rows);
    int cols = Math.toIntExact(cols());
    byte[] values = new byte[cols];
    float[] scales = new float[cols / BLOCK];
    long at = 0;
    for (int row = 0; row < rows; row++) {
      open.decode(firstRow + row, values, scales);
      for (int block = 0; block < scales.length; block++) {
        target.set(SHORT, at, half(scales[block], firstRow + row));
        int from = block * BLOCK;
        if (type() == TensorType.Q4_0) {
          nibbles(values, from, FOUR_BIT_ZERO, target, at + 2);
        } else {
          nibbles(values, from, FIVE_BIT_ZERO, target, at + 6);
          target.set(INT, at + 2, fifthBits(values, from));
        }
        at += type().blockBytes();
      }
    }
  }

  private static void nibbles(byte[] values, int from, int zero, MemorySegment target, long at) {
    for (int i = 0; i < BLOCK / 2; i++) {
      int low = (values[from + i] + zero) & 15;
      int high = (values[from + BLOCK / 2 + i] + zero) & 15;
      target.set(ValueLayout.JAVA_BYTE, at + i, (byte) (low | high << 4));
    }
  }

  private static int fifthBits(byte[] values, int from) {
    int bits = 0;
    for (int i = 0; i < BLOCK; i++) {
      bits |= (values[from + i] + FIVE_BIT_ZERO) >> 4 << i;
    }
    return bits;
  }

  private short half(float scale, long row) {
    short half = Float.floatToFloat16(scale);
    if (Float.float16ToFloat(half) != scale) {
      throw new UnsupportedModelException(
          file(),
          offset(row),
          "a scale of %s, which F16 does not hold".formatted(scale),
          "tensor " + name());
    }
    return half;
  }
}
