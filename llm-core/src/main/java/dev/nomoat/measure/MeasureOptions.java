package dev.nomoat.measure;

import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.Tokenizer;
import java.util.Objects;

/**
 * How a text is cut into chunks, each evaluated on its own. Predictions count from the middle of a
 * chunk on, where there is something to go by. Where a model begins texts with a token of its own,
 * it stands in place of the first token of each chunk. Immutable.
 *
 * @param chunkSize tokens in a chunk, at least 4; what is left at the end of the text is not used
 * @param mostChunks how many chunks are used at most
 * @param listener hears of the progress
 */
public record MeasureOptions(int chunkSize, int mostChunks, Listener listener) {
  private static final int LEAST_CHUNK = 4;

  /** Hears of the progress. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Called after each chunk, on the thread that measures.
     *
     * @param done chunks that were evaluated
     * @param total how many there are
     */
    void progress(int done, int total);
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if a chunk is too short, or no chunks are wanted
   */
  public MeasureOptions {
    Objects.requireNonNull(listener, "listener");
    if (chunkSize < LEAST_CHUNK) {
      throw new IllegalArgumentException(
          "a chunk takes at least %d tokens, not %d".formatted(LEAST_CHUNK, chunkSize));
    }
    if (mostChunks <= 0) {
      throw new IllegalArgumentException("at least one chunk is needed, not " + mostChunks);
    }
  }

  /**
   * All chunks of 512 tokens.
   *
   * @return the options
   */
  public static MeasureOptions defaults() {
    return new MeasureOptions(512, Integer.MAX_VALUE, (done, total) -> {});
  }

  /**
   * Sets how long a chunk is.
   *
   * @param value tokens
   * @return other options
   * @throws IllegalArgumentException if that is too short
   */
  public MeasureOptions withChunkSize(int value) {
    return new MeasureOptions(value, mostChunks, listener);
  }

  /**
   * Sets how many chunks are used.
   *
   * @param value the number at most
   * @return other options
   * @throws IllegalArgumentException if it is not positive
   */
  public MeasureOptions withMostChunks(int value) {
    return new MeasureOptions(chunkSize, value, listener);
  }

  /**
   * Sets who hears of the progress.
   *
   * @param value the listener
   * @return other options
   */
  public MeasureOptions withListener(Listener value) {
    return new MeasureOptions(chunkSize, mostChunks, value);
  }

  /**
   * The tokens of a text that is measured.
   *
   * @param tokenizer of the model
   * @param text plain text; what looks like a control token in it stays text
   * @return token ids
   */
  public static int[] tokens(Tokenizer tokenizer, String text) {
    return tokenizer.encodePrompt(text, SpecialTokens.PLAIN_TEXT);
  }
}
