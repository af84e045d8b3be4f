package dev.nomoat.tokenizer.bpe;

/**
 * Remembers which tokens come out whole when their own text is merged, so that a piece that is such
 * a token needs no merging. Found out as the tokens are met. Threads may race: each would write the
 * same.
 */
final class WholePieces {
  private static final byte WHOLE = 1;
  private static final byte PARTS = 2;

  /** By id: 0 as long as it is not known. */
  private final byte[] states;

  WholePieces(int vocab) {
    states = new byte[vocab];
  }

  boolean isKnownWhole(int id) {
    return states[id] == WHOLE;
  }

  /** Notes what merging the text of a token gave. */
  void note(int id, boolean whole) {
    states[id] = whole ? WHOLE : PARTS;
  }
}
