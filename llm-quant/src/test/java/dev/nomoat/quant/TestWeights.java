package dev.nomoat.quant;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;

/** Weights and activations to test products with, in the layout of a file. */
final class TestWeights {
  /** Every type that can be multiplied. */
  static final Set<TensorType> TYPES =
      EnumSet.of(
          TensorType.F32,
          TensorType.F16,
          TensorType.BF16,
          TensorType.Q8_0,
          TensorType.Q4_0,
          TensorType.Q4_1,
          TensorType.Q5_0,
          TensorType.Q5_1,
          TensorType.Q4_K,
          TensorType.Q5_K,
          TensorType.Q6_K);

  /** Memory that is full of garbage when it is new. */
  static final SegmentAllocator DIRTY =
      (bytes, align) -> Arena.ofAuto().allocate(bytes, align).fill((byte) 0xff);

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private TestWeights() {}

  static boolean plain(TensorType type) {
    return type.blockElements() == 1;
  }

  static boolean hasMinimum(TensorType type) {
    return switch (type) {
      case Q4_1, Q5_1, Q4_K, Q5_K -> true;
      default -> false;
    };
  }

  /** Where the F16 scale of a block stands; the minimum follows it. */
  static int scaleOffset(TensorType type) {
    return type == TensorType.Q6_K ? 208 : 0;
  }

  /** Where the integers of a block begin; before them stand scales and minima. */
  static int quantOffset(TensorType type) {
    return switch (type) {
      case Q4_K, Q5_K -> 16;
      case Q6_K -> 0;
      default -> hasMinimum(type) ? 4 : 2;
    };
  }

  /** Numbers around 1, or blocks of random integers with scales that make them so. */
  static byte[] random(TensorType type, int rows, int cols, long seed) {
    byte[] bytes = new byte[Math.toIntExact(rows * type.rowBytes(cols))];
    Random random = new Random(seed);
    random.nextBytes(bytes);
    MemorySegment memory = MemorySegment.ofArray(bytes);
    for (int at = 0; at < bytes.length; at += type.blockBytes()) {
      float value = 2 * random.nextFloat() - 1;
      switch (type) {
        case F32 -> memory.set(INT, at, Float.floatToRawIntBits(value));
        case F16 -> memory.set(SHORT, at, Float.floatToFloat16(value));
        case BF16 -> memory.set(SHORT, at, (short) (Float.floatToRawIntBits(value) >>> 16));
        default -> {
          setHalf(bytes, at + scaleOffset(type), value / 50);
          if (hasMinimum(type)) {
            setHalf(bytes, at + scaleOffset(type) + 2, random.nextFloat() / 5 - 0.1f);
          }
        }
      }
    }
    return bytes;
  }

  static void setHalf(byte[] bytes, int at, float value) {
    MemorySegment.ofArray(bytes).set(SHORT, at, Float.floatToFloat16(value));
  }

  static Matrix matrix(TensorType type, int rows, int cols, byte[] bytes) {
    return new Matrix(type, rows, cols, MemorySegment.ofArray(bytes));
  }

  static Matrix randomMatrix(TensorType type, int rows, int cols, long seed) {
    return matrix(type, rows, cols, random(type, rows, cols, seed));
  }

  /** The rows of one group. */
  static Matrix group(Matrix matrix, int group) {
    int first = group * PackedMatrix.GROUP;
    int rows = Math.min(PackedMatrix.GROUP, matrix.rows() - first);
    long rowBytes = matrix.type().rowBytes(matrix.cols());
    return new Matrix(
        matrix.type(),
        rows,
        matrix.cols(),
        matrix.data().asSlice(first * rowBytes, rows * rowBytes));
  }

  /** Packs into dirty memory. */
  static PackedMatrix pack(Matrix matrix) {
    PackedMatrix packed = PackedMatrix.allocate(matrix.type(), matrix.rows(), matrix.cols(), DIRTY);
    for (int group = 0; group < packed.groups(); group++) {
      int bad = packed.pack(group, group(matrix, group));
      if (bad >= 0) {
        throw new IllegalStateException("row " + bad + " is not finite");
      }
    }
    return packed;
  }

  /** Numbers between −1 and 1. */
  static float[] numbers(int count, long seed) {
    Random random = new Random(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = 2 * random.nextFloat() - 1;
    }
    return numbers;
  }

  /** Activations of some consecutive tokens of a larger array, in every form that there is. */
  static Activations activations(float[] x, int cols, int firstToken, int tokens) {
    Activations activations = new Activations();
    activations.reset(tokens, cols);
    System.arraycopy(x, firstToken * cols, activations.values(), 0, tokens * cols);
    if (cols % 32 == 0) {
      quantize(activations);
    }
    return activations;
  }

  /** Makes the 8-bit form of all tokens. */
  static void quantize(Activations activations) {
    activations.reserveEightBit(1);
    for (int bits = 4; bits <= 6; bits++) {
      activations.want(bits);
    }
    for (int t = 0; t < activations.tokens(); t++) {
      activations.quantize(t);
    }
  }

  /** All products, shape [tokens, padded rows]; the output is dirty before. */
  static float[] multiply(Kernels kernels, PackedMatrix w, Activations x, boolean eightBit) {
    float[] y = new float[x.tokens() * w.paddedRows()];
    Arrays.fill(y, Float.NaN);
    kernels.multiply(w, 0, w.groups(), x, eightBit, y, w.paddedRows(), new Workspace());
    return y;
  }
}
