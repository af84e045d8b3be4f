package dev.nomoat.tokenizer.bpe;

import dev.nomoat.tokenizer.vocab.Hashing;
import java.util.stream.IntStream;

/**
 * The merges of byte-level BPE by their two halves: an open-addressing table. Immutable once
 * filled.
 */
public final class MergeTable implements MergeRule {
  /**
   * Slots of two: the key {@code left << 32 | right}, and the answer plus 1, so that 0 is an empty
   * slot.
   */
  private final long[] slots;

  private final int mask;

  /**
   * Makes an empty table.
   *
   * @param merges how many merges will be put into it
   */
  public MergeTable(int merges) {
    int capacity = Hashing.capacity(merges);
    slots = new long[Math.multiplyExact(capacity, 2)];
    mask = capacity - 1;
  }

  /**
   * Puts a merge into the table; of several with the same halves the first counts.
   *
   * @param left the token on the left
   * @param right the token on the right
   * @param rank its place in the merge list
   * @param merged the token they merge into
   */
  public void put(int left, int right, int rank, int merged) {
    long key = (long) left << 32 | right;
    int slot = (int) Hashing.mix(key) & mask;
    while (slots[2 * slot + 1] != 0) {
      if (slots[2 * slot] == key) {
        return;
      }
      slot = (slot + 1) & mask;
    }
    slots[2 * slot] = key;
    slots[2 * slot + 1] = ((long) rank << 32 | merged) + 1;
  }

  /** The tokens that something merges into. */
  IntStream merged() {
    return IntStream.rangeClosed(0, mask)
        .filter(slot -> slots[2 * slot + 1] != 0)
        .map(slot -> (int) (slots[2 * slot + 1] - 1));
  }

  @Override
  public long find(int left, int right, byte[] text, int from, int to) {
    long key = (long) left << 32 | right;
    int slot = (int) Hashing.mix(key) & mask;
    while (slots[2 * slot + 1] != 0) {
      if (slots[2 * slot] == key) {
        return slots[2 * slot + 1] - 1;
      }
      slot = (slot + 1) & mask;
    }
    return NONE;
  }
}
