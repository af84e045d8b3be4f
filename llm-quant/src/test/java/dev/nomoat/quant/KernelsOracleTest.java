package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Scalar products against sums in double of the numbers that {@link BlockCodec} decodes. */
class KernelsOracleTest {
  private static final int RUN = 32;
  private static final int ROWS = 70;

  /** What the rounding of a row's subnormal numbers may add up to. */
  private static final double SUBNORMAL = 1000 * Float.MIN_VALUE;

  static Set<TensorType> types() {
    return TestWeights.TYPES;
  }

  static List<TensorType> eightBitTypes() {
    return types().stream()
        .filter(type -> !TestWeights.plain(type) && type != TensorType.Q8_0)
        .toList();
  }

  /** A product and what its error is measured by. */
  private record Exact(double product, double magnitude) {}

  @ParameterizedTest
  @MethodSource("types")
  void fullPrecisionIsAsExactAsFloatsAllow(TensorType type) {
    for (int cols : TestWeights.plain(type) ? new int[] {1, 7, 300} : new int[] {256, 768}) {
      Matrix matrix = TestWeights.randomMatrix(type, ROWS, cols, 11);
      PackedMatrix w = TestWeights.pack(matrix);
      float[] x = TestWeights.numbers(3 * cols, 12);
      Activations activations = TestWeights.activations(x, cols, 0, 3);
      float[] y = TestWeights.multiply(Kernels.scalar(), w, activations, false);
      for (int t = 0; t < 3; t++) {
        double[] token = token(x, cols, t);
        for (int row = 0; row < ROWS; row++) {
          Exact exact = exact(matrix, row, token);
          assertClose(y[t * w.paddedRows() + row], exact, 1e-6, w + " row " + row);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void fullPrecisionHoldsForExtremeWeights(TensorType type) {
    Matrix matrix = ExtremeNumbers.weights(type);
    PackedMatrix w = TestWeights.pack(matrix);
    float[] x = extremeTokens(w.cols());
    int tokens = x.length / w.cols();
    Activations activations = TestWeights.activations(x, w.cols(), 0, tokens);
    float[] y = TestWeights.multiply(Kernels.scalar(), w, activations, false);
    int compared = 0;
    for (int t = 0; t < tokens; t++) {
      double[] token = token(x, w.cols(), t);
      for (int row = 0; row < w.rows(); row++) {
        Exact exact = exact(matrix, row, token);
        if (exact.magnitude < Float.MAX_VALUE) {
          assertClose(y[t * w.paddedRows() + row], exact, 1e-5, w + " row " + row);
          compared++;
        }
      }
    }
    // the others overflow
    assertThat(compared).isGreaterThan(tokens * w.rows() / 5);
  }

  @ParameterizedTest
  @MethodSource("eightBitTypes")
  void eightBitProductsAreThoseOfTheRoundedActivations(TensorType type) {
    int cols = 768;
    Matrix matrix = TestWeights.randomMatrix(type, ROWS, cols, 13);
    float[] x = TestWeights.numbers(3 * cols, 14);
    checkEightBit(matrix, x, 1e-6);
    Matrix extreme = ExtremeNumbers.weights(type);
    checkEightBit(extreme, extremeTokens(extreme.cols()), 1e-5);
  }

  private static void checkEightBit(Matrix matrix, float[] x, double tolerance) {
    PackedMatrix w = TestWeights.pack(matrix);
    int cols = w.cols();
    int tokens = x.length / cols;
    Activations activations = TestWeights.activations(x, cols, 0, tokens);
    float[] y = TestWeights.multiply(Kernels.scalar(), w, activations, true);
    for (int t = 0; t < tokens; t++) {
      double[] token = token(x, cols, t);
      double[] rounded = new double[cols];
      double[] most = new double[cols];
      round(token, rounded, most);
      for (int row = 0; row < w.rows(); row++) {
        float actual = y[t * w.paddedRows() + row];
        Exact exact = exact(matrix, row, rounded);
        if (exact.magnitude > Float.MAX_VALUE) {
          continue;
        }
        String name = w + " row " + row + " token " + t;
        assertClose(actual, exact, tolerance, name);
        double bound = exact(matrix, row, most).magnitude + tolerance * exact.magnitude + SUBNORMAL;
        assertThat(Math.abs(actual - exact(matrix, row, token).product))
            .as("%s: distance to the product of the exact activations", name)
            .isLessThanOrEqualTo(bound);
      }
    }
  }

  /** Rounds to 8 bits; the error of each number is at most {@code most}. */
  private static void round(double[] x, double[] rounded, double[] most) {
    for (int run = 0; run < x.length; run += RUN) {
      double max = 0;
      for (int k = run; k < run + RUN; k++) {
        max = Math.max(max, Math.abs(x[k]));
      }
      float scale = (float) max / 127;
      float inverse = 127 / (float) max;
      for (int k = run; k < run + RUN; k++) {
        rounded[k] = max == 0 ? 0 : scale * Math.rint((float) x[k] * inverse);
        // the quotient is rounded before it is made an integer
        most[k] = scale * (0.5 + 127 * 0x1p-22);
      }
    }
  }

  /** Tokens of extreme numbers whose products with most weights stay finite. */
  private static float[] extremeTokens(int cols) {
    float[] x = ExtremeNumbers.activations(cols);
    float[] result = new float[x.length];
    int tokens = 0;
    for (int t = 0; t < x.length / cols; t++) {
      float[] token = Arrays.copyOfRange(x, t * cols, (t + 1) * cols);
      float max = 0;
      for (float v : token) {
        max = Math.max(max, Math.abs(v));
      }
      if (max == 0 || max == 1) {
        System.arraycopy(token, 0, result, tokens++ * cols, cols);
      }
    }
    assertThat(tokens).isEqualTo(9);
    return Arrays.copyOf(result, tokens * cols);
  }

  private static double[] token(float[] x, int cols, int token) {
    double[] result = new double[cols];
    for (int k = 0; k < cols; k++) {
      result[k] = x[token * cols + k];
    }
    return result;
  }

  /**
   * A row's product. A weight {@code scale · q + minimum} is as exact as the largest of its parts
   * and of what the minimum becomes where q is counted from the middle of its range, so the
   * magnitude is that of all.
   */
  private static Exact exact(Matrix matrix, int row, double[] x) {
    TensorType type = matrix.type();
    int cols = matrix.cols();
    byte[] bytes = new byte[Math.toIntExact(type.rowBytes(cols))];
    MemorySegment memory = MemorySegment.ofArray(bytes);
    memory.copyFrom(matrix.data().asSlice((long) row * bytes.length, bytes.length));
    float[] weights = new float[cols];
    float[] minima = new float[cols];
    float[] middles = new float[cols];
    BlockCodec codec = BlockCodec.of(type);
    codec.decode(memory, 0, weights, 0, cols);
    if (TestWeights.hasMinimum(type)) {
      decodeWith((byte) 0, type, bytes, minima);
      decodeWith((byte) (type == TensorType.Q2_K ? 0xaa : 0x88), type, bytes, middles);
    }
    double product = 0;
    double magnitude = 0;
    for (int k = 0; k < cols; k++) {
      product += weights[k] * x[k];
      magnitude +=
          (Math.abs((double) weights[k] - minima[k]) + Math.abs(minima[k]) + Math.abs(middles[k]))
              * Math.abs(x[k]);
    }
    return new Exact(product, magnitude);
  }

  /** What a row would be if all bytes of its integers were the same. */
  private static void decodeWith(byte quants, TensorType type, byte[] row, float[] weights) {
    for (int at = 0; at < row.length; at += type.blockBytes()) {
      // the scales of Q2_K stand behind them
      int end = at + (type == TensorType.Q2_K ? 80 : type.blockBytes());
      Arrays.fill(row, at + TestWeights.quantOffset(type), end, quants);
    }
    BlockCodec.of(type).decode(MemorySegment.ofArray(row), 0, weights, 0, weights.length);
  }

  private static void assertClose(float actual, Exact exact, double tolerance, String name) {
    assertThat(Math.abs(actual - exact.product))
        .as("%s: %s instead of %s", name, actual, exact.product)
        .isLessThanOrEqualTo(tolerance * exact.magnitude + SUBNORMAL);
  }
}
