package dev.nomoat.math;

/** How fast the pairs of a rotary embedding turn: the schemes that stretch a model's context. */
public final class RotaryFrequencies {
  private RotaryFrequencies() {}

  /**
   * Frequencies {@code base^(−2 i / dim) · scale / factor_i}.
   *
   * @param dim how many numbers of a head are turned, even
   * @param base frequency base, such as 10000
   * @param scale what positions are multiplied by: 1, or 1 / n for linear scaling by n
   * @param factors divisors of the frequencies, one for each pair, or empty for none (Llama 3,
   *     LongRoPE)
   * @return {@code dim / 2} frequencies
   */
  public static float[] scaled(int dim, float base, float scale, float[] factors) {
    float[] frequencies = new float[dim / 2];
    for (int i = 0; i < frequencies.length; i++) {
      float frequency = (float) (1 / StrictMath.pow(base, 2.0 * i / dim));
      frequencies[i] = frequency * scale / (factors.length == 0 ? 1f : factors[i]);
    }
    return frequencies;
  }

  /**
   * YaRN (Peng et al., 2023): pairs that turn often within the original context keep their
   * frequency, those that turn seldom are slowed down by the factor, those between by a part of it.
   *
   * @param dim how many numbers of a head are turned, even
   * @param base frequency base
   * @param yarn its parameters
   * @return {@code dim / 2} frequencies
   */
  public static float[] yarn(int dim, float base, Yarn yarn) {
    double low = pairThatTurns(yarn.betaFast(), dim, base, yarn.originalContext());
    double high = pairThatTurns(yarn.betaSlow(), dim, base, yarn.originalContext());
    if (yarn.wholePairs()) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, dim - 1.0);
    float[] frequencies = scaled(dim, base, 1, new float[0]);
    for (int i = 0; i < frequencies.length; i++) {
      double ramp = Math.clamp((i - low) / Math.max(0.001, high - low), 0.0, 1.0);
      frequencies[i] = (float) (frequencies[i] * (1 - ramp + ramp / yarn.factor()));
    }
    return frequencies;
  }

  /** The pair that makes so many turns over a context. */
  private static double pairThatTurns(double turns, int dim, float base, int context) {
    return dim * StrictMath.log(context / (turns * 2 * Math.PI)) / (2 * StrictMath.log(base));
  }

  /**
   * Parameters of {@link #yarn}.
   *
   * @param factor how many times longer the context becomes, 1 or more
   * @param originalContext positions that the model was first trained for
   * @param betaFast turns over the original context from which on a pair keeps its frequency
   * @param betaSlow turns below which a pair is slowed down by the whole factor
   * @param wholePairs whether the two bounds are rounded to whole pairs
   */
  public record Yarn(
      float factor, int originalContext, float betaFast, float betaSlow, boolean wholePairs) {}
}
