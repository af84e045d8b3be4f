package dev.nomoat.tokenizer.pretokenize;

/** Splits text into pieces that cover it without gaps. Immutable and thread-safe. */
public interface Splitter {
  /**
   * Finds the end of the piece that starts at a place.
   *
   * @param text well-formed UTF-8
   * @param from where the piece starts: the start of the segment or the end of the piece before
   * @param to where the segment ends, exclusive; greater than {@code from}
   * @return where the piece ends, in {@code (from, to]}
   */
  int end(byte[] text, int from, int to);
}
