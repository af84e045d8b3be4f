package dev.nomoat.tokenizer.vocab;

/** One tokenizer algorithm, made ready for one vocabulary. Immutable and thread-safe. */
public interface SegmentEncoder {
  /**
   * Starts encoding one text.
   *
   * @param sink receives the ids
   * @return a session of its own, for one thread
   */
  Session open(TokenSink sink);

  /**
   * Encodes the segments of one text, in order. Keeps its working memory between segments; not
   * thread-safe.
   */
  interface Session {
    /**
     * Encodes a segment of plain text: what is between two special tokens or the ends of the text.
     *
     * @param text well-formed UTF-8; the algorithm may overwrite the segment and the one byte
     *     before it
     * @param from the start of the segment, at least 1
     * @param to its end, exclusive
     */
    void encode(byte[] text, int from, int to);
  }
}
