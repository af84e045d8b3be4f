package dev.nomoat.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ExponentialsTest {
  private static final float[] SPECIAL = {
    0f,
    -0f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.MIN_VALUE,
    88f,
    -88f,
    87f,
    -87f
  };

  private static float[] numbers() {
    float[] numbers = Numbers.random(1000, 1);
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] *= i % 100;
    }
    System.arraycopy(SPECIAL, 0, numbers, 400, SPECIAL.length);
    return numbers;
  }

  private static int[] bits(float[] numbers) {
    int[] bits = new int[numbers.length];
    Arrays.setAll(bits, i -> Float.floatToIntBits(numbers[i]));
    return bits;
  }

  @Test
  void siluHasTheBitsOfEach() {
    for (int count : new int[] {0, 1, 255, 256, 257, 900}) {
      float[] x = numbers();
      float[] expected = x.clone();
      for (int i = 50; i < 50 + count; i++) {
        expected[i] = FloatMath.silu(x[i]);
      }
      new Exponentials().silu(x, 50, count);
      assertThat(bits(x)).isEqualTo(bits(expected));
    }
  }

  @Test
  void siluTimesFactorsHasTheBitsOfEach() {
    float[] x = numbers();
    float[] factors = new float[x.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = 1.5f - x[x.length - 1 - i];
    }
    for (int count : new int[] {0, 1, 255, 256, 257, 900}) {
      float[] expected = new float[1000];
      for (int i = 0; i < count; i++) {
        expected[7 + i] = FloatMath.silu(x[50 + i]) * factors[50 + i];
      }
      float[] products = new float[1000];
      new Exponentials().siluTimes(x, factors, 50, products, 7, count);
      assertThat(bits(products)).isEqualTo(bits(expected));
    }
  }

  @Test
  void sigmoidHasTheBitsOfEach() {
    for (int count : new int[] {0, 1, 255, 256, 257, 900}) {
      float[] x = numbers();
      float[] expected = x.clone();
      for (int i = 50; i < 50 + count; i++) {
        expected[i] = FloatMath.sigmoid(x[i]);
      }
      new Exponentials().sigmoid(x, 50, count);
      assertThat(bits(x)).isEqualTo(bits(expected));
    }
  }
}
