package dev.nomoat.tokenizer.pretokenize;

import dev.nomoat.tokenizer.vocab.TextSink;

/** Splits text into pieces. Immutable and thread-safe. */
public interface Splitter {
  /**
   * Starts splitting one text.
   *
   * @param pieces takes the pieces
   * @return takes the text, stretch by stretch; no piece is in two of them
   */
  TextSink open(TextSink pieces);
}
