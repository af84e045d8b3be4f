package dev.nomoat.tokenizer.bpe;

import java.util.Arrays;

/** A binary heap of longs, smallest first. */
final class PairHeap {
  private long[] entries = new long[0];
  private int size;

  void clear() {
    size = 0;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Adds an entry without keeping the order; {@link #order} must follow. */
  void append(long entry) {
    if (size == entries.length) {
      long capacity = Math.min(Math.max(64, size * 2L), Integer.MAX_VALUE - 8);
      entries = Arrays.copyOf(entries, (int) capacity);
    }
    entries[size++] = entry;
  }

  /** Restores the order after appending. */
  void order() {
    for (int i = (size >>> 1) - 1; i >= 0; i--) {
      sink(i, entries[i]);
    }
  }

  void push(long entry) {
    append(entry);
    int at = size - 1;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (entries[parent] <= entry) {
        break;
      }
      entries[at] = entries[parent];
      at = parent;
    }
    entries[at] = entry;
  }

  long pop() {
    long top = entries[0];
    size--;
    if (size > 0) {
      sink(0, entries[size]);
    }
    return top;
  }

  private void sink(int from, long entry) {
    int at = from;
    int half = size >>> 1;
    while (at < half) {
      int child = 2 * at + 1;
      if (child + 1 < size && entries[child + 1] < entries[child]) {
        child++;
      }
      if (entries[child] >= entry) {
        break;
      }
      entries[at] = entries[child];
      at = child;
    }
    entries[at] = entry;
  }
}
