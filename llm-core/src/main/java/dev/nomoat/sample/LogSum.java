package dev.nomoat.sample;

/** The logarithm of a sum of exponentials: what a logit must lose to become a log-probability. */
public final class LogSum {
  private LogSum() {}

  /**
   * Computes it, the same on every JVM.
   *
   * @param logits holds the logits, none of them NaN or +∞ and one above -∞
   * @param at where they begin
   * @param count how many
   * @return ln Σ exp(logit)
   */
  public static double of(float[] logits, int at, int count) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = at; i < at + count; i++) {
      max = Math.max(max, logits[i]);
    }
    double sum = 0;
    for (int i = at; i < at + count; i++) {
      sum += StrictMath.exp((double) logits[i] - max);
    }
    return max + StrictMath.log(sum);
  }
}
