package dev.nomoat.quant;

import static dev.nomoat.quant.EncoderRows.coded;
import static dev.nomoat.quant.EncoderRows.encode;
import static dev.nomoat.quant.EncoderRows.relativeError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Encoders against ggml's, on the same rows, and by themselves. */
class EncodersTest {
  /** What an error may be above that of ggml's encoder. */
  private static final double SLACK = 1.005;

  private static final int BLOCK = 256;

  static Set<TensorType> searched() {
    return EncoderRows.SEARCHED;
  }

  @Test
  void errorsAreNotAboveThoseOfGgml() {
    float[] importance = EncoderRows.importanceOfAll();
    for (String line : EncoderRows.errorsOfGgml()) {
      String[] fields = line.split(" ", -1);
      TensorType type = TensorType.valueOf(fields[0]);
      float[] x = EncoderRows.rows(fields[1]);
      double plain = relativeError(x, coded(type, x, null), null);
      assertThat(plain).as(line).isLessThan(SLACK * Double.parseDouble(fields[2]));
      double weighted = relativeError(x, coded(type, x, importance), importance);
      assertThat(weighted).as(line).isLessThan(SLACK * Double.parseDouble(fields[3]));
    }
  }

  @Test
  void vectorsAndPlainJavaGiveTheSameBlocks() {
    assertThat(EncoderRows.checksums(Kernels.scalar())).isEqualTo(EncoderRows.CHECKSUMS);
    assertThat(EncoderRows.checksums(Kernels.best())).isEqualTo(EncoderRows.CHECKSUMS);
  }

  @ParameterizedTest
  @MethodSource("searched")
  void blocksDoNotDependOnTheirNeighbours(TensorType type) {
    BlockCodec codec = BlockCodec.of(type);
    float[] x = EncoderRows.rows("student");
    float[] importance = EncoderRows.importanceOfAll();
    byte[] whole = encode(codec, x, importance);
    byte[] parts = new byte[whole.length];
    int[] sizes = {1, 2, 3, 5, 70};
    int blocks = x.length / type.blockElements();
    int done = 0;
    for (int i = 0; done < blocks; i++) {
      int count = Math.min(sizes[i % sizes.length], blocks - done);
      int at = done * type.blockElements();
      codec.encode(
          x,
          at,
          importance,
          at,
          MemorySegment.ofArray(parts),
          (long) done * type.blockBytes(),
          count * type.blockElements());
      done += count;
    }
    assertThat(parts).containsExactly(whole);
  }

  @ParameterizedTest
  @MethodSource("searched")
  void oneCodecServesManyThreads(TensorType type) {
    BlockCodec codec = BlockCodec.of(type);
    float[] x = Arrays.copyOf(EncoderRows.rows("laplace"), 16 * BLOCK);
    byte[] alone = encode(codec, x, null);
    IntStream.range(0, 16)
        .parallel()
        .forEach(i -> assertThat(encode(codec, x, null)).containsExactly(alone));
  }

  @ParameterizedTest
  @MethodSource("searched")
  void importantNumbersAreNearer(TensorType type) {
    float[] x = EncoderRows.rows("gaussian");
    float[] importance = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      importance[i] = i % 4 == 0 ? 1 : 0.01f;
    }
    double without = relativeError(x, coded(type, x, null), importance);
    double with = relativeError(x, coded(type, x, importance), importance);
    assertThat(with).isLessThan(0.9 * without);
  }

  @ParameterizedTest
  @MethodSource("searched")
  void onlyRatiosOfImportancesMatter(TensorType type) {
    BlockCodec codec = BlockCodec.of(type);
    float[] x = Arrays.copyOf(EncoderRows.rows("story"), 8 * BLOCK);
    float[] importance = Arrays.copyOf(EncoderRows.importanceOfAll(), x.length);
    byte[] expected = encode(codec, x, importance);
    for (int exponent : new int[] {-110, -40, 5, 40, 115}) {
      float[] scaled = new float[x.length];
      for (int i = 0; i < x.length; i++) {
        scaled[i] = Math.scalb(importance[i], exponent);
      }
      assertThat(encode(codec, x, scaled)).as("2^%d", exponent).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("searched")
  void importancesOfZeroGiveSaneBlocks(TensorType type) {
    float[] x = EncoderRows.rows("story");
    float[] ones = new float[x.length];
    Arrays.fill(ones, 1);
    float[] none = new float[x.length];
    assertThat(coded(type, x, none)).containsExactly(coded(type, x, ones));
    // of some sub-blocks only, and of the smallest numbers there are
    float[] some = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      some[i] = i / 32 % 3 == 0 ? 0 : i / 32 % 3 == 1 ? Float.MIN_VALUE : 1;
    }
    double limit = 1.6 * relativeError(x, coded(type, x, ones), null);
    assertThat(relativeError(x, coded(type, x, some), null)).isLessThan(limit);
  }

  @ParameterizedTest
  @MethodSource("searched")
  void equalNumbersAndZerosAreKept(TensorType type) {
    float[] ones = new float[BLOCK];
    Arrays.fill(ones, 1);
    for (float[] importance : new float[][] {null, ones}) {
      for (float value : new float[] {0, -0.5f, 0.75f, Float.MIN_VALUE, -1e-39f, 30_000}) {
        float[] numbers = new float[BLOCK];
        Arrays.fill(numbers, value);
        for (float decoded : coded(type, numbers, importance)) {
          assertThat(decoded).isCloseTo(value, offset(2e-3f * Math.abs(value) + 1e-30f));
        }
      }
      for (float decoded : coded(type, new float[BLOCK], importance)) {
        assertThat(decoded == 0).isTrue();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("searched")
  void anOutlierKeepsItsSize(TensorType type) {
    for (float outlier : new float[] {3, -3, 1000, -1000}) {
      float[] numbers = Arrays.copyOf(EncoderRows.rows("gaussian"), 2 * BLOCK);
      numbers[40] = outlier;
      numbers[300] = -outlier;
      float[] decoded = coded(type, numbers, null);
      assertThat(decoded[40] / outlier).isCloseTo(1, offset(0.1f));
      assertThat(decoded[300] / -outlier).isCloseTo(1, offset(0.1f));
    }
  }

  @ParameterizedTest
  @MethodSource("searched")
  void theSizeOfNumbersMakesNoDifference(TensorType type) {
    float[] x = Arrays.copyOf(EncoderRows.rows("laplace"), 8 * BLOCK);
    double expected = relativeError(x, coded(type, x, null), null);
    for (float factor : new float[] {10, 1000, 20_000}) {
      float[] scaled = new float[x.length];
      for (int i = 0; i < x.length; i++) {
        scaled[i] = x[i] * factor;
      }
      double error = relativeError(scaled, coded(type, scaled, null), null);
      assertThat(error).as("times %s", factor).isLessThan(1.05 * expected);
    }
  }

  @ParameterizedTest
  @MethodSource("searched")
  void tinyNumbersLoseBitsButStayNear(TensorType type) {
    Random random = new Random(3);
    float[] numbers = new float[BLOCK];
    for (float size : new float[] {1e-4f, 1e-5f, 1e-6f, 1e-8f, 1e-20f}) {
      for (int i = 0; i < BLOCK; i++) {
        numbers[i] = size * (2 * random.nextFloat() - 1);
      }
      for (float decoded : coded(type, numbers, null)) {
        assertThat(Math.abs(decoded)).isLessThanOrEqualTo(2 * size);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("searched")
  void scalesThatDoNotFitAreRefused(TensorType type) {
    for (float large : new float[] {1e9f, -1e9f, Float.MAX_VALUE, -Float.MAX_VALUE}) {
      float[] numbers = Arrays.copyOf(EncoderRows.rows("gaussian"), 2 * BLOCK);
      numbers[BLOCK + 3] = large;
      for (float[] importance : new float[][] {null, new float[2 * BLOCK]}) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> coded(type, numbers, importance))
            .withMessageContaining("of the block at element 256 does not fit F16");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0", "Q5_0", "MXFP4", "TQ1_0", "TQ2_0"})
  void whatWasDecodedIsEncodedToTheSameBlocks(TensorType type) {
    float[] x = EncoderRows.rows("student");
    byte[] blocks = encode(BlockCodec.of(type), x, null);
    float[] decoded = EncoderRows.decode(type, blocks);
    assertThat(coded(type, decoded, null)).containsExactly(decoded);
  }

  @ParameterizedTest
  @MethodSource("searched")
  void whatWasDecodedIsHardlyChangedByEncodingAgain(TensorType type) {
    float[] x = EncoderRows.rows("story");
    float[] decoded = coded(type, x, null);
    double first = relativeError(x, decoded, null);
    double again = relativeError(decoded, coded(type, decoded, null), null);
    assertThat(again).as("%s of %s".formatted(again, first), Locale.ROOT).isLessThan(first / 2);
  }
}
