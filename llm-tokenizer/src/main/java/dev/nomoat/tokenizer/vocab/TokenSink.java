package dev.nomoat.tokenizer.vocab;

/** Receives token ids in the order of the text. */
public interface TokenSink {
  /**
   * Takes the next token.
   *
   * @param id its id
   */
  void accept(int id);
}
