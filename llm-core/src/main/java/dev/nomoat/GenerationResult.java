package dev.nomoat;

import java.util.List;
import java.util.Objects;

/**
 * What a generation produced as a whole. Immutable.
 *
 * @param text the generated text, without the stop string that ended it; where time, a cancellation
 *     or closing cut it, also without what may have become a stop string, a character or an emoji
 * @param ids the generated tokens. The end-of-generation token that ended the run is not among
 *     them; a request that ignores such tokens gets them like any other. Tokens of a stop string
 *     are among them, although their text is cut.
 * @param finishReason why it ended
 * @param usage what it took
 * @param logProbabilities for each of the ids, how likely the model considers it; empty if the
 *     request did not ask for that
 */
public record GenerationResult(
    String text,
    List<Integer> ids,
    FinishReason finishReason,
    Usage usage,
    List<LogProbabilities> logProbabilities) {
  /** Copies the lists, so that the result cannot change. */
  public GenerationResult {
    Objects.requireNonNull(text, "text");
    ids = List.copyOf(ids);
    Objects.requireNonNull(finishReason, "finishReason");
    Objects.requireNonNull(usage, "usage");
    logProbabilities = List.copyOf(logProbabilities);
  }
}
