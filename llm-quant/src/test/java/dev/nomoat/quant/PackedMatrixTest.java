package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class PackedMatrixTest {
  private static final float GUARD = 42;

  static Set<TensorType> types() {
    return TestWeights.TYPES;
  }

  @ParameterizedTest
  @MethodSource("types")
  void rowsReadBackAreThoseOfTheCodec(TensorType type) {
    for (int cols : TestWeights.plain(type) ? new int[] {1, 33, 300} : new int[] {256, 768}) {
      for (int rows : new int[] {1, 64, 70}) {
        checkRows(TestWeights.randomMatrix(type, rows, cols, cols + rows));
      }
    }
    checkRows(ExtremeNumbers.weights(type));
  }

  private static void checkRows(Matrix matrix) {
    PackedMatrix w = TestWeights.pack(matrix);
    int cols = matrix.cols();
    long rowBytes = matrix.type().rowBytes(cols);
    Workspace workspace = new Workspace();
    float[] expected = new float[cols];
    for (int row = 0; row < matrix.rows(); row++) {
      BlockCodec.of(matrix.type()).decode(matrix.data(), row * rowBytes, expected, 0, cols);
      float[] actual = new float[cols + 5];
      Arrays.fill(actual, GUARD);
      w.readRow(row, actual, 3, workspace);
      for (int k = 0; k < cols; k++) {
        assertThat(Float.floatToRawIntBits(actual[3 + k]))
            .as("%s, row %d, column %d", w, row, k)
            .isEqualTo(Float.floatToRawIntBits(expected[k]));
      }
      assertThat(new float[] {actual[0], actual[1], actual[2], actual[cols + 3], actual[cols + 4]})
          .containsOnly(GUARD);
    }
  }

  static List<TensorType> typesThatMayBeBroken() {
    return types().stream().filter(TestWeights::mayBeBroken).toList();
  }

  @ParameterizedTest
  @MethodSource("typesThatMayBeBroken")
  void theFirstRowThatIsNotFiniteIsReported(TensorType type) {
    int cols = 512;
    int rows = 130;
    int rowBytes = Math.toIntExact(type.rowBytes(cols));
    byte[] good = TestWeights.random(type, rows, cols, 2);
    for (int[] bad : new int[][] {{0}, {63}, {17, 40}, {64}, {70, 128}, {129}}) {
      byte[] bytes = good.clone();
      for (int row : bad) {
        // an infinity in the row's last block
        breakBlock(type, bytes, (row + 1) * rowBytes - type.blockBytes(), false);
      }
      Matrix matrix = TestWeights.matrix(type, rows, cols, bytes);
      PackedMatrix w = PackedMatrix.allocate(type, rows, cols, TestWeights.DIRTY);
      for (int group = 0; group < 3; group++) {
        int first = group * 64;
        int expected =
            Arrays.stream(bad).filter(r -> r >= first && r < first + 64).findFirst().orElse(-1);
        assertThat(w.pack(group, TestWeights.group(matrix, group))).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("typesThatMayBeBroken")
  void nanAndBrokenMinimaAreReportedToo(TensorType type) {
    Matrix nan = brokenFirstBlock(type, 0, true);
    PackedMatrix w = PackedMatrix.allocate(type, 3, 256, TestWeights.DIRTY);
    assertThat(w.pack(0, nan)).isEqualTo(1);
    if (TestWeights.hasMinimum(type)) {
      assertThat(w.pack(0, brokenFirstBlock(type, 2, false))).isEqualTo(1);
      assertThat(w.pack(0, brokenFirstBlock(type, 2, true))).isEqualTo(1);
    }
  }

  /** Three rows, the second one broken. */
  private static Matrix brokenFirstBlock(TensorType type, int offset, boolean nan) {
    byte[] bytes = TestWeights.random(type, 3, 256, 3);
    breakBlock(type, bytes, Math.toIntExact(type.rowBytes(256)) + offset, nan);
    return TestWeights.matrix(type, 3, 256, bytes);
  }

  private static void breakBlock(TensorType type, byte[] bytes, int at, boolean nan) {
    float half = nan ? Float.NaN : Float.NEGATIVE_INFINITY;
    int offset = TestWeights.scaleOffset(type);
    switch (type) {
      case F32 ->
          MemorySegment.ofArray(bytes)
              .set(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at, half);
      case BF16 -> bytes[at + 1] = (byte) (nan ? 0x7f : 0xff);
      case MXFP4 -> {
        // NaN by the standard, or too large
        bytes[at] = (byte) (nan ? 255 : 253);
        bytes[at + 3] = (byte) (nan ? 0x10 : 0xf0);
      }
      case IQ1_M -> TestWeights.setScale(type, bytes, at, half);
      default -> TestWeights.setHalf(bytes, at + offset, half);
    }
    if (type == TensorType.BF16) {
      bytes[at] = (byte) (nan ? 0xc0 : 0x80);
    }
  }

  @Test
  void anExponentOfZerosSaysNothing() {
    byte[] bytes = new byte[17];
    bytes[0] = (byte) 255;
    bytes[7] = (byte) 0x80; // minus zero
    PackedMatrix w = PackedMatrix.allocate(TensorType.MXFP4, 1, 32, TestWeights.DIRTY);
    assertThat(w.pack(0, TestWeights.matrix(TensorType.MXFP4, 1, 32, bytes))).isEqualTo(-1);
    assertThat(rows(w)).containsOnly(0f);
    for (int exponent = 0; exponent < 256; exponent++) {
      for (int code = 1; code < 8; code++) {
        bytes[0] = (byte) exponent;
        bytes[7] = (byte) (0x88 | code);
        float[] expected = new float[32];
        BlockCodec.of(TensorType.MXFP4).decode(MemorySegment.ofArray(bytes), 0, expected, 0, 32);
        boolean good = exponent < 255 && Float.isFinite(expected[6]);
        assertThat(w.pack(0, TestWeights.matrix(TensorType.MXFP4, 1, 32, bytes)))
            .as("exponent %d, code %d", exponent, code)
            .isEqualTo(good ? -1 : 0);
        if (good) {
          assertThat(rows(w)).containsExactly(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void rowsMayComeFromHeapOrNativeMemoryAtAnyAddress(TensorType type) {
    byte[] bytes = TestWeights.random(type, 66, 256, 4);
    float[] expected = rows(TestWeights.pack(TestWeights.matrix(type, 66, 256, bytes)));
    try (Arena arena = Arena.ofConfined()) {
      for (int shift = 0; shift < 4; shift++) {
        MemorySegment memory = arena.allocate(bytes.length + shift, 64).asSlice(shift);
        memory.copyFrom(MemorySegment.ofArray(bytes));
        PackedMatrix w = TestWeights.pack(new Matrix(type, 66, 256, memory));
        assertThat(Arrays.mismatch(rows(w), expected)).isEqualTo(-1);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void groupsMayBePackedByManyThreads(TensorType type) throws Exception {
    Matrix matrix = TestWeights.randomMatrix(type, 16 * 64 - 3, 256, 5);
    PackedMatrix w = PackedMatrix.allocate(type, matrix.rows(), matrix.cols(), TestWeights.DIRTY);
    List<Future<Integer>> packed = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      // backwards, as nothing depends on the order
      for (int i = w.groups() - 1; i >= 0; i--) {
        int group = i;
        packed.add(threads.submit(() -> w.pack(group, TestWeights.group(matrix, group))));
      }
      for (Future<Integer> bad : packed) {
        assertThat(bad.get()).isEqualTo(-1);
      }
    }
    assertThat(Arrays.mismatch(rows(w), rows(TestWeights.pack(matrix)))).isEqualTo(-1);
  }

  private static float[] rows(PackedMatrix w) {
    float[] result = new float[w.rows() * w.cols()];
    Workspace workspace = new Workspace();
    for (int row = 0; row < w.rows(); row++) {
      w.readRow(row, result, row * w.cols(), workspace);
    }
    return result;
  }

  @ParameterizedTest
  @MethodSource("types")
  void takesTheMemoryThatItSays(TensorType type) {
    long[] allocated = new long[1];
    PackedMatrix w =
        PackedMatrix.allocate(
            type,
            130,
            512,
            (bytes, align) -> {
              allocated[0] = bytes;
              return Arena.ofAuto().allocate(bytes, align);
            });
    assertThat(w.byteSize()).isEqualTo(PackedMatrix.byteSize(type, 130, 512));
    assertThat(w.byteSize()).isEqualTo(allocated[0]);
    long file = 192 * type.rowBytes(512);
    // the coordinates of points take 3 or 4 bits each, ternary numbers 2
    int most =
        switch (type) {
          case IQ1_S, IQ1_M -> 220;
          case IQ2_XXS, IQ2_XS, IQ2_S -> 165;
          case IQ3_XXS, IQ3_S, TQ1_0 -> 145;
          case TQ2_0 -> 115;
          // doubled they take 5 bits
          case MXFP4, NVFP4 -> 125;
          // a byte for each sub-scale of 6 bits
          default -> 104;
        };
    assertThat(w.byteSize()).isBetween(file, file * most / 100);
    assertThat(w.type()).isEqualTo(type);
    assertThat(w.rows()).isEqualTo(130);
    assertThat(w.cols()).isEqualTo(512);
    assertThat(w.groups()).isEqualTo(3);
    assertThat(w.paddedRows()).isEqualTo(192);
    assertThat(w).hasToString(type + " [130, 512]");
  }

  @Test
  void sizesBeyondAnIntAreExact() {
    assertThat(PackedMatrix.byteSize(TensorType.F32, 1 << 20, 1 << 20)).isEqualTo(1L << 42);
    assertThat(PackedMatrix.byteSize(TensorType.Q4_0, 1 << 20, 1 << 20))
        .isEqualTo((1L << 40) * 18 / 32);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> PackedMatrix.byteSize(TensorType.F32, Integer.MAX_VALUE, Integer.MAX_VALUE))
        .withMessage("F32 [2147483647, 2147483647] is too large");
  }

  @ParameterizedTest
  @EnumSource
  void otherTypesAreRefusedByName(TensorType type) {
    boolean supported = TestWeights.TYPES.contains(type);
    assertThat(PackedMatrix.supports(type)).isEqualTo(supported);
    if (!supported) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PackedMatrix.byteSize(type, 64, 256))
          .withMessage("no products for weights of type " + type);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PackedMatrix.allocate(type, 64, 256, Arena.ofAuto()))
          .withMessage("no products for weights of type " + type);
    }
  }

  @Test
  void refusesShapesThatDoNotFitTheType() {
    Arena arena = Arena.ofAuto();
    for (int rows : new int[] {0, -1}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PackedMatrix.allocate(TensorType.F32, rows, 8, arena))
          .withMessage("rows must be positive, not " + rows);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PackedMatrix.byteSize(TensorType.F32, rows, 8))
          .withMessage("rows must be positive, not " + rows);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PackedMatrix.allocate(TensorType.Q4_K, 64, 128, arena))
        .withMessage("a row of Q4_K holds a positive multiple of 256 elements, not 128");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PackedMatrix.byteSize(TensorType.Q8_0, 64, 0))
        .withMessage("a row of Q8_0 holds a positive multiple of 32 elements, not 0");
  }

  @Test
  void packRefusesWhatIsNotThatGroup() {
    PackedMatrix w = PackedMatrix.allocate(TensorType.F16, 70, 32, Arena.ofAuto());
    Matrix whole = TestWeights.randomMatrix(TensorType.F16, 64, 32, 6);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> w.pack(1, whole))
        .withMessage("group 1 of F16 [70, 32] takes 6 rows, not F16 [64, 32]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> w.pack(0, TestWeights.randomMatrix(TensorType.F16, 6, 32, 6)))
        .withMessage("group 0 of F16 [70, 32] takes 64 rows, not F16 [6, 32]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> w.pack(0, TestWeights.randomMatrix(TensorType.F16, 64, 33, 6)))
        .withMessage("group 0 of F16 [70, 32] takes 64 rows, not F16 [64, 33]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> w.pack(0, TestWeights.randomMatrix(TensorType.BF16, 64, 32, 6)))
        .withMessage("group 0 of F16 [70, 32] takes 64 rows, not BF16 [64, 32]");
    for (int group : new int[] {-1, 2, Integer.MAX_VALUE}) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> w.pack(group, whole));
    }
  }

  @Test
  void readRowRefusesWhatIsNotThere() {
    PackedMatrix w = TestWeights.pack(TestWeights.randomMatrix(TensorType.Q4_0, 70, 32, 7));
    Workspace workspace = new Workspace();
    for (int row : new int[] {-1, 70, 100}) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> w.readRow(row, new float[32], 0, workspace));
    }
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> w.readRow(0, new float[32], 1, workspace));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> w.readRow(0, new float[32], -1, workspace));
  }

  @Test
  void aMatrixIsExactlyAsLargeAsItsShape() {
    MemorySegment memory = MemorySegment.ofArray(new byte[36]);
    Matrix matrix = new Matrix(TensorType.Q4_0, 2, 32, memory);
    assertThat(matrix.data().isReadOnly()).isTrue();
    assertThat(matrix).hasToString("Q4_0 [2, 32]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Matrix(TensorType.Q4_0, 1, 32, memory))
        .withMessage("Q4_0 [1, 32] takes 18 bytes, not 36");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Matrix(TensorType.Q4_0, 0, 32, memory))
        .withMessage("rows must be positive, not 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Matrix(TensorType.Q4_0, 2, 33, memory))
        .withMessage("a row of Q4_0 holds a positive multiple of 32 elements, not 33");
  }
}
