package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import dev.nomoat.quant.format.Iq1Format;
import dev.nomoat.quant.format.Iq2Format;
import dev.nomoat.quant.format.Iq3Format;
import dev.nomoat.quant.format.KFormats;
import dev.nomoat.quant.format.LevelFormats;
import dev.nomoat.quant.format.TernaryFormats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * How the rows of one tensor type are interleaved: packing them, and reading columns back as
 * numbers.
 *
 * <p>Instances are immutable and safe for any number of threads.
 */
public abstract sealed class PackedLayout permits PlainLayout, ByteLayout, IntegerLayout {
  /** Rows that are interleaved. */
  public static final int GROUP = 64;

  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  /** Columns of activations that share a scale. */
  public static final int RUN = 32;

  private final TensorType type;
  private final int cols;

  PackedLayout(TensorType type, int cols) {
    this.type = type;
    this.cols = cols;
  }

  /**
   * The layout of a matrix.
   *
   * @param type type of the weights
   * @param cols columns, a multiple of the type's block
   * @return its layout, or empty when there are no products for this type
   */
  public static Optional<PackedLayout> of(TensorType type, int cols) {
    return switch (type) {
      case F32, F16, BF16 -> Optional.of(new PlainLayout(type, cols));
      case Q8_0 -> Optional.of(new ByteLayout(cols));
      case Q4_0, Q4_1, Q5_0, Q5_1 -> Optional.of(new BlockLayout(type, cols));
      case IQ4_NL -> Optional.of(new BlockLayout(cols));
      case MXFP4, NVFP4 -> Optional.of(new MicroscalingLayout(type, cols));
      case Q2_K -> Optional.of(new TwoBitLayout(cols));
      case Q4_K, Q5_K, Q6_K -> Optional.of(new SuperBlockLayout(type, cols));
      case Q3_K -> Optional.of(new RunScaleLayout(type, cols, 3, 16, 4, KFormats::readQ3_K));
      case TQ1_0 ->
          Optional.of(new RunScaleLayout(type, cols, 2, 32, 1, TernaryFormats::readTQ1_0));
      case TQ2_0 ->
          Optional.of(new RunScaleLayout(type, cols, 2, 32, 1, TernaryFormats::readTQ2_0));
      case IQ4_XS ->
          Optional.of(
              new RunScaleLayout(
                  type, cols, 4, 32, LevelFormats::readIQ4_XS, 1, LevelFormats.levels()));
      // 8 · n ± 1 - 8
      case IQ1_S -> Optional.of(new RunScaleLayout(type, cols, 2, 3, 9, true, Iq1Format.S));
      case IQ1_M -> Optional.of(new RunScaleLayout(type, cols, 2, 3, 9, true, Iq1Format.M));
      case IQ2_XXS -> Optional.of(new RunScaleLayout(type, cols, 3, Iq2Format.XXS));
      case IQ2_XS -> Optional.of(new RunScaleLayout(type, cols, 3, Iq2Format.XS));
      case IQ2_S -> Optional.of(new RunScaleLayout(type, cols, 3, Iq2Format.S));
      case IQ3_XXS -> Optional.of(new RunScaleLayout(type, cols, 4, Iq3Format.XXS));
      // 2 · n - 15
      case IQ3_S -> Optional.of(new RunScaleLayout(type, cols, 4, 1, 15, false, Iq3Format.S));
      case Q8_1, Q8_K, I8, I16, I32, I64, F64 -> Optional.empty();
    };
  }

  /**
   * The type of the weights.
   *
   * @return the tensor type
   */
  public final TensorType type() {
    return type;
  }

  /**
   * Columns of the matrix.
   *
   * @return columns
   */
  public final int cols() {
    return cols;
  }

  /**
   * Size of one group of rows.
   *
   * @return bytes
   */
  public abstract long groupBytes();

  /**
   * Where the columns of a group begin from some column on.
   *
   * @param column a multiple of 256
   * @return bytes from the start of the group
   */
  public abstract long offsetOf(int column);

  /**
   * Interleaves up to {@link #GROUP} rows; missing rows become zeros.
   *
   * @param source the rows as in a file, one after the other
   * @param rows how many rows the source holds, 1 to {@link #GROUP}
   * @param target packed memory
   * @param offset where the group begins in the packed memory, in bytes
   * @return the row of the first scale or weight that is not finite, or -1 when all are finite
   */
  public abstract int pack(byte[] source, int rows, MemorySegment target, long offset);

  /**
   * Reads columns of one group: {@code target[(k - from) · 64 + row] = w(row, k)}, the numbers that
   * {@link dev.nomoat.quant.BlockCodec} decodes. Other rows of the target are left alone.
   *
   * @param packed packed memory
   * @param offset where the group begins, in bytes
   * @param from first column, a multiple of the type's block or of 32 if that is less
   * @param to end column, likewise
   * @param firstRow first row in the group
   * @param endRow end row in the group, at most {@link #GROUP}
   * @param target receives the numbers; {@code (to - from) · 64} long or longer
   * @param scale scratch for two times 64 numbers
   * @param min likewise
   */
  public abstract void readWeights(
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int firstRow,
      int endRow,
      float[] target,
      float[] scale,
      float[] min);

  static boolean finiteHalf(short half) {
    return (half & 0x7c00) != 0x7c00;
  }
}
