package dev.nomoat;

import java.util.List;

/**
 * How likely a model considers a text, token by token. Immutable.
 *
 * @param tokens the tokens, in their order. The first of a text has nothing before it, so it is not
 *     among them; where the model begins texts with a token of its own, that one is missing, and
 *     all tokens of the text are there.
 */
public record TextScore(List<TokenScore> tokens) {
  /** Copies the tokens, so that the score cannot change. */
  public TextScore {
    tokens = List.copyOf(tokens);
  }

  /**
   * A token and its probability.
   *
   * @param id the token
   * @param logProbability the natural logarithm of its probability after the tokens before it: 0 or
   *     below
   */
  public record TokenScore(int id, double logProbability) {}

  /**
   * The logarithm of the probability of the whole.
   *
   * @return the sum over the tokens
   */
  public double logProbability() {
    return tokens.stream().mapToDouble(TokenScore::logProbability).sum();
  }

  /**
   * The perplexity: among how many equally likely tokens each one was chosen, in the mean.
   *
   * @return exp of the negative mean of the logarithms; NaN if there are no tokens
   */
  public double perplexity() {
    return Math.exp(-logProbability() / tokens.size());
  }
}
