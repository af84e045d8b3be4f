package dev.nomoat.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Q4KEncoderTest {
  private static final int BLOCK = 256;

  private static float[] coded(TensorType type, float... numbers) {
    BlockCodec codec = BlockCodec.of(type);
    MemorySegment bytes =
        MemorySegment.ofArray(new byte[Math.toIntExact(type.rowBytes(numbers.length))]);
    codec.encode(numbers, 0, bytes, 0, numbers.length);
    float[] decoded = new float[numbers.length];
    codec.decode(bytes, 0, decoded, 0, numbers.length);
    return decoded;
  }

  private static double relativeError(TensorType type, float[] numbers) {
    float[] decoded = coded(type, numbers);
    double errors = 0;
    double squares = 0;
    for (int i = 0; i < numbers.length; i++) {
      double error = (double) decoded[i] - numbers[i];
      errors += error * error;
      squares += (double) numbers[i] * numbers[i];
    }
    return Math.sqrt(errors / squares);
  }

  private static float[] gaussian(int blocks) {
    Random random = new Random(7);
    float[] numbers = new float[blocks * BLOCK];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (0.02 * random.nextGaussian());
    }
    return numbers;
  }

  /** What the search of ggml reaches for such numbers is 0.0714, plain rounding 0.078. */
  @Test
  void isNearerThanPlainRounding() {
    float[] numbers = gaussian(400);
    assertThat(relativeError(TensorType.Q4_K, numbers)).isLessThan(0.0725);
    assertThat(relativeError(TensorType.Q4_1, numbers)).isGreaterThan(0.077);
  }

  @Test
  void shiftedNumbersAndOutliersKeepTheirSize() {
    float[] numbers = gaussian(2);
    numbers[40] = 3;
    numbers[300] = -3;
    float[] decoded = coded(TensorType.Q4_K, numbers);
    assertThat(decoded[40]).isCloseTo(3, offset(0.1f));
    assertThat(decoded[300]).isCloseTo(-3, offset(0.1f));
    float[] above = gaussian(1);
    for (int i = 0; i < BLOCK; i++) {
      above[i] += 1; // there is no minimum above 0
    }
    float[] decodedAbove = coded(TensorType.Q4_K, above);
    for (int i = 0; i < BLOCK; i++) {
      assertThat(decodedAbove[i]).isCloseTo(above[i], offset(0.05f));
    }
  }

  @Test
  void equalNumbersAndZerosAreKept() {
    for (float value : new float[] {0, -0.5f, 0.75f, Float.MIN_VALUE, 1e-39f}) {
      float[] numbers = new float[BLOCK];
      Arrays.fill(numbers, value);
      for (float decoded : coded(TensorType.Q4_K, numbers)) {
        assertThat(decoded).isCloseTo(value, offset(1e-3f));
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] numbers = gaussian(2);
      numbers[301] = bad;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> coded(TensorType.Q4_K, numbers))
          .withMessageContaining("element 301");
    }
    for (float large : new float[] {1e9f, -1e9f, Float.MAX_VALUE, -Float.MAX_VALUE}) {
      float[] numbers = gaussian(1);
      numbers[3] = large;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> coded(TensorType.Q4_K, numbers))
          .withMessageContaining("does not fit F16");
    }
  }
}
