package dev.nomoat;

/**
 * A token, and how likely the model considers it.
 *
 * @param id its place in the vocabulary, from 0
 * @param logProbability the natural logarithm of its probability; at most 0, and -∞ for a token
 *     that the model rules out
 */
public record TokenLogProbability(int id, float logProbability) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if {@code id} is negative or {@code logProbability} is NaN or
   *     above 0
   */
  public TokenLogProbability {
    Require.notNegative(id, "id");
    Require.logProbability(logProbability);
  }
}
