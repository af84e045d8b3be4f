package dev.nomoat;

import java.util.Objects;
import java.util.Optional;

/**
 * One generated token. Immutable.
 *
 * @param id its place in the vocabulary, from 0
 * @param text the text that became final with this token, to be appended to the text of the tokens
 *     before it. It is empty while a character is incomplete, while an emoji may yet go on, and
 *     while what was generated may yet turn out to be the beginning of a stop string; a later token
 *     then brings it along. A control token has no text of its own, so it brings only what was
 *     before it.
 * @param logProbabilities how likely the model considers it, if the request asked for that
 */
public record Token(int id, String text, Optional<LogProbabilities> logProbabilities) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if {@code id} is negative
   */
  public Token {
    Require.notNegative(id, "id");
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(logProbabilities, "logProbabilities");
  }

  /**
   * A token without log-probabilities.
   *
   * @param id its place in the vocabulary, from 0
   * @param text the text that became final with this token
   * @throws IllegalArgumentException if {@code id} is negative
   */
  public Token(int id, String text) {
    this(id, text, Optional.empty());
  }
}
