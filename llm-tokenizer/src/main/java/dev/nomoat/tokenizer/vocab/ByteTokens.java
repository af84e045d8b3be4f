package dev.nomoat.tokenizer.vocab;

/** The tokens of single bytes, which spell what is in no other token. Immutable. */
public final class ByteTokens {
  /** By byte: its token, or -1. */
  private final int[] ids;

  /**
   * Makes the table.
   *
   * @param ids by byte, its token, or -1 if there is none
   */
  public ByteTokens(int[] ids) {
    this.ids = ids.clone();
  }

  /**
   * The token of a byte.
   *
   * @param value the byte
   * @return its id, or -1
   */
  public int id(byte value) {
    return ids[value & 0xFF];
  }

  /**
   * Whether all bytes of a stretch have tokens.
   *
   * @param text holds the stretch
   * @param from its start
   * @param to its end, exclusive
   * @return whether they spell it
   */
  public boolean spell(byte[] text, int from, int to) {
    for (int at = from; at < to; at++) {
      if (id(text[at]) < 0) {
        return false;
      }
    }
    return true;
  }
}
