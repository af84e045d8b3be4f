package dev.nomoat;

/** Takes the scores of all tokens that may follow a token. */
@FunctionalInterface
public interface LogitsConsumer {
  /**
   * Takes those of one token.
   *
   * @param position where the token is, from 0
   * @param logits holds the scores; valid during the call
   * @param offset where the scores begin, one for each token of the vocabulary
   */
  void accept(int position, float[] logits, int offset);
}
