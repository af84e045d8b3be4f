package dev.nomoat.math;

/** Normalisation of a token's activations. */
public final class Norms {
  private Norms() {}

  /**
   * RMSNorm: {@code y = x / sqrt(mean(x²) + ε) · weight} (Zhang and Sennrich, 2019).
   *
   * @param x input
   * @param from where the token's numbers begin
   * @param weight gain, one for each number; its length is the token's
   * @param epsilon ε
   * @param y output
   * @param to where the token's numbers begin
   * @param partial scratch for {@link Reduction#LANES} numbers
   */
  public static void rms(
      float[] x, int from, float[] weight, float epsilon, float[] y, int to, float[] partial) {
    rms(x, from, weight, 0, weight.length, epsilon, y, to, partial);
  }

  /**
   * RMSNorm with a part of the gains.
   *
   * @param x input
   * @param from where the numbers begin
   * @param weight gains
   * @param first gain of the first number
   * @param dim how many numbers there are
   * @param epsilon ε
   * @param y output
   * @param to where the numbers begin
   * @param partial scratch for {@link Reduction#LANES} numbers
   */
  public static void rms(
      float[] x,
      int from,
      float[] weight,
      int first,
      int dim,
      float epsilon,
      float[] y,
      int to,
      float[] partial) {
    float mean = Reduction.sumOfSquares(x, from, dim, partial) / dim;
    float scale = (float) (1 / Math.sqrt(mean + epsilon));
    for (int i = 0; i < dim; i++) {
      y[to + i] = x[from + i] * scale * weight[first + i];
    }
  }

  /**
   * LayerNorm: {@code y = (x − mean(x)) / sqrt(var(x) + ε) · weight + bias} (Ba et al., 2016).
   *
   * @param x input
   * @param from where the token's numbers begin
   * @param weight gain, one for each number; its length is the token's
   * @param bias added, one for each number, or empty for none
   * @param epsilon ε
   * @param y output
   * @param to where the token's numbers begin
   * @param partial scratch for {@link Reduction#LANES} numbers
   */
  public static void layer(
      float[] x,
      int from,
      float[] weight,
      float[] bias,
      float epsilon,
      float[] y,
      int to,
      float[] partial) {
    int dim = weight.length;
    float mean = Reduction.sum(x, from, dim, partial) / dim;
    for (int i = 0; i < dim; i++) {
      y[to + i] = x[from + i] - mean;
    }
    float variance = Reduction.sumOfSquares(y, to, dim, partial) / dim;
    float scale = (float) (1 / Math.sqrt(variance + epsilon));
    for (int i = 0; i < dim; i++) {
      float v = y[to + i] * scale * weight[i];
      y[to + i] = bias.length == 0 ? v : v + bias[i];
    }
  }
}
