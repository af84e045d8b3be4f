package dev.nomoat.tokenizer.bpe;

import java.util.Arrays;

/**
 * Merges the symbols of one piece of text: always the neighbours of the lowest rank, of equal ones
 * the leftmost, until none merge.
 *
 * <p>Short pieces are searched for the best pair at every step, which is quickest; long ones keep a
 * list of symbols and a heap of pairs, which takes O(n log n). Keeps its working memory between
 * pieces; not thread-safe.
 */
final class PieceMerger {
  /** Up to this many symbols searching beats the heap. */
  private static final int SHORT = 64;

  private final MergeRule rule;
  private int size;

  /** By symbol: what it is. */
  private int[] ids = new int[SHORT];

  /** By symbol: where it starts in the text; after the last one, where that ends. */
  private int[] starts = new int[SHORT + 1];

  /** By symbol: the answer of the rule for it and its right neighbour. */
  private long[] pairs = new long[SHORT];

  private int[] next = new int[0];
  private int[] previous = new int[0];
  private final PairHeap heap = new PairHeap();

  PieceMerger(MergeRule rule) {
    this.rule = rule;
  }

  /** Starts a new piece. */
  void clear() {
    size = 0;
  }

  /** Appends a symbol of the piece that starts at a place of the text. */
  void add(int id, int start) {
    if (size == ids.length) {
      int capacity = Math.toIntExact(Math.min(size * 2L, Integer.MAX_VALUE - 8));
      ids = Arrays.copyOf(ids, capacity);
      starts = Arrays.copyOf(starts, capacity + 1);
      pairs = new long[capacity];
    }
    ids[size] = id;
    starts[size++] = start;
  }

  /**
   * Merges what was added.
   *
   * @param text the text
   * @param end where the piece ends, exclusive
   * @return the number of symbols left
   */
  int merge(byte[] text, int end) {
    starts[size] = end;
    if (size > 1) {
      for (int i = 0; i + 1 < size; i++) {
        pairs[i] = rule.find(ids[i], ids[i + 1], text, starts[i], starts[i + 2]);
      }
      pairs[size - 1] = MergeRule.NONE;
      if (size <= SHORT) {
        mergeShort(text);
      } else {
        mergeLong(text);
      }
    }
    return size;
  }

  int id(int symbol) {
    return ids[symbol];
  }

  int start(int symbol) {
    return starts[symbol];
  }

  private void mergeShort(byte[] text) {
    while (true) {
      int best = -1;
      int bestRank = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < size; i++) {
        int rank = MergeRule.rank(pairs[i]);
        if (rank < bestRank) {
          best = i;
          bestRank = rank;
        }
      }
      if (best < 0) {
        return;
      }
      ids[best] = (int) pairs[best];
      size--;
      for (int i = best + 1; i < size; i++) {
        ids[i] = ids[i + 1];
        starts[i] = starts[i + 1];
        pairs[i] = pairs[i + 1];
      }
      starts[size] = starts[size + 1];
      pairs[best] =
          best + 1 < size
              ? rule.find(ids[best], ids[best + 1], text, starts[best], starts[best + 2])
              : MergeRule.NONE;
      if (best > 0) {
        pairs[best - 1] =
            rule.find(ids[best - 1], ids[best], text, starts[best - 1], starts[best + 1]);
      }
    }
  }

  private void mergeLong(byte[] text) {
    link();
    while (!heap.isEmpty()) {
      long entry = heap.pop();
      int left = (int) entry;
      // An entry is stale when its pair has changed since: then another entry stands for the new
      // one.
      if (MergeRule.rank(pairs[left]) != (int) (entry >>> 32)) {
        continue;
      }
      int right = next[left];
      int after = next[right];
      ids[left] = (int) pairs[left];
      pairs[right] = MergeRule.NONE;
      next[left] = after;
      previous[after] = left;
      update(left, text);
      if (left > 0) {
        update(previous[left], text);
      }
    }
    int count = 0;
    for (int symbol = 0; symbol < size; symbol = next[symbol]) {
      ids[count] = ids[symbol];
      starts[count++] = starts[symbol];
    }
    starts[count] = starts[size];
    size = count;
  }

  /** Links the symbols; the one after the last is the end. */
  private void link() {
    if (next.length <= size) {
      next = new int[starts.length];
      previous = new int[starts.length];
    }
    heap.clear();
    for (int i = 0; i < size; i++) {
      next[i] = i + 1;
      previous[i] = i - 1;
      if (pairs[i] != MergeRule.NONE) {
        heap.append((pairs[i] & 0xFFFFFFFF00000000L) | i);
      }
    }
    heap.order();
  }

  private void update(int left, byte[] text) {
    int right = next[left];
    if (right == size) {
      pairs[left] = MergeRule.NONE;
      return;
    }
    long pair = rule.find(ids[left], ids[right], text, starts[left], starts[next[right]]);
    pairs[left] = pair;
    if (pair != MergeRule.NONE) {
      heap.push((pair & 0xFFFFFFFF00000000L) | left);
    }
  }
}
