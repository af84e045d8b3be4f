package dev.nomoat.tokenizer.vocab;

/** One tokenizer algorithm, made ready for one vocabulary. Immutable and thread-safe. */
public interface SegmentEncoder {
  /**
   * Starts encoding one text.
   *
   * @param sink receives the ids
   * @return takes the segments of the text: what is between two special tokens or the ends
   */
  TextSink open(TokenSink sink);
}
