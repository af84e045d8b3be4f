package dev.nomoat.quant;

import java.util.Arrays;
import java.util.Random;

/** Weights and activations at the ends of their ranges. */
final class ExtremeNumbers {
  private static final int COLS = 256;
  private static final int[] QUANTS = {0x00, 0xff, 0x0f, 0xf0, 0x55, 0xaa, 0x7f, 0x80, -1};
  private static final int[] SUB_SCALES = {0xff, 0x7f, 0x80};

  /** Columns after which the sign of activations changes; the last one stands for never. */
  private static final int[] PERIODS = {1, 2, 4, 16, COLS};

  private static final float[] SCALES = {1, -1, 65504, -65504, 0x1p-24f, -0x1p-24f, 0, -0f};

  private ExtremeNumbers() {}

  /**
   * A matrix whose rows are all combinations of extreme integers, sub-scales and scales, with the
   * minima the other way round.
   */
  static Matrix weights(TensorType type) {
    int[] subScales = type.blockElements() == COLS ? SUB_SCALES : new int[1];
    int rows = QUANTS.length * subScales.length * SCALES.length;
    byte[] bytes = TestWeights.random(type, rows, COLS, 1);
    int rowBytes = Math.toIntExact(type.rowBytes(COLS));
    for (int row = 0; row < rows; row++) {
      int combination = row;
      int quant = QUANTS[combination % QUANTS.length];
      combination /= QUANTS.length;
      int subScale = subScales[combination % subScales.length];
      combination /= subScales.length;
      float scale = SCALES[combination];
      float minimum = SCALES[(row * 7 + 3) % SCALES.length];
      if (TestWeights.plain(type)) {
        plain(type, bytes, row * rowBytes, (row + 1) * rowBytes, row);
      } else {
        for (int at = row * rowBytes; at < (row + 1) * rowBytes; at += type.blockBytes()) {
          block(type, bytes, at, quant, subScale, scale, minimum);
        }
      }
    }
    return TestWeights.matrix(type, rows, COLS, bytes);
  }

  private static void block(
      TensorType type, byte[] bytes, int at, int quant, int subScale, float scale, float min) {
    // −1 stands for random integers
    if (quant >= 0) {
      Arrays.fill(bytes, at, at + type.blockBytes(), (byte) quant);
    }
    int[] subScales = TestWeights.subScales(type);
    Arrays.fill(bytes, at + subScales[0], at + subScales[1], (byte) subScale);
    TestWeights.setScale(type, bytes, at, scale);
    if (TestWeights.hasMinimum(type)) {
      TestWeights.setHalf(bytes, at + TestWeights.scaleOffset(type) + 2, min);
    }
  }

  /** Largest, smallest, subnormal and zero numbers of the type, in some rows mixed. */
  private static void plain(TensorType type, byte[] bytes, int from, int to, int row) {
    int[] patterns =
        switch (type) {
          case F32 -> new int[] {0x7f7fffff, 0x00800000, 1, 0, 0x3f800000, 0x007fffff};
          case F16 -> new int[] {0x7bff, 0x0400, 1, 0, 0x3c00, 0x03ff};
          default -> new int[] {0x7f7f, 0x0080, 1, 0, 0x3f80, 0x007f};
        };
    Random random = new Random(row);
    int size = type.blockBytes();
    for (int at = from; at < to; at += size) {
      int pattern = patterns[row < 12 ? row / 2 : random.nextInt(patterns.length)];
      boolean negative = row < 12 ? row % 2 == 0 : random.nextBoolean();
      for (int i = 0; i < size; i++) {
        bytes[at + i] = (byte) (pattern >>> (8 * i));
      }
      bytes[at + size - 1] |= (byte) (negative ? 0x80 : 0);
    }
  }

  /** Tokens: constant, alternating, zero, subnormal, huge, mixed. */
  static float[] activations(int cols) {
    float[] magnitudes = {1, 0x1p-100f, Math.nextDown(0x1p-100f), 1e-40f, Float.MIN_VALUE, 1e30f};
    int constant = PERIODS.length + 2 * (magnitudes.length - 1);
    float[] x = new float[(constant + 7) * cols];
    int token = 0;
    for (float magnitude : magnitudes) {
      for (int period : magnitude == 1 ? PERIODS : new int[] {1, cols}) {
        for (int k = 0; k < cols; k++) {
          x[token * cols + k] = k / period % 2 == 0 ? -magnitude : magnitude;
        }
        token++;
      }
    }
    Random random = new Random(2);
    for (int k = 0; k < cols; k++) {
      int at = constant * cols + k;
      x[at] = 0;
      x[at + cols] = -0f;
      x[at + 2 * cols] = k == 77 ? 1e30f : 1e-30f;
      x[at + 6 * cols] = 1;
      x[at + 3 * cols] = random.nextBoolean() ? 1 : -1;
      x[at + 4 * cols] = (2 * random.nextFloat() - 1) * 1e30f;
      x[at + 5 * cols] = random.nextFloat() * (k % 64 < 32 ? 1e-39f : 100);
    }
    return x;
  }
}
