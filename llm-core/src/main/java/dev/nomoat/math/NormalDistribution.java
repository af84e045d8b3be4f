package dev.nomoat.math;

/** The standard normal distribution, in double precision, with the same bits on every machine. */
public final class NormalDistribution {
  /** Beyond it, a double next to 0 or 1 is a better answer than any sum. */
  private static final double FAR = 8.5;

  private static final double ROOT = Math.sqrt(2 * Math.PI);

  private NormalDistribution() {}

  /**
   * The number below which a random one is with a given probability, good for twelve digits.
   *
   * @param probability more than 0 and less than 1
   * @return the quantile, at most 8.5 from 0
   */
  public static double quantile(double probability) {
    double low = -FAR;
    double high = FAR;
    double middle = 0;
    // until the interval is as small as doubles are close
    for (int i = 0; i < 64; i++) {
      middle = (low + high) / 2;
      if (below(middle) < probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return middle;
  }

  /** The distribution function: ½ + density(x) · (x + x³/3 + x⁵/15 + …) (Marsaglia, 2004). */
  private static double below(double x) {
    double term = x;
    double sum = x;
    for (int n = 3; sum + term != sum; n += 2) {
      term *= x * x / n;
      sum += term;
    }
    return 0.5 + sum * StrictMath.exp(-x * x / 2) / ROOT;
  }
}
