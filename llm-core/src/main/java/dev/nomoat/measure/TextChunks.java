package dev.nomoat.measure;

import dev.nomoat.LanguageModel;
import dev.nomoat.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** The chunks of a text, as {@link MeasureOptions} says. */
final class TextChunks {
  private final int[] text;
  private final MeasureOptions options;
  private final OptionalInt first;
  private final int count;

  /**
   * Cuts a text.
   *
   * @throws IllegalArgumentException if it is shorter than a chunk
   */
  TextChunks(LanguageModel model, int[] text, MeasureOptions options) {
    this.text = text.clone();
    this.options = options;
    Tokenizer tokenizer = model.tokenizer();
    first = tokenizer.addsBos() ? tokenizer.bosId() : OptionalInt.empty();
    count = Math.min(options.mostChunks(), text.length / options.chunkSize());
    if (count == 0) {
      throw new IllegalArgumentException(
          "a text of %d tokens is shorter than a chunk of %d: take more text or shorter chunks"
              .formatted(text.length, options.chunkSize()));
    }
  }

  /** The first position whose prediction counts. */
  int firstCounted() {
    return options.chunkSize() / 2;
  }

  /**
   * Takes the chunks one after the other, until the thread is interrupted.
   *
   * @return how many were taken, at least one
   */
  int forEach(Consumer<int[]> consumer) {
    for (int chunk = 0; chunk < count; chunk++) {
      int from = chunk * options.chunkSize();
      int[] tokens = Arrays.copyOfRange(text, from, from + options.chunkSize());
      if (first.isPresent()) {
        tokens[0] = first.getAsInt();
      }
      consumer.accept(tokens);
      options.listener().progress(chunk + 1, count);
      if (Thread.currentThread().isInterrupted()) {
        return chunk + 1;
      }
    }
    return count;
  }
}
