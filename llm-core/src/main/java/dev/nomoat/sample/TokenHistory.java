package dev.nomoat.sample;

import java.util.Arrays;

/** The last tokens of a sequence, in their order. */
final class TokenHistory {
  private static final int INITIAL = 64;

  private final int length;

  // The tokens stand in a row. When there is no room behind them they move to the front, or to a
  // larger array, up to twice the length, so that they move rarely.
  private int[] tokens;
  private int from;
  private int to;

  /**
   * Begins with none.
   *
   * @param length how many are kept
   */
  TokenHistory(int length) {
    this.length = length;
    this.tokens = new int[(int) Math.min(INITIAL, 2L * length)];
  }

  void add(int token) {
    if (length == 0) {
      return;
    }
    if (to == tokens.length) {
      makeRoom();
    }
    tokens[to++] = token;
    if (to - from > length) {
      from++;
    }
  }

  private void makeRoom() {
    if (to - from > tokens.length / 2) {
      long most = Math.min(2L * length, Integer.MAX_VALUE - 8);
      tokens = Arrays.copyOf(tokens, (int) Math.min(most, 2L * tokens.length));
    }
    if (from > 0) {
      System.arraycopy(tokens, from, tokens, 0, to - from);
      to -= from;
      from = 0;
    }
  }

  int size() {
    return to - from;
  }

  /** The token at a place, 0 being the oldest that is kept. */
  int get(int i) {
    return tokens[from + i];
  }

  /** The token at a place from the end, 0 being the last. */
  int fromEnd(int i) {
    return tokens[to - 1 - i];
  }
}
