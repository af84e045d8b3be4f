package dev.nomoat;

import java.util.List;

/**
 * A continuation that a search found. Immutable.
 *
 * @param text the text, without an end token
 * @param tokens its tokens, without an end token
 * @param logProbability the natural logarithm of its probability, its end token's included
 * @param score that, divided by the power of the length: the higher, the better
 * @param finishReason {@link FinishReason#END_OF_GENERATION}, {@link FinishReason#MAX_TOKENS},
 *     {@link FinishReason#CONTEXT_FULL}, or {@link FinishReason#CANCELLED} when the thread was
 *     interrupted
 */
public record Beam(
    String text,
    List<Integer> tokens,
    double logProbability,
    double score,
    FinishReason finishReason) {
  /** Copies the tokens. */
  public Beam {
    tokens = List.copyOf(tokens);
  }
}
