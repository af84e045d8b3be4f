package dev.nomoat.sample;

/**
 * Numbers that rank tokens by logit, and heaps of such numbers. The more likely token has the
 * greater number, and the lower id among equal logits.
 */
final class RankedKeys {
  private RankedKeys() {}

  static long key(float logit, int id) {
    // Adding 0 turns -0 into 0, its equal.
    int bits = Float.floatToRawIntBits(logit + 0f);
    // The bits of negative numbers ascend as the numbers fall; turned around, both ascend as one.
    int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    return ((long) ascending << 32) | Integer.toUnsignedLong(~id);
  }

  static int id(long key) {
    return ~(int) key;
  }

  /** Makes a heap of the first {@code n} keys, the least at the root. */
  static void heapify(long[] keys, int n) {
    for (int i = n / 2 - 1; i >= 0; i--) {
      siftDown(keys, i, n);
    }
  }

  /** Restores the heap of {@code n} keys after the one at {@code from} was replaced. */
  static void siftDown(long[] keys, int from, int n) {
    int hole = from;
    long key = keys[from];
    for (int child = 2 * hole + 1; child < n; child = 2 * hole + 1) {
      if (child + 1 < n && keys[child + 1] < keys[child]) {
        child++;
      }
      if (key <= keys[child]) {
        break;
      }
      keys[hole] = keys[child];
      hole = child;
    }
    keys[hole] = key;
  }

  /** Sorts a heap of {@code n} keys, the greatest first. */
  static void sortHeap(long[] keys, int n) {
    for (int end = n - 1; end > 0; end--) {
      long least = keys[0];
      keys[0] = keys[end];
      keys[end] = least;
      siftDown(keys, 0, end);
    }
  }
}
