package dev.nomoat.tokenizer.vocab;

/** Receives tokens in the order of the text. */
public interface TokenSink {
  /**
   * Takes the next token.
   *
   * @param id its id
   * @param from where its text starts, in the bytes that were encoded
   * @param to where its text ends, exclusive
   */
  void accept(int id, int from, int to);

  /**
   * Whether the places matter; without them steps that rewrite text need not keep track.
   *
   * @return false unless the sink needs them
   */
  default boolean wantsPlaces() {
    return false;
  }
}
