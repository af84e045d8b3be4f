package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.vocab.TokenSink;
import java.util.Arrays;

/** A growing list of token ids. */
final class IdList implements TokenSink {
  private int[] ids;
  private int size;

  IdList(int capacity) {
    ids = new int[capacity];
  }

  @Override
  public void accept(int id, int from, int to) {
    add(id);
  }

  void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, (int) Math.min(size * 2L, Integer.MAX_VALUE - 8));
    }
    ids[size++] = id;
  }

  int size() {
    return size;
  }

  /** Whether the ids start with the given ones, twice; never if there are none. */
  boolean repeats(int[] prefix) {
    return prefix.length > 0
        && size >= 2 * prefix.length
        && Arrays.equals(ids, prefix.length, 2 * prefix.length, prefix, 0, prefix.length);
  }

  boolean endsWith(int[] suffix) {
    return size >= suffix.length
        && Arrays.equals(ids, size - suffix.length, size, suffix, 0, suffix.length);
  }

  void removeFirst(int count) {
    size -= count;
    System.arraycopy(ids, count, ids, 0, size);
  }

  int[] toArray() {
    return Arrays.copyOf(ids, size);
  }
}
