package dev.nomoat.quant;

import dev.nomoat.quant.packed.FactorForm;
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
      EnumSet.complementOf(
          EnumSet.of(
              TensorType.Q8_1,
              TensorType.Q8_K,
              TensorType.F64,
              TensorType.I8,
              TensorType.I16,
              TensorType.I32,
              TensorType.I64));

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
      case Q4_1, Q5_1, Q2_K, Q4_K, Q5_K -> true;
      default -> false;
    };
  }

  /** Where the F16 scale of a block stands; the minimum follows it. */
  static int scaleOffset(TensorType type) {
    return switch (type) {
      case Q2_K -> 80;
      case Q3_K -> 108;
      case Q6_K -> 208;
      case TQ1_0 -> 52;
      case TQ2_0 -> 64;
      default -> 0;
    };
  }

  /** Where the integers of a block that has minima begin. */
  static int quantOffset(TensorType type) {
    return type.blockElements() == 256 ? 16 : 4;
  }

  /** Where the sub-scales of a block begin, and where they end. */
  static int[] subScales(TensorType type) {
    return switch (type) {
      case Q2_K -> new int[] {0, 16};
      case Q3_K -> new int[] {96, 108};
      case Q4_K, Q5_K -> new int[] {4, 16};
      case Q6_K -> new int[] {192, 208};
      case IQ2_XS -> new int[] {66, 74};
      case IQ2_S -> new int[] {74, 82};
      case IQ3_S -> new int[] {106, 110};
      case IQ4_XS -> new int[] {2, 8};
      default -> new int[] {0, 0};
    };
  }

  /** Whether there are blocks with numbers that are not finite. */
  static boolean mayBeBroken(TensorType type) {
    return type != TensorType.NVFP4;
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
          setScale(type, bytes, at, value / (type == TensorType.IQ4_XS ? 3000 : 50));
          if (hasMinimum(type)) {
            setHalf(bytes, at + scaleOffset(type) + 2, random.nextFloat() / 5 - 0.1f);
          }
        }
      }
    }
    return bytes;
  }

  /** Sets the scale of a block, or one near it that its type has. */
  static void setScale(TensorType type, byte[] bytes, int at, float scale) {
    switch (type) {
      case MXFP4 -> {
        int exponent = Math.getExponent(scale) + 127;
        boolean extreme = Math.abs(scale) == 65504 || scale == 0;
        bytes[at] = (byte) (!extreme ? exponent : scale > 0 ? 252 : scale < 0 ? 230 : 0);
      }
      case NVFP4 -> {
        for (int i = 0; i < 4; i++) {
          int exponent = Math.clamp(Math.getExponent(scale) + 7, 0, 15);
          bytes[at + i] = (byte) (scale == 0 ? i : exponent << 3 | i);
        }
      }
      case IQ1_M -> {
        int half = Float.floatToFloat16(scale);
        for (int i = 0; i < 4; i++) {
          int high = at + 49 + 2 * i;
          bytes[high] = (byte) ((bytes[high] & 15) | (half >> (4 * i) & 15) << 4);
        }
      }
      default -> setHalf(bytes, at + scaleOffset(type), scale);
    }
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
    for (FactorForm form : FactorForm.values()) {
      activations.want(form);
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
