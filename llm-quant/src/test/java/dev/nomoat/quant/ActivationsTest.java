package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The 8-bit form is seen through products with weights that pick single numbers or add runs. */
class ActivationsTest {
  private static final int RUN = 32;

  /** Weights of 1 on the diagonal: products are the activations themselves. */
  private static PackedMatrix identity(int cols) {
    int blocks = cols / RUN;
    byte[] bytes = new byte[Math.toIntExact(cols * TensorType.Q4_0.rowBytes(cols))];
    for (int row = 0; row < cols; row++) {
      for (int block = 0; block < blocks; block++) {
        int at = (row * blocks + block) * TensorType.Q4_0.blockBytes();
        TestWeights.setHalf(bytes, at, 1);
        // nibble 8 stands for 0, 9 for 1
        Arrays.fill(bytes, at + 2, at + 18, (byte) 0x88);
        if (row / RUN == block) {
          int k = row % RUN;
          bytes[at + 2 + k % 16] += (byte) (k < 16 ? 0x01 : 0x10);
        }
      }
    }
    return TestWeights.pack(TestWeights.matrix(TensorType.Q4_0, cols, cols, bytes));
  }

  /** What the 8-bit form stands for, shape [tokens, cols]. */
  private static float[] rounded(Activations x) {
    PackedMatrix w = identity(x.cols());
    float[] y = TestWeights.multiply(Kernels.scalar(), w, x, true);
    float[] result = new float[x.tokens() * x.cols()];
    for (int t = 0; t < x.tokens(); t++) {
      System.arraycopy(y, t * w.paddedRows(), result, t * x.cols(), x.cols());
    }
    return result;
  }

  private static float[] rounded(float... x) {
    return rounded(TestWeights.activations(x, x.length, 0, 1));
  }

  /** A run that begins with these numbers, and whose largest is 127, so that the scale is 1. */
  private static float[] run(float... first) {
    float[] x = Arrays.copyOf(first, RUN);
    x[RUN - 1] = 127;
    return x;
  }

  @Test
  void roundsToTheNearestIntegerAndTiesToEven() {
    float[] x =
        run(
            0.5f,
            1.5f,
            2.5f,
            -0.5f,
            -1.5f,
            -2.5f,
            63.5f,
            64.5f,
            -126.5f,
            0.49999997f,
            0.50000006f,
            1.4999999f,
            -0.49999997f,
            100,
            -127,
            0.3f,
            -99.6f);
    assertThat(rounded(x))
        .startsWith(0, 2, 2, 0, -2, -2, 64, 64, -126, 0, 1, 1, 0, 100, -127, 0, -100)
        .endsWith(0, 127);
  }

  @Test
  void everyRunHasItsOwnScale() {
    float[] x = TestWeights.numbers(4 * RUN, 1);
    float[] largest = {1000, -0.001f, 1e30f, -1e-30f};
    for (int run = 0; run < 4; run++) {
      for (int k = 0; k < RUN; k++) {
        x[run * RUN + k] *= Math.abs(largest[run]);
      }
      x[run * RUN + 5] = largest[run];
    }
    float[] rounded = rounded(x);
    for (int i = 0; i < x.length; i++) {
      double scale = Math.abs(largest[i / RUN]) / 127.0;
      assertThat((double) rounded[i]).isCloseTo(x[i], within(0.5001 * scale));
      double q = rounded[i] / scale;
      assertThat(q).isCloseTo(Math.rint(q), within(1e-4));
    }
    for (int run = 0; run < 4; run++) {
      float expected = 127 * (Math.abs(largest[run]) / 127);
      assertThat(rounded[run * RUN + 5]).isEqualTo(Math.copySign(expected, largest[run]));
    }
  }

  @Test
  void aRunOfZerosOrOfTinyNumbersIsZero() {
    assertThat(rounded(new float[RUN])).containsOnly(0f);
    float[] negative = new float[RUN];
    Arrays.fill(negative, -0f);
    assertThat(rounded(negative)).containsOnly(0f);
    float[] tiny = new float[RUN];
    Arrays.fill(tiny, Math.nextDown(0x1p-100f));
    assertThat(rounded(tiny)).containsOnly(0f);
    float[] small = new float[RUN];
    Arrays.fill(small, 0x1p-100f);
    assertThat(rounded(small)).containsOnly(127 * (0x1p-100f / 127));
    float[] huge = new float[RUN];
    Arrays.fill(huge, -1e38f);
    assertThat(rounded(huge)).containsOnly(-127 * (1e38f / 127));
  }

  @Test
  void minimaMultiplyTheSumOfARun() {
    // weights 0 · q + 1: the product is the sum of all activations
    byte[] bytes = new byte[2 * TensorType.Q4_1.blockBytes()];
    for (int at = 0; at < bytes.length; at += TensorType.Q4_1.blockBytes()) {
      TestWeights.setHalf(bytes, at + 2, 1);
    }
    PackedMatrix ones = TestWeights.pack(TestWeights.matrix(TensorType.Q4_1, 1, 2 * RUN, bytes));
    float[] x = Arrays.copyOf(run(10.4f, -3.6f, 20.5f), 2 * RUN);
    x[RUN] = 254;
    x[RUN + 1] = -3;
    Activations activations = TestWeights.activations(x, 2 * RUN, 0, 1);
    float[] eightBit = TestWeights.multiply(Kernels.scalar(), ones, activations, true);
    // the second run's scale is 2, and -1.5 becomes -2
    assertThat(eightBit[0]).isEqualTo(10 - 4 + 20 + 127 + 254 - 4);
    float[] full = TestWeights.multiply(Kernels.scalar(), ones, activations, false);
    assertThat(full[0]).isCloseTo(10.4f - 3.6f + 20.5f + 127 + 254 - 3, within(1e-4f));
  }

  @Test
  void theFullPrecisionFormIsLeftAsItWasWritten() {
    float[] x = TestWeights.numbers(3 * 64, 2);
    Activations activations = TestWeights.activations(x, 64, 0, 3);
    assertThat(Arrays.copyOf(activations.values(), x.length)).containsExactly(x);
  }

  @Test
  void theMemoryIsReusedForAnyShape() {
    Activations reused = new Activations();
    int[][] shapes = {{2, 64}, {5, 256}, {1, 32}, {9, 32}, {3, 64}, {1, 1024}, {5, 256}};
    for (int[] shape : shapes) {
      int tokens = shape[0];
      int cols = shape[1];
      float[] x = TestWeights.numbers(tokens * cols, tokens + cols);
      reused.reset(tokens, cols);
      assertThat(reused.tokens()).isEqualTo(tokens);
      assertThat(reused.cols()).isEqualTo(cols);
      assertThat(reused.values()).hasSizeGreaterThanOrEqualTo(tokens * cols);
      System.arraycopy(x, 0, reused.values(), 0, x.length);
      TestWeights.quantize(reused);
      Activations fresh = TestWeights.activations(x, cols, 0, tokens);
      PackedMatrix w = TestWeights.pack(TestWeights.randomMatrix(TensorType.Q5_1, 64, cols, cols));
      for (Kernels kernels : new Kernels[] {Kernels.scalar(), Kernels.best()}) {
        for (boolean eightBit : new boolean[] {false, true}) {
          assertThat(TestWeights.multiply(kernels, w, reused, eightBit))
              .containsExactly(TestWeights.multiply(kernels, w, fresh, eightBit));
        }
      }
    }
    assertThat(reused.values()).as("the largest shape's").hasSize(5 * 256);
  }

  @Test
  void tokensMayBeQuantizedInAnyOrderByAnyThread() throws Exception {
    int tokens = 16;
    int cols = 128;
    float[] x = TestWeights.numbers(tokens * cols, 3);
    Activations activations = new Activations();
    activations.reset(tokens, cols);
    System.arraycopy(x, 0, activations.values(), 0, x.length);
    activations.reserveEightBit(1);
    activations.want(identity(cols));
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Future<?>[] quantized = new Future<?>[tokens];
      for (int i = tokens - 1; i >= 0; i--) {
        int token = i;
        quantized[i] = threads.submit(() -> activations.quantize(token));
      }
      for (Future<?> future : quantized) {
        future.get();
      }
    }
    assertThat(rounded(activations))
        .containsExactly(rounded(TestWeights.activations(x, cols, 0, tokens)));
  }

  @Test
  void aSecondLevelHoldsWhatTheFirstLeaves() {
    int cols = 96;
    float[] x = TestWeights.numbers(5 * cols, 4);
    x[3] = 1e6f;
    Arrays.fill(x, 32, 64, 0);
    PackedMatrix w = identity(cols);
    for (Kernels kernels : List.of(Kernels.scalar(), Kernels.best())) {
      for (int tokens = 1; tokens <= 5; tokens++) {
        Activations fine = new Activations();
        fine.reset(tokens, cols);
        System.arraycopy(x, 0, fine.values(), 0, tokens * cols);
        fine.reserveEightBit(2);
        fine.want(w);
        for (int t = 0; t < tokens; t++) {
          fine.quantize(t);
        }
        float[] y = TestWeights.multiply(kernels, w, fine, true);
        for (int i = 0; i < tokens * cols; i++) {
          float max = 0;
          for (int k = i / RUN * RUN; k < i / RUN * RUN + RUN; k++) {
            max = Math.max(max, Math.abs(x[k]));
          }
          float actual = y[i / cols * w.paddedRows() + i % cols];
          assertThat(actual).isCloseTo(x[i], within(max / 127 / 254 * 0.51f));
        }
      }
    }
  }

  @Test
  void refusesShapesOutOfRange() {
    Activations activations = new Activations();
    for (int[] shape : new int[][] {{0, 32}, {-1, 32}, {1, 0}, {1, -32}, {1 << 16, 1 << 14}}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> activations.reset(shape[0], shape[1]))
          .withMessage("shape [%d, %d] is out of range", shape[0], shape[1]);
    }
    activations.reset(2, 33);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> activations.reserveEightBit(1))
        .withMessage("8-bit activations need a multiple of 32 columns, not 33");
    for (int levels : new int[] {0, 3}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> activations.reserveEightBit(levels))
          .withMessage("levels must be 1 or 2, not " + levels);
    }
    for (int token : new int[] {-1, 2}) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> activations.quantize(token));
    }
  }
}
