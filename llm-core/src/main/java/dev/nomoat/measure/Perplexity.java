package dev.nomoat.measure;

import dev.nomoat.LanguageModel;
import dev.nomoat.sample.LogSum;

/**
 * How well a model foresees a text: among how many equally likely tokens each one was, in the mean.
 *
 * @param value exp of the mean of −ln p over the tokens: 1 or above, the lower the better
 * @param error the standard error of the value, by which it would change on other texts of this
 *     length and kind
 * @param tokens how many tokens were predicted
 * @param chunks of how many chunks
 */
public record Perplexity(double value, double error, long tokens, int chunks) {
  /**
   * Measures a model on a text. Interrupting the thread ends that after the chunk at hand, with
   * what was measured until then.
   *
   * @param model the model
   * @param text the tokens of a text; see {@link MeasureOptions#tokens}
   * @param options how the text is cut
   * @return the perplexity
   * @throws IllegalArgumentException if the text is shorter than a chunk, or has tokens outside the
   *     vocabulary
   * @throws dev.nomoat.ContextOverflowException if a chunk is longer than the model's context
   * @throws dev.nomoat.GenerationException if evaluating fails
   * @throws IllegalStateException if the model is closed, before or meanwhile
   * @throws dev.nomoat.UnsupportedModelException if the model is an encoder
   */
  public static Perplexity of(LanguageModel model, int[] text, MeasureOptions options) {
    TextChunks chunks = new TextChunks(model, text, options);
    int vocabulary = model.info().vocabularySize();
    Moments losses = new Moments();
    int done =
        chunks.forEach(
            tokens ->
                model.logits(
                    tokens,
                    chunks.firstCounted(),
                    (position, logits, at) -> {
                      if (position + 1 < tokens.length) {
                        int next = tokens[position + 1];
                        losses.add(LogSum.of(logits, at, vocabulary) - logits[at + next]);
                      }
                    }));
    return of(losses, done);
  }

  static Perplexity of(Moments losses, int chunks) {
    double value = Math.exp(losses.mean());
    return new Perplexity(value, value * losses.error(), losses.count(), chunks);
  }
}
