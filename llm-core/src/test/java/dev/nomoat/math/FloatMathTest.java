package dev.nomoat.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FloatMathTest {
  private static final float LOWEST = -87;
  private static final float HIGHEST = 88;

  /** Floats between two representable ones, evenly over their bit patterns. */
  private interface FloatConsumer {
    void accept(float x);
  }

  private static void sweep(float limit, int step, FloatConsumer consumer) {
    for (int bits = 0; bits <= Float.floatToRawIntBits(Math.abs(limit)); bits += step) {
      consumer.accept(Math.copySign(Float.intBitsToFloat(bits), limit));
    }
    consumer.accept(limit);
  }

  @ParameterizedTest
  @ValueSource(floats = {LOWEST, HIGHEST})
  void expIsWithinItsErrorOverTheWholeRange(float limit) {
    double[] worst = new double[1];
    sweep(
        limit,
        601,
        x -> {
          double exact = Math.exp(x);
          worst[0] = Math.max(worst[0], Math.abs(FloatMath.exp(x) - exact) / exact);
        });
    assertThat(worst[0]).isLessThan(2e-7);
  }

  @ParameterizedTest
  @ValueSource(floats = {LOWEST, HIGHEST})
  void expHardlyEverFallsWhereItsArgumentRises(float limit) {
    sweep(
        limit,
        2003,
        x -> {
          float here = FloatMath.exp(x);
          float above = FloatMath.exp(Math.nextUp(x));
          if (above < here - 2 * Math.ulp(here)) {
            assertThat(above).as("after exp(%s)", x).isGreaterThanOrEqualTo(here);
          }
        });
    for (float x = LOWEST; x < HIGHEST; x += 0x1p-10f) {
      assertThat(FloatMath.exp(x + 0x1p-10f)).isGreaterThan(FloatMath.exp(x));
    }
  }

  @Test
  void expOfSpecialNumbers() {
    assertThat(FloatMath.exp(0f)).isEqualTo(1f);
    assertThat(FloatMath.exp(-0f)).isEqualTo(1f);
    assertThat(FloatMath.exp(Float.MIN_VALUE)).isEqualTo(1f);
    assertThat(FloatMath.exp(Float.NaN)).isNaN();
    float least = FloatMath.exp(LOWEST);
    float most = FloatMath.exp(HIGHEST);
    assertThat(least).isPositive();
    assertThat(most).isFinite();
    for (float beyond : new float[] {-87.01f, -1000, -Float.MAX_VALUE, Float.NEGATIVE_INFINITY}) {
      assertThat(FloatMath.exp(beyond)).isEqualTo(least);
    }
    for (float beyond : new float[] {88.01f, 1000, Float.MAX_VALUE, Float.POSITIVE_INFINITY}) {
      assertThat(FloatMath.exp(beyond)).isEqualTo(most);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {LOWEST, HIGHEST})
  void siluIsItsDefinition(float limit) {
    double[] worst = new double[1];
    sweep(
        limit,
        2003,
        x -> {
          // below this the quotient is too small for a relative error
          if (Math.abs(x) > Float.MIN_NORMAL) {
            double exact = x / (1 + Math.exp(-x));
            worst[0] = Math.max(worst[0], Math.abs((FloatMath.silu(x) - exact) / exact));
          }
        });
    assertThat(worst[0]).isLessThan(3.5e-7);
  }

  @Test
  void softplusIsItsDefinition() {
    for (float x = -100; x < 100; x += 0.37f) {
      double exact = Math.log1p(Math.exp(x));
      assertThat((double) FloatMath.softplus(x))
          .isCloseTo(exact, within(6e-8 * exact + Float.MIN_VALUE));
    }
    assertThat(FloatMath.softplus(1e30f)).isEqualTo(1e30f);
    assertThat(FloatMath.softplus(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(FloatMath.softplus(Float.NaN)).isNaN();
  }

  @Test
  void siluOfSpecialNumbers() {
    assertThat(FloatMath.silu(0f)).isEqualTo(0f);
    assertThat(FloatMath.silu(-0f)).isEqualTo(-0f);
    assertThat(FloatMath.silu(Float.NaN)).isNaN();
    assertThat(FloatMath.silu(1e30f)).isEqualTo(1e30f);
    assertThat(FloatMath.silu(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(FloatMath.silu(-1e6f)).isBetween(-1e-30f, 0f);
  }

  @ParameterizedTest
  @ValueSource(floats = {-10, 10, 1e6f, Float.MAX_VALUE})
  void sineAndCosineAreThoseOfDoublePrecisionRounded(float limit) {
    sweep(
        limit,
        2003,
        x -> {
          assertThat(FloatMath.sin(x)).isEqualTo((float) StrictMath.sin(x));
          assertThat(FloatMath.cos(x)).isEqualTo((float) StrictMath.cos(x));
        });
  }

  @Test
  void sineAndCosineOfSpecialNumbers() {
    assertThat(FloatMath.sin(0f)).isEqualTo(0f);
    assertThat(FloatMath.sin(-0f)).isEqualTo(-0f);
    assertThat(FloatMath.cos(0f)).isEqualTo(1f);
    assertThat(FloatMath.sin((float) Math.PI)).isEqualTo((float) StrictMath.sin((float) Math.PI));
    for (float none : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      assertThat(FloatMath.sin(none)).isNaN();
      assertThat(FloatMath.cos(none)).isNaN();
    }
  }

  @Test
  void tanhAndSigmoidAreTheirDefinitions() {
    for (float x = -100; x <= 100; x += 0.0137f) {
      assertThat((double) FloatMath.tanh(x)).isCloseTo(Math.tanh(x), within(3e-7));
      assertThat((double) FloatMath.sigmoid(x)).isCloseTo(1 / (1 + Math.exp(-x)), within(3e-7));
    }
  }

  @Test
  void geluIsItsDefinition() {
    // x times the integral of the normal density, by Simpson's rule
    double step = 1e-3;
    double integral = 0.5;
    for (int i = 0; i < 8000; i++) {
      double x = i * step;
      assertThat((double) FloatMath.gelu((float) x))
          .isCloseTo(x * integral, within(3e-7 * (1 + x)));
      assertThat((double) FloatMath.gelu((float) -x)).isCloseTo(-x * (1 - integral), within(3e-7));
      integral += step / 6 * (density(x) + 4 * density(x + step / 2) + density(x + step));
    }
  }

  private static double density(double x) {
    return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  @Test
  void geluWithTanhIsItsDefinition() {
    for (float x = -20; x <= 20; x += 0.0037f) {
      double inner = Math.sqrt(2 / Math.PI) * (x + 0.044715 * Math.pow(x, 3));
      double exact = x / 2.0 * (1 + Math.tanh(inner));
      assertThat((double) FloatMath.geluTanh(x)).isCloseTo(exact, within(1e-6 * (1 + Math.abs(x))));
    }
  }
}
