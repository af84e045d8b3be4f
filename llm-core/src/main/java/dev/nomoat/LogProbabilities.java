package dev.nomoat;

import java.util.List;

/**
 * How likely the model considers a token that was chosen, and those that it considers most likely
 * at that place. These are the probabilities of the model itself, among all tokens: before a
 * grammar, and before anything of {@link SamplingOptions}. Immutable.
 *
 * @param chosen the natural logarithm of the probability of the token that was chosen; at most 0
 * @param top the most likely tokens, the most likely first and the lower id among equals; as many
 *     as the request asked for
 */
public record LogProbabilities(float chosen, List<TokenLogProbability> top) {
  /**
   * Checks the range, and copies the tokens, so that they cannot change.
   *
   * @throws IllegalArgumentException if {@code chosen} is NaN or above 0
   */
  public LogProbabilities {
    Require.logProbability(chosen);
    top = List.copyOf(top);
  }
}
