package dev.nomoat.math;

/**
 * Functions of one float, made of IEEE operations only, so that every machine gives the same bits:
 * the JDK's own {@code exp} may differ in the last ones between its implementations.
 */
public final class FloatMath {
  private static final float LOG2_E = 0x1.715476p0f;
  // ln 2 in two parts: the first has so few bits that n · LN2_HIGH is exact for |n| < 2^9
  private static final float LN2_HIGH = 0x1.63p-1f;
  private static final float LN2_LOW = -0x1.bd0106p-13f;
  private static final float LOWEST = -87f;
  private static final float HIGHEST = 88f;
  private static final float ROUND = 0x1.8p23f;
  private static final float SQRT_HALF = 0x1.6a09e6p-1f;
  private static final float SQRT_2_OVER_PI = 0x1.988454p-1f;
  private static final float GELU_CUBIC = 0.044715f;

  private static final double TWO_OVER_PI = 2 / Math.PI;
  // π / 2 in two parts, together good for 106 bits: enough for angles below REDUCIBLE
  private static final double HALF_PI_HIGH = 0x1.921fb54442d18p0;
  private static final double HALF_PI_LOW = 0x1.1a62633145c07p-54;
  private static final float REDUCIBLE = 0x1p31f;

  private FloatMath() {}

  /**
   * e to the power of x, relative error below 2e-7.
   *
   * @param x exponent; below −87 and above 88 it counts as those
   * @return e^x, always finite and positive, or NaN for NaN
   */
  public static float exp(float x) {
    float clamped = clamped(x);
    float n = exponent(clamped);
    return fraction(clamped, n) * Float.intBitsToFloat(powerBits(n));
  }

  // the parts of exp, for loops over many numbers

  static float clamped(float x) {
    return Math.min(HIGHEST, Math.max(LOWEST, x));
  }

  /** The whole number n for which e^x = 2^n · {@link #fraction}. */
  static float exponent(float x) {
    return (x * LOG2_E + ROUND) - ROUND;
  }

  static float fraction(float x, float n) {
    float r = Math.fma(n, -LN2_HIGH, x);
    r = Math.fma(n, -LN2_LOW, r);
    // Taylor polynomial of degree 7 on |r| <= ln 2 / 2: its error is below 6e-9 there
    float p = 1f / 5040;
    p = Math.fma(p, r, 1f / 720);
    p = Math.fma(p, r, 1f / 120);
    p = Math.fma(p, r, 1f / 24);
    p = Math.fma(p, r, 1f / 6);
    p = Math.fma(p, r, 0.5f);
    p = Math.fma(p, r, 1f);
    p = Math.fma(p, r, 1f);
    return p;
  }

  /** The bits of 2^n. */
  static int powerBits(float n) {
    return ((int) n + 127) << 23;
  }

  /**
   * SiLU, also called swish: {@code x / (1 + e^−x)}.
   *
   * @param x input
   * @return output
   */
  public static float silu(float x) {
    return x / (1f + exp(-x));
  }

  /**
   * Logistic function: {@code 1 / (1 + e^−x)}.
   *
   * @param x input
   * @return output
   */
  public static float sigmoid(float x) {
    return 1f / (1f + exp(-x));
  }

  /**
   * Softplus: {@code ln(1 + e^x)}, in double precision, then rounded.
   *
   * @param x input
   * @return output
   */
  public static float softplus(float x) {
    // beyond 20 the difference from x is below half a unit in the last place
    return x > 20 ? x : (float) StrictMath.log1p(StrictMath.exp(x));
  }

  /**
   * Hyperbolic tangent, absolute error below 3e-7.
   *
   * @param x input
   * @return tanh x
   */
  public static float tanh(float x) {
    return 1f - 2f / (1f + exp(2f * x));
  }

  /**
   * GELU in the form with a hyperbolic tangent (Hendrycks and Gimpel, 2016): {@code x / 2 · (1 +
   * tanh(√(2/π) · (x + 0.044715 x³)))}.
   *
   * @param x input
   * @return output
   */
  public static float geluTanh(float x) {
    float u = SQRT_2_OVER_PI * Math.fma(GELU_CUBIC * x * x, x, x);
    return x / (1f + exp(-2f * u));
  }

  /**
   * GELU (Hendrycks and Gimpel, 2016): x times the normal distribution function of x.
   *
   * @param x input
   * @return output
   */
  public static float gelu(float x) {
    float z = Math.abs(x) * SQRT_HALF;
    // erfc by Chebyshev fitting, relative error below 1.2e-7 (Press et al., Numerical Recipes 6.2)
    float t = 1f / (1f + 0.5f * z);
    float p = 0.17087276f;
    p = Math.fma(p, t, -0.82215226f);
    p = Math.fma(p, t, 1.4885159f);
    p = Math.fma(p, t, -1.135204f);
    p = Math.fma(p, t, 0.27886808f);
    p = Math.fma(p, t, -0.18628806f);
    p = Math.fma(p, t, 0.09678418f);
    p = Math.fma(p, t, 0.37409195f);
    p = Math.fma(p, t, 1.0000237f);
    p = Math.fma(p, t, -1.2655122f);
    float tail = 0.5f * t * exp(Math.fma(-z, z, p));
    return x * (x >= 0 ? 1f - tail : tail);
  }

  /**
   * Sine: computed in double precision, then rounded. {@link StrictMath#sin} gives the same, but
   * leaves garbage.
   *
   * @param x angle in radians
   * @return sin x, or NaN when x is not finite
   */
  public static float sin(float x) {
    return Math.abs(x) < REDUCIBLE ? sine(x, 0) : (float) StrictMath.sin(x);
  }

  /**
   * Cosine: computed in double precision, then rounded.
   *
   * @param x angle in radians
   * @return cos x, or NaN when x is not finite
   */
  public static float cos(float x) {
    return Math.abs(x) < REDUCIBLE ? sine(x, 1) : (float) StrictMath.cos(x);
  }

  /** sin(x + quarters · π / 2). */
  private static float sine(float x, int quarters) {
    double n = Math.rint(x * TWO_OVER_PI);
    double r = Math.fma(-n, HALF_PI_LOW, Math.fma(-n, HALF_PI_HIGH, x));
    int quadrant = (int) ((long) n + quarters & 3);
    double y = quadrant % 2 == 0 ? sineNearZero(r) : cosineNearZero(r);
    return (float) (quadrant < 2 ? y : -y);
  }

  /** Taylor polynomial: on |r| <= π / 4 its error is below 2^−54. */
  private static double sineNearZero(double r) {
    double square = r * r;
    double p = -1 / 1307674368000.0;
    p = Math.fma(p, square, 1 / 6227020800.0);
    p = Math.fma(p, square, -1 / 39916800.0);
    p = Math.fma(p, square, 1 / 362880.0);
    p = Math.fma(p, square, -1 / 5040.0);
    p = Math.fma(p, square, 1 / 120.0);
    p = Math.fma(p, square, -1 / 6.0);
    return Math.fma(p * square, r, r);
  }

  private static double cosineNearZero(double r) {
    double square = r * r;
    double p = 1 / 20922789888000.0;
    p = Math.fma(p, square, -1 / 87178291200.0);
    p = Math.fma(p, square, 1 / 479001600.0);
    p = Math.fma(p, square, -1 / 3628800.0);
    p = Math.fma(p, square, 1 / 40320.0);
    p = Math.fma(p, square, -1 / 720.0);
    p = Math.fma(p, square, 1 / 24.0);
    p = Math.fma(p, square, -1 / 2.0);
    return Math.fma(p, square, 1.0);
  }
}
