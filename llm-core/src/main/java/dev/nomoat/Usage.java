package dev.nomoat;

import java.time.Duration;

/**
 * What a generation took. Immutable.
 *
 * @param promptTokens how many tokens the prompt has, an added beginning-of-sequence token included
 * @param reusedTokens how many of these needed no evaluation, because another request began with
 *     the same tokens
 * @param generatedTokens how many tokens were generated; the end-of-generation token that ended it
 *     does not count
 * @param guessedTokens how many of these had been {@linkplain Speculation guessed}, and so took no
 *     pass over the weights of their own
 * @param timeToFirstToken from the start of the request to the first token, waiting and tokenising
 *     included; zero if there was no token
 * @param promptTime how long the model worked on the prompt
 * @param decodeTime from the first generated token to the last; zero if there were fewer than two
 */
public record Usage(
    int promptTokens,
    int reusedTokens,
    int generatedTokens,
    int guessedTokens,
    Duration timeToFirstToken,
    Duration promptTime,
    Duration decodeTime) {
  private static final double NANOS_PER_SECOND = 1e9;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a count or a duration is negative
   */
  public Usage {
    Require.notNegative(promptTokens, "promptTokens");
    Require.notNegative(reusedTokens, "reusedTokens");
    Require.notNegative(generatedTokens, "generatedTokens");
    Require.notNegative(guessedTokens, "guessedTokens");
    notNegative(timeToFirstToken, "timeToFirstToken");
    notNegative(promptTime, "promptTime");
    notNegative(decodeTime, "decodeTime");
  }

  /**
   * How fast those tokens of the prompt were evaluated that needed it.
   *
   * @return tokens per second, or 0 if no time was measured
   */
  public double promptTokensPerSecond() {
    return perSecond(promptTokens - reusedTokens, promptTime);
  }

  /**
   * How fast tokens followed the first one. The first is not counted, because it comes out of the
   * evaluation of the prompt.
   *
   * @return tokens per second, or 0 if fewer than two tokens were generated
   */
  public double decodeTokensPerSecond() {
    return perSecond(Math.max(0, generatedTokens - 1), decodeTime);
  }

  private static double perSecond(int tokens, Duration time) {
    double seconds = time.getSeconds() + time.getNano() / NANOS_PER_SECOND;
    return seconds == 0 ? 0 : tokens / seconds;
  }

  private static void notNegative(Duration value, String name) {
    if (value.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative, but is " + value);
    }
  }
}
