package dev.nomoat.schedule;

import java.util.Arrays;

/**
 * Proposes for a sequence what followed its last few tokens when they last stood there (prompt
 * lookup decoding; Saxena, 2023).
 */
final class PromptLookup {
  /** Tokens that must be the same, the longest first. */
  private final Grams[] grams = {new Grams(3), new Grams(2)};

  /**
   * Proposes tokens.
   *
   * @param tokens the sequence, only added to since the last call; has room for the proposal
   * @param length how many tokens it has
   * @param most how many to propose at most
   * @return how many were proposed, and written behind the sequence
   */
  int propose(int[] tokens, int length, int most) {
    int found = -1;
    for (Grams table : grams) {
      table.index(tokens, length);
      found = found < 0 ? table.find(tokens, length) : found;
    }
    if (found < 0) {
      return 0;
    }
    for (int i = 0; i < most; i++) {
      tokens[length + i] = tokens[found + i]; // of the proposal itself, where the text is periodic
    }
    return most;
  }

  /** Where each run of some tokens last ended. */
  private static final class Grams {
    private final int n;
    private int[] ends = new int[64]; // open addressing; 0 is free
    private int count;
    private int indexed; // the end of the last run

    Grams(int n) {
      this.n = n;
      this.indexed = n - 1;
    }

    /** Takes up all runs that end before the sequence does. */
    void index(int[] tokens, int length) {
      while (indexed + 1 < length) {
        indexed++;
        if (2 * (count + 1) > ends.length) {
          grow(tokens);
        }
        put(tokens, indexed);
      }
    }

    /** Where the last tokens stood before, as the position behind them; −1 when nowhere. */
    int find(int[] tokens, int length) {
      if (length < n) {
        return -1;
      }
      int end = ends[slot(tokens, length)];
      return end == 0 ? -1 : end;
    }

    private void put(int[] tokens, int end) {
      int slot = slot(tokens, end);
      count += ends[slot] == 0 ? 1 : 0;
      ends[slot] = end;
    }

    /** Where the run that ends there is, or may be put. */
    private int slot(int[] tokens, int end) {
      int hash = 0;
      for (int i = end - n; i < end; i++) {
        hash = (hash ^ tokens[i]) * 0x9E3779B1;
      }
      int slot = (hash ^ hash >>> 15) & (ends.length - 1);
      while (ends[slot] != 0
          && !Arrays.equals(tokens, end - n, end, tokens, ends[slot] - n, ends[slot])) {
        slot = (slot + 1) & (ends.length - 1);
      }
      return slot;
    }

    private void grow(int[] tokens) {
      int[] old = ends;
      ends = new int[2 * old.length];
      count = 0;
      for (int end : old) {
        if (end != 0) {
          put(tokens, end);
        }
      }
    }
  }
}
