package dev.nomoat.tokenizer.vocab;

import java.util.Arrays;
import java.util.List;

/** The bytes of every token of a vocabulary, by id, in one array. Immutable. */
public final class TokenBytes {
  private final byte[] bytes;

  /** Where each token starts, and at last where the last one ends: [vocab + 1]. */
  private final int[] starts;

  private TokenBytes(byte[] bytes, int[] starts) {
    this.bytes = bytes;
    this.starts = starts;
  }

  /**
   * Packs the bytes of tokens.
   *
   * @param tokens one array per id; copied
   * @return the table
   * @throws IllegalArgumentException if they take 2 GiB or more together
   */
  public static TokenBytes of(List<byte[]> tokens) {
    long total = 0;
    for (byte[] token : tokens) {
      total += token.length;
    }
    if (total > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "The tokens take %d bytes, more than fit into an array".formatted(total));
    }
    byte[] bytes = new byte[(int) total];
    int[] starts = new int[tokens.size() + 1];
    int at = 0;
    for (int id = 0; id < tokens.size(); id++) {
      byte[] token = tokens.get(id);
      starts[id] = at;
      System.arraycopy(token, 0, bytes, at, token.length);
      at += token.length;
    }
    starts[tokens.size()] = at;
    return new TokenBytes(bytes, starts);
  }

  /**
   * The number of tokens.
   *
   * @return the number of ids
   */
  public int size() {
    return starts.length - 1;
  }

  /**
   * The length of a token.
   *
   * @param id a valid id
   * @return its length in bytes
   */
  public int length(int id) {
    return starts[id + 1] - starts[id];
  }

  /**
   * The bytes of a token.
   *
   * @param id a valid id
   * @return a copy
   */
  public byte[] copy(int id) {
    return Arrays.copyOfRange(bytes, starts[id], starts[id + 1]);
  }

  /**
   * Writes the bytes of a token.
   *
   * @param id a valid id
   * @param target receives them
   * @param at where
   */
  public void copyTo(int id, byte[] target, int at) {
    System.arraycopy(bytes, starts[id], target, at, length(id));
  }

  boolean matches(int id, byte[] text, int from, int length) {
    return length(id) == length && Utf8.equal(bytes, starts[id], text, from, length);
  }

  long hash(int id) {
    return Hashing.hash(bytes, starts[id], starts[id + 1]);
  }
}
