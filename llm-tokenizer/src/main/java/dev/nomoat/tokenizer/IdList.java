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

  int get(int at) {
    return ids[at];
  }

  int last() {
    return ids[size - 1];
  }

  void removeFirst() {
    size--;
    System.arraycopy(ids, 1, ids, 0, size);
  }

  int[] toArray() {
    return Arrays.copyOf(ids, size);
  }
}
