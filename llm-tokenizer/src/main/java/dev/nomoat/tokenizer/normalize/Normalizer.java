package dev.nomoat.tokenizer.normalize;

/** Rewrites a stretch of text. Immutable and thread-safe. */
public interface Normalizer {
  /**
   * Rewrites the text of a buffer. A step that changes nothing may leave the buffer alone; one that
   * writes must write everything and then call {@link TextBuffer#flip}.
   *
   * @param text the buffer
   */
  void apply(TextBuffer text);
}
