package dev.nomoat;

/**
 * What a {@link SamplingStep} sees and changes: the logit of every token, and the text so far. For
 * the one thread that calls the step, and only during the call: later every method throws
 * IllegalStateException.
 */
public interface TokenScores {
  /**
   * How many tokens the vocabulary has.
   *
   * @return tokens
   */
  int vocabularySize();

  /**
   * The logit of a token.
   *
   * @param token its id
   * @return a number below +∞; -∞ if the token cannot be chosen
   * @throws IndexOutOfBoundsException if the vocabulary has no such token
   */
  float logit(int token);

  /**
   * Changes the logit of a token. One that cannot be chosen, by the request's grammar say, stays
   * so.
   *
   * @param token its id
   * @param logit a number below +∞; -∞ rules the token out
   * @throws IllegalArgumentException if the number is NaN or +∞
   * @throws IndexOutOfBoundsException if the vocabulary has no such token
   */
  void setLogit(int token, float logit);

  /**
   * How many tokens there are so far, of the prompt and generated.
   *
   * @return tokens
   */
  int textLength();

  /**
   * A token of the prompt or generated.
   *
   * @param index its place in the text, from 0
   * @return its id
   * @throws IndexOutOfBoundsException if the text is shorter
   */
  int textToken(int index);
}
