package dev.nomoat;

import java.util.Objects;

/**
 * What to search likely continuations of. Immutable.
 *
 * @param prompt what is continued
 * @param beams how many continuations are kept at a time, and found: 1 to 64
 * @param maxTokens how long a continuation gets at most, positive
 * @param lengthPenalty the power of the length by which the logarithm of a continuation's
 *     probability is divided, to compare those of different lengths: 0 prefers short ones, 1
 *     compares the mean of their tokens
 */
public record BeamRequest(Prompt prompt, int beams, int maxTokens, double lengthPenalty) {
  private static final int MOST_BEAMS = 64;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is outside its range
   */
  public BeamRequest {
    Objects.requireNonNull(prompt, "prompt");
    if (beams < 1 || beams > MOST_BEAMS) {
      throw new IllegalArgumentException(
          "beams must be 1 to %d, not %d".formatted(MOST_BEAMS, beams));
    }
    if (maxTokens < 1) {
      throw new IllegalArgumentException("maxTokens must be positive, not " + maxTokens);
    }
    if (!Double.isFinite(lengthPenalty)) {
      throw new IllegalArgumentException("lengthPenalty must be finite, not " + lengthPenalty);
    }
  }

  /**
   * Four beams of at most 128 tokens.
   *
   * @param prompt plain text; what looks like a control token in it stays text
   * @return the request
   */
  public static BeamRequest of(String prompt) {
    return of(Prompt.text(prompt));
  }

  /**
   * Four beams of at most 128 tokens.
   *
   * @param prompt what is continued
   * @return the request
   */
  public static BeamRequest of(Prompt prompt) {
    return new BeamRequest(prompt, 4, 128, 1);
  }

  /**
   * Sets what is continued.
   *
   * @param value the prompt
   * @return another request
   */
  public BeamRequest withPrompt(Prompt value) {
    return new BeamRequest(value, beams, maxTokens, lengthPenalty);
  }

  /**
   * Sets how many continuations are kept at a time, and found.
   *
   * @param value 1 to 64
   * @return another request
   * @throws IllegalArgumentException if it is outside its range
   */
  public BeamRequest withBeams(int value) {
    return new BeamRequest(prompt, value, maxTokens, lengthPenalty);
  }

  /**
   * Sets how long a continuation gets at most.
   *
   * @param value tokens, positive
   * @return another request
   * @throws IllegalArgumentException if it is not positive
   */
  public BeamRequest withMaxTokens(int value) {
    return new BeamRequest(prompt, beams, value, lengthPenalty);
  }

  /**
   * Sets how much long continuations are preferred.
   *
   * @param value the power of the length
   * @return another request
   * @throws IllegalArgumentException if it is not finite
   */
  public BeamRequest withLengthPenalty(double value) {
    return new BeamRequest(prompt, beams, maxTokens, value);
  }
}
