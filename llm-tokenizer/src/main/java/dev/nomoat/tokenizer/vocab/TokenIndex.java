package dev.nomoat.tokenizer.vocab;

/**
 * Finds the token whose bytes are those of a range of text: an open-addressing table. Immutable.
 */
public final class TokenIndex {
  /** The id of a range that is no token. */
  public static final int NONE = -1;

  private final TokenBytes tokens;

  /** High half of the hash, then id + 1; 0 is an empty slot. */
  private final long[] slots;

  private final int longest;

  private TokenIndex(TokenBytes tokens, long[] slots, int longest) {
    this.tokens = tokens;
    this.slots = slots;
    this.longest = longest;
  }

  /**
   * Indexes some tokens of a table.
   *
   * @param tokens the table
   * @param ids the ids to index; of several with the same bytes the first counts; tokens without
   *     bytes are left out
   * @return the index
   */
  public static TokenIndex of(TokenBytes tokens, int[] ids) {
    long[] slots = new long[Hashing.capacity(ids.length)];
    int longest = 0;
    var index = new TokenIndex(tokens, slots, Integer.MAX_VALUE);
    for (int id : ids) {
      byte[] bytes = tokens.copy(id);
      if (bytes.length == 0 || index.find(bytes, 0, bytes.length) != NONE) {
        continue;
      }
      longest = Math.max(longest, bytes.length);
      long hash = tokens.hash(id);
      int slot = (int) hash & (slots.length - 1);
      while (slots[slot] != 0) {
        slot = (slot + 1) & (slots.length - 1);
      }
      slots[slot] = (hash & 0xFFFFFFFF00000000L) | (id + 1);
    }
    return new TokenIndex(tokens, slots, longest);
  }

  /**
   * The bytes of a token.
   *
   * @param id a valid id
   * @return a copy
   */
  public byte[] bytes(int id) {
    return tokens.copy(id);
  }

  /**
   * Looks a range up.
   *
   * @param text holds the range
   * @param from its start
   * @param to its end, exclusive
   * @return the id, or {@link #NONE}
   */
  public int find(byte[] text, int from, int to) {
    int length = to - from;
    if (length > longest) {
      return NONE;
    }
    long hash = Hashing.hash(text, from, to);
    int mask = slots.length - 1;
    for (int slot = (int) hash & mask; ; slot = (slot + 1) & mask) {
      long entry = slots[slot];
      if (entry == 0) {
        return NONE;
      }
      int id = (int) entry - 1;
      if ((int) (entry >>> 32) == (int) (hash >>> 32) && tokens.matches(id, text, from, length)) {
        return id;
      }
    }
  }
}
