package dev.nomoat;

/**
 * A step of a caller's own in the choice of a token, for what {@link SamplingOptions} does not
 * have: to watermark a text, to forbid words by what came before, to blend in another model.
 *
 * <p>Options may be shared by many requests, so a step must be safe for use by many threads; what
 * it wants to know of the text it is told each time. It runs on the thread that computes for all
 * requests: it should take microseconds, and must not wait. What it throws ends the one generation
 * with {@link GenerationException}, and no other.
 *
 * <p>The same seed gives the same tokens if the step always does the same with the same scores and
 * text.
 */
@FunctionalInterface
public interface SamplingStep {
  /**
   * Changes the scores of tokens. Called once for each token to choose.
   *
   * @param scores what the bias and the penalties left; valid until this returns
   */
  void apply(TokenScores scores);
}
