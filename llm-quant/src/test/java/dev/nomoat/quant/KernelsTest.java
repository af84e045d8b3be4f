package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.quant.packed.FactorForm;
import dev.nomoat.quant.packed.IntegerLayout;
import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.simd.InnerLoops;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The best kernels against the scalar ones: the same bits, whatever the shape and the batch. */
@Tag("widths")
class KernelsTest {
  private static final int TOKENS = 9;
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int[] ROWS = {1, 5, 63, 64, 65, 130};

  static Set<TensorType> types() {
    return TestWeights.TYPES;
  }

  /** Column counts: for plain types around multiples of any lane count and of a panel. */
  private static int[] cols(TensorType type) {
    return switch (type.blockElements()) {
      case 1 ->
          IntStream.concat(IntStream.rangeClosed(1, 49), IntStream.of(255, 256, 257, 300, 512))
              .toArray();
      case 32 -> new int[] {32, 64, 96, 256, 288, 512, 544};
      case 64 -> new int[] {64, 128, 192, 256, 320, 512, 576};
      default -> new int[] {256, 512, 768};
    };
  }

  /** One of them, more than a panel. */
  private static int someCols(TensorType type) {
    return switch (type.blockElements()) {
      case 1 -> 300;
      case 32 -> 288;
      case 64 -> 320;
      default -> 512;
    };
  }

  private static List<Boolean> forms(PackedMatrix w) {
    return w.quantizesActivations() ? List.of(false, true) : List.of(false);
  }

  @Test
  void theWidthIsTheOneThatWasAskedFor() {
    String flag = "-XX:MaxVectorSize=";
    int bits =
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> argument.startsWith(flag))
            .mapToInt(argument -> 8 * Integer.parseInt(argument.substring(flag.length())))
            .findFirst()
            .orElse(0);
    String description = Kernels.best().description();
    if (bits == 0) {
      assertThat(description).matches("vector, (128|256|512) bits");
    } else {
      assertThat(description).isEqualTo("vector, %d bits", bits);
    }
    assertThat(Kernels.scalar().description()).isEqualTo("scalar");
  }

  @ParameterizedTest
  @MethodSource("types")
  void productsAreThoseOfScalarCodeForEveryShape(TensorType type) {
    for (int cols : cols(type)) {
      float[] x = TestWeights.numbers(TOKENS * cols, cols);
      for (int rows : cols == someCols(type) ? ROWS : new int[] {65}) {
        PackedMatrix w = TestWeights.pack(TestWeights.randomMatrix(type, rows, cols, rows));
        for (boolean eightBit : forms(w)) {
          float[] expected = scalar(w, x, eightBit);
          for (int tokens = 1; tokens <= TOKENS; tokens++) {
            float[] actual = best(w, x, 0, tokens, eightBit);
            assertSame(
                actual,
                Arrays.copyOf(expected, actual.length),
                "%s, %d tokens, 8-bit %b".formatted(w, tokens, eightBit));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void productsOfManyTokensAreThoseOfScalarCode(TensorType type) {
    int cols = someCols(type);
    PackedMatrix w = TestWeights.pack(TestWeights.randomMatrix(type, 65, cols, 5));
    for (int tokens : new int[] {FactorForm.MOST_ROWS, FactorForm.MOST_ROWS + 2}) {
      float[] x = TestWeights.numbers(tokens * cols, cols);
      for (boolean eightBit : forms(w)) {
        float[] actual = best(w, x, 0, tokens, eightBit);
        assertSame(
            actual,
            scalar(w, x, eightBit),
            "%s, %d tokens, 8-bit %b".formatted(w, tokens, eightBit));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void aTokenHasTheSameProductsAnywhereInAnyBatch(TensorType type) {
    int cols = someCols(type);
    PackedMatrix w = TestWeights.pack(TestWeights.randomMatrix(type, 65, cols, 3));
    float[] x = TestWeights.numbers(TOKENS * cols, 4);
    for (boolean eightBit : forms(w)) {
      float[] expected = new float[TOKENS * w.paddedRows()];
      for (int t = 0; t < TOKENS; t++) {
        Activations alone = TestWeights.activations(x, cols, t, 1);
        float[] y = TestWeights.multiply(Kernels.scalar(), w, alone, eightBit);
        System.arraycopy(y, 0, expected, t * w.paddedRows(), y.length);
      }
      assertSame(scalar(w, x, eightBit), expected, "scalar, all");
      for (int first = 0; first < TOKENS; first++) {
        for (int tokens = 1; tokens <= TOKENS - first; tokens++) {
          int from = first * w.paddedRows();
          float[] actual = best(w, x, first, tokens, eightBit);
          assertSame(
              actual,
              Arrays.copyOfRange(expected, from, from + actual.length),
              "%s, tokens %d + %d, 8-bit %b".formatted(w, first, tokens, eightBit));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void someOfTheTokensAreMultipliedAlone(TensorType type) {
    someOfTheTokensAreMultipliedAlone(type, false);
    someOfTheTokensAreMultipliedAlone(type, true);
  }

  private static void someOfTheTokensAreMultipliedAlone(TensorType type, boolean few) {
    int cols = someCols(type);
    int count = 8; // whole tiles, so that nothing is behind the last one
    PackedMatrix w = TestWeights.pack(TestWeights.randomMatrix(type, 65, cols, 3));
    Activations x = new Activations();
    x.reset(count, cols);
    System.arraycopy(TestWeights.numbers(count * cols, 4), 0, x.values(), 0, count * cols);
    if (w.quantizesActivations()) {
      x.reserveEightBit(1, few);
      x.want(w);
      for (int t = 0; t < count; t++) {
        x.quantize(t);
      }
    }
    int stride = w.paddedRows();
    Workspace workspace = new Workspace();
    for (boolean eightBit : forms(w)) {
      float[] all = TestWeights.multiply(Kernels.scalar(), w, x, eightBit);
      for (Kernels kernels : List.of(Kernels.scalar(), Kernels.best())) {
        for (int first = 0; first < count; first++) {
          for (int tokens = 1; tokens <= count - first; tokens++) {
            float[] y = new float[count * stride];
            kernels.multiply(w, 0, w.groups(), x, first, tokens, eightBit, y, stride, workspace);
            float[] expected = new float[count * stride];
            System.arraycopy(all, first * stride, expected, first * stride, tokens * stride);
            assertSame(y, expected, "%s, tokens %d + %d".formatted(w, first, tokens));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void groupsMayBeSharedOutInAnyWayAndOthersAreLeftAlone(TensorType type) {
    int cols = 256;
    int tokens = 5;
    PackedMatrix w = TestWeights.pack(TestWeights.randomMatrix(type, 130, cols, 5));
    Activations x = TestWeights.activations(TestWeights.numbers(tokens * cols, 6), cols, 0, tokens);
    int stride = w.paddedRows() + 7;
    Workspace workspace = new Workspace();
    for (boolean eightBit : forms(w)) {
      float[] expected = TestWeights.multiply(Kernels.scalar(), w, x, eightBit);
      for (int from = 0; from <= w.groups(); from++) {
        for (int to = from; to <= w.groups(); to++) {
          float[] y = new float[tokens * stride];
          Arrays.fill(y, 42);
          Kernels.best().multiply(w, from, to, x, eightBit, y, stride, workspace);
          for (int t = 0; t < tokens; t++) {
            for (int row = 0; row < stride; row++) {
              boolean computed = row >= from * PackedMatrix.GROUP && row < to * PackedMatrix.GROUP;
              float value = computed ? expected[t * w.paddedRows() + row] : 42;
              assertThat(Float.floatToRawIntBits(y[t * stride + row]))
                  .as("%s, groups %d to %d, token %d, row %d", w, from, to, t, row)
                  .isEqualTo(Float.floatToRawIntBits(value));
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void rowsBeyondTheMatrixAreZero(TensorType type) {
    for (int tokens : new int[] {1, 2, 4, 7}) {
      int cols = 256;
      PackedMatrix w = TestWeights.pack(TestWeights.randomMatrix(type, 69, cols, 7));
      Activations x =
          TestWeights.activations(TestWeights.numbers(tokens * cols, 8), cols, 0, tokens);
      for (boolean eightBit : forms(w)) {
        for (Kernels kernels : List.of(Kernels.best(), Kernels.scalar())) {
          float[] y = TestWeights.multiply(kernels, w, x, eightBit);
          for (int t = 0; t < tokens; t++) {
            int end = (t + 1) * w.paddedRows();
            assertThat(Arrays.copyOfRange(y, end - 59, end)).containsOnly(0f);
            assertThat(y[end - 60]).isNotZero();
          }
        }
      }
    }
  }

  @Test
  void scratchMayHoldWhatOtherProductsLeft() {
    Workspace used = new Workspace();
    Random random = new Random(9);
    List<TensorType> types = List.copyOf(TestWeights.TYPES);
    for (int i = 0; i < 60; i++) {
      TensorType type = types.get(random.nextInt(types.size()));
      int cols = random.nextBoolean() ? 256 : 768;
      int tokens = 1 + random.nextInt(6);
      PackedMatrix w = TestWeights.pack(TestWeights.randomMatrix(type, 40, cols, i));
      float[] numbers = TestWeights.numbers(tokens * cols, i);
      // some products are not finite, and must leave nothing of that behind
      numbers[random.nextInt(numbers.length)] = i % 3 == 0 ? Float.POSITIVE_INFINITY : 1;
      Activations x = TestWeights.activations(numbers, cols, 0, tokens);
      boolean eightBit = w.quantizesActivations() && i % 2 == 0;
      float[] expected = TestWeights.multiply(Kernels.scalar(), w, x, eightBit);
      float[] actual = new float[expected.length];
      Kernels.best().multiply(w, 0, 1, x, eightBit, actual, w.paddedRows(), used);
      assertSame(actual, expected, "%s, %d tokens, 8-bit %b".formatted(w, tokens, eightBit));
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void extremeNumbersGiveTheProductsOfScalarCode(TensorType type) {
    PackedMatrix w = TestWeights.pack(ExtremeNumbers.weights(type));
    float[] x = ExtremeNumbers.activations(w.cols());
    int tokens = x.length / w.cols();
    for (boolean eightBit : forms(w)) {
      float[] expected = scalar(w, x, eightBit);
      assertSame(best(w, x, 0, tokens, eightBit), expected, w + ", all, 8-bit " + eightBit);
      for (int t = 0; t < tokens; t++) {
        float[] alone = best(w, x, t, 1, eightBit);
        int from = t * w.paddedRows();
        assertSame(
            alone,
            Arrays.copyOfRange(expected, from, from + alone.length),
            "%s, token %d, 8-bit %b".formatted(w, t, eightBit));
      }
    }
  }

  /** Largest sums of all integers, which files need not hold, with the largest activations. */
  @ParameterizedTest
  @MethodSource("integerTypes")
  void anyPackedBitsGiveTheProductsOfScalarCode(TensorType type) {
    int cols = 256;
    int tokens = 5;
    PackedMatrix w =
        PackedMatrix.allocate(type, PackedMatrix.GROUP, cols, (bytes, align) -> memory(bytes));
    Random random = new Random(10);
    float[] x = new float[tokens * cols];
    for (int i = 0; i < x.length; i++) {
      // all of the first token's, runs of the second's, and others' of any sign
      boolean negative = i < 2 * cols ? i / cols == 1 && i / 8 % 2 == 0 : random.nextBoolean();
      x[i] = negative ? -1 : 1;
    }
    for (int pattern = 0; pattern < 256; pattern += pattern < 8 ? 1 : 5) {
      for (long at = 0; at < w.byteSize(); at++) {
        int bits = pattern < 8 ? random.nextInt(256) : pattern;
        // whatever is read as a half of it is finite
        w.data().set(ValueLayout.JAVA_BYTE, at, (byte) ((bits & 0x7c) == 0x7c ? bits ^ 4 : bits));
      }
      float[] expected = scalar(w, x, true);
      for (int batch : new int[] {1, 2, tokens}) {
        float[] actual = best(w, x, 0, batch, true);
        assertSame(
            actual,
            Arrays.copyOf(expected, actual.length),
            "%s, bits %02x, %d tokens".formatted(w, pattern, batch));
      }
    }
  }

  /** All but NVFP4, whose scales are never packed with their highest bit set. */
  static Set<TensorType> integerTypes() {
    Set<TensorType> types = EnumSet.copyOf(TestWeights.TYPES);
    types.remove(TensorType.NVFP4);
    types.removeIf(
        type -> PackedLayout.of(type, 256).filter(IntegerLayout.class::isInstance).isEmpty());
    return types;
  }

  private static MemorySegment memory(long bytes) {
    return Arena.ofAuto().allocate(bytes, 64);
  }

  @Test
  void everyHalfIsDecodedExactly() {
    MemorySegment halves = MemorySegment.ofArray(new byte[2 << 16]);
    for (int bits = 0; bits < 1 << 16; bits++) {
      halves.set(HALF, 2L * bits, (short) bits);
    }
    for (Kernels kernels : List.of(Kernels.best(), Kernels.scalar())) {
      float[] decoded = new float[(1 << 16) + 2];
      kernels.decodeHalves(halves, 0, decoded, 1, 1 << 16);
      for (int bits = 0; bits < 1 << 16; bits++) {
        float expected = Float.float16ToFloat((short) bits);
        assertThat(Float.floatToIntBits(decoded[1 + bits]))
            .as("%s: half %04x", kernels.description(), bits)
            .isEqualTo(Float.floatToIntBits(expected));
      }
      for (int count = 0; count < 40; count++) {
        float[] few = new float[50];
        kernels.decodeHalves(halves, 2 * 1000, few, 3, count);
        assertThat(Arrays.copyOfRange(few, 3, 3 + count))
            .containsExactly(Arrays.copyOfRange(decoded, 1001, 1001 + count));
        assertThat(few[2]).isZero();
        assertThat(few[3 + count]).isZero();
      }
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> kernels.decodeHalves(halves, 2, decoded, 0, 1 << 16));
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> kernels.decodeHalves(halves, 0, decoded, 3, 1 << 16));
    }
  }

  @Test
  void numbersAreQuantizedAsByScalarCode() {
    float[] x = TestWeights.numbers(7 * 32 + 3, 54);
    x[3 + 5] = Float.NaN;
    x[3 + 32] = Float.NEGATIVE_INFINITY;
    Arrays.fill(x, 3 + 64, 3 + 96, 1e-31f);
    x[3 + 96] = -3e38f;
    Arrays.fill(x, 3 + 128, 3 + 160, -0f);
    int[][] quants = new int[2][7 * 32 + 1];
    float[][] scales = new float[4][2 + 7 * InnerLoops.TILE];
    Kernels.scalar().loops().quantize(x, 3, 7, scales[0], scales[1], 2, quants[0], 1);
    Kernels.best().loops().quantize(x, 3, 7, scales[2], scales[3], 2, quants[1], 1);
    assertThat(quants[1]).containsExactly(quants[0]);
    assertThat(scales[2]).containsExactly(scales[0]);
    assertThat(scales[3]).containsExactly(scales[1]);
  }

  @Test
  void panelsAreAccumulatedAsByScalarCode() {
    int columns = 37;
    float[] panel = TestWeights.numbers(3 + columns * PackedMatrix.GROUP, 51);
    float[] x = TestWeights.numbers(5 + TOKENS * 40, 52);
    for (int tokens = 0; tokens <= TOKENS; tokens++) {
      float[] expected = TestWeights.numbers(7 + TOKENS * 70, 53);
      float[] actual = expected.clone();
      Kernels.scalar().accumulate(panel, 3, columns, x, 5, 40, tokens, expected, 7, 70);
      Kernels.best().accumulate(panel, 3, columns, x, 5, 40, tokens, actual, 7, 70);
      assertThat(actual).as("%d tokens", tokens).containsExactly(expected);
    }
    float[] y = new float[64];
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Kernels.best().accumulate(panel, 4, columns, x, 0, 40, 1, y, 0, 64));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Kernels.best().accumulate(panel, 0, columns, x, 0, 400, 2, y, 0, 0));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Kernels.best().accumulate(panel, 0, columns, x, 0, 40, 2, y, 0, 64));
  }

  @Test
  void refusesActivationsThatWerePreparedForOtherWeights() {
    PackedMatrix four = TestWeights.pack(TestWeights.randomMatrix(TensorType.Q4_0, 64, 64, 1));
    PackedMatrix five = TestWeights.pack(TestWeights.randomMatrix(TensorType.Q5_0, 64, 64, 1));
    Activations x = new Activations();
    x.reset(1, 64);
    x.reserveEightBit(1);
    x.want(four);
    x.quantize(0);
    float[] y = new float[64];
    Workspace space = new Workspace();
    for (Kernels kernels : List.of(Kernels.best(), Kernels.scalar())) {
      kernels.multiply(four, 0, 1, x, true, y, 64, space);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> kernels.multiply(five, 0, 1, x, true, y, 64, space))
          .withMessage("the activations were not prepared for weights of type Q5_0");
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    PackedMatrix w = TestWeights.pack(TestWeights.randomMatrix(TensorType.Q8_0, 130, 64, 1));
    Activations x = TestWeights.activations(new float[128], 64, 0, 2);
    Activations other = TestWeights.activations(new float[64], 32, 0, 2);
    Workspace space = new Workspace();
    float[] y = new float[2 * 192];
    for (Kernels kernels : List.of(Kernels.best(), Kernels.scalar())) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> kernels.multiply(w, 0, 3, other, false, y, 192, space))
          .withMessage("weights Q8_0 [130, 64] do not fit activations [2, 32]");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> kernels.multiply(w, 0, 3, x, true, y, 192, space))
          .withMessage("weights of type Q8_0 take no 8-bit activations");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> kernels.multiply(w, 0, 3, x, false, y, 191, space))
          .withMessage("stride 191 is less than 192 rows");
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> kernels.multiply(w, 0, 3, x, false, y, 193, space));
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> kernels.multiply(w, 0, 4, x, false, y, 192, space));
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> kernels.multiply(w, -1, 3, x, false, y, 192, space));
    }
    assertThat(y).as("nothing was written").containsOnly(0f);
  }

  private static float[] scalar(PackedMatrix w, float[] x, boolean eightBit) {
    Activations all = TestWeights.activations(x, w.cols(), 0, x.length / w.cols());
    return TestWeights.multiply(Kernels.scalar(), w, all, eightBit);
  }

  private static float[] best(
      PackedMatrix w, float[] x, int firstToken, int tokens, boolean eightBit) {
    Activations some = TestWeights.activations(x, w.cols(), firstToken, tokens);
    return TestWeights.multiply(Kernels.best(), w, some, eightBit);
  }

  /** The same bits, but that there is one NaN only. */
  private static void assertSame(float[] actual, float[] expected, String description) {
    int difference = Arrays.mismatch(actual, expected);
    if (difference >= 0) {
      assertThat(actual[difference])
          .as("%s: number %d", description, difference)
          .isEqualTo(expected[difference]);
    }
    assertThat(difference).as(description).isEqualTo(-1);
  }
}
