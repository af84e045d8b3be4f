package dev.nomoat;

/**
 * The number format that keys and values of past tokens are kept in: how much memory a token takes,
 * how much of it is read for each further one, and how exactly. {@link ModelInfo#cacheBytes} tells
 * what a model's take.
 *
 * <p>What a type costs is told as the mean Kullback-Leibler divergence of the next token's
 * probabilities from those with {@link #F32}, over 256 tokens of a model of 3.7 million parameters
 * whose weights are exact; a larger model loses less.
 */
public enum CacheType {
  /** IEEE 754 binary32: 4 bytes a number, exact. */
  F32,
  /** IEEE 754 binary16: 2 bytes a number. Costs 4·10⁻⁹. */
  F16,
  /**
   * 8 bits, and a binary16 scale for each 32 numbers of a head, rounded as in {@link
   * dev.nomoat.quant.TensorType#Q8_0}: 34 bytes for 32 numbers, 0.53 of {@link #F16}. Costs 2·10⁻⁶.
   */
  Q8_0,
  /**
   * 4 bits, and a binary16 scale for each 32 numbers of a head, rounded as in {@link
   * dev.nomoat.quant.TensorType#Q4_0}: 18 bytes for 32 numbers, 0.28 of {@link #F16}. Costs 6·10⁻⁴,
   * which can be seen in what a model says.
   */
  Q4_0
}
