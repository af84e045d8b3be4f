package dev.nomoat.sample;

import java.util.Arrays;

/**
 * The tokens that may still be chosen, with their logits. Made once for a generation and loaded
 * anew for each token, without allocating.
 *
 * <p>After {@link #load} every token is a candidate, in the order of ids. A step that narrows makes
 * a list of the rest. "More likely" means: a higher logit, or an equal one and a lower id.
 *
 * <p>A weight is a probability before normalisation: exp(logit - greatest logit), so it is 1 for
 * the most likely candidate.
 */
final class Candidates {
  private static final int UNKNOWN = -1;

  private final float[] logits; // by id, the whole vocabulary
  private final int[] ids; // of the candidates, unless all are
  private final double[] weights; // of the candidates, valid after weigh()
  private final long[] keys; // see key(); scratch

  private int size;
  private boolean all;
  private boolean sorted; // the most likely first
  private int mostLikely;

  /**
   * Makes room.
   *
   * @param vocabulary how many tokens there are
   * @param capacity the most candidates that a step or choice will ask to rank or weigh; no more
   *     than {@code vocabulary}
   */
  Candidates(int vocabulary, int capacity) {
    this.logits = new float[vocabulary];
    this.ids = new int[capacity];
    this.weights = new double[capacity];
    this.keys = new long[capacity];
  }

  /**
   * Makes every token a candidate.
   *
   * @param source holds the logits
   * @param offset where they begin
   * @throws IllegalStateException if a logit is NaN or +∞, or all are -∞
   */
  void load(float[] source, int offset) {
    System.arraycopy(source, offset, logits, 0, logits.length);
    size = logits.length;
    all = true;
    sorted = false;
    mostLikely = mostLikelyOfAll();
  }

  /**
   * Rules out all tokens but some. Only right after {@link #load}.
   *
   * @param allowed a bit for each token that stays, the first in the lowest bit of the first number
   */
  void keepOnly(long[] allowed) {
    for (int word = 0; word < allowed.length; word++) {
      int from = word << 6;
      // Most words are all zeros or ones.
      if (allowed[word] == 0) {
        Arrays.fill(
            logits, from, Math.min(from + Long.SIZE, logits.length), Float.NEGATIVE_INFINITY);
      } else {
        int to = Math.min(Long.SIZE, logits.length - from);
        long out = ~allowed[word];
        for (int i = Long.numberOfTrailingZeros(out); i < to; i = next(out, i)) {
          logits[from + i] = Float.NEGATIVE_INFINITY;
        }
      }
    }
    mostLikely = UNKNOWN;
  }

  /** The lowest bit that is set above {@code i}; 64 if there is none. */
  private static int next(long bits, int i) {
    return Long.numberOfTrailingZeros(bits & (-2L << i));
  }

  private int mostLikelyOfAll() {
    int at = UNKNOWN;
    float max = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < logits.length; id++) {
      float logit = logits[id];
      // Negated, so that NaN comes this way without a test of its own in the hot loop.
      if (!(logit <= max)) {
        if (!(logit < Float.POSITIVE_INFINITY)) {
          throw new IllegalStateException("the logit of token %d is %s".formatted(id, logit));
        }
        max = logit;
        at = id;
      }
    }
    if (at == UNKNOWN) {
      throw new IllegalStateException("the logits rule out every token");
    }
    return at;
  }

  int size() {
    return size;
  }

  /** The token of candidate {@code i}, which is below {@link #size()}. */
  int id(int i) {
    return all ? i : ids[i];
  }

  /** The logit of a token, be it a candidate or not. */
  float logitOf(int token) {
    return logits[token];
  }

  /** Changes the logit of a token to a number below +∞. It has no effect if it is no candidate. */
  void setLogitOf(int token, float logit) {
    logits[token] = logit;
    sorted = false;
    mostLikely = UNKNOWN;
  }

  /** The token of the most likely candidate. */
  int mostLikely() {
    if (mostLikely == UNKNOWN) {
      mostLikely = all ? mostLikelyOfAll() : mostLikelyOfListed();
    }
    return mostLikely;
  }

  private int mostLikelyOfListed() {
    long best = Long.MIN_VALUE;
    for (int i = 0; i < size; i++) {
      best = Math.max(best, key(ids[i]));
    }
    return idOf(best);
  }

  float maxLogit() {
    return logits[mostLikely()];
  }

  /**
   * Divides the logits by a number above 0, after moving the greatest to 0 so that none overflows.
   */
  void divide(float divisor) {
    float max = maxLogit();
    for (int i = 0; i < size; i++) {
      int id = id(i);
      logits[id] = (logits[id] - max) / divisor;
    }
  }

  /** Keeps the {@code k} most likely candidates, or all if there are no more. */
  void keepMostLikely(int k) {
    if (k >= size) {
      return;
    }
    if (!sorted) {
      selectMostLikely(k);
      list(k);
      sorted = true;
    }
    size = k;
  }

  /**
   * Keeps the candidates with a logit of at least {@code threshold}, which is no more than the
   * greatest.
   */
  void keepFrom(double threshold) {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      int id = id(i);
      if (logits[id] >= threshold) {
        ids[kept++] = id;
      }
    }
    size = kept;
    all = false;
  }

  /**
   * Keeps the fewest candidates, from the most likely down, whose weights, as {@link #weigh} has
   * just computed them, sum up to {@code mass}.
   */
  void keepHeaviest(double mass) {
    if (!sorted) {
      rankUntil(mass);
      return;
    }
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += weights[i];
      if (sum >= mass) {
        size = i + 1;
        return;
      }
    }
  }

  /** Computes the weights of all candidates, and returns their sum, which is at least 1. */
  double weigh() {
    float max = maxLogit();
    double total = 0;
    for (int i = 0; i < size; i++) {
      double weight = StrictMath.exp((double) logits[id(i)] - max);
      weights[i] = weight;
      total += weight;
    }
    return total;
  }

  /**
   * The token at a place on the line on which the candidates lie one after the other, each as long
   * as its weight, as {@link #weigh} last computed it.
   *
   * @param place from 0 to below the sum of the weights
   */
  int at(double place) {
    double end = 0;
    for (int i = 0; i < size; i++) {
      end += weights[i];
      if (end > place) {
        return id(i);
      }
    }
    // The place was rounded up to the end of the line.
    return mostLikely();
  }

  /** Sorts the {@code k} greatest keys to the front of {@link #keys}, the greatest first. */
  private void selectMostLikely(int k) {
    for (int i = 0; i < k; i++) {
      keys[i] = key(id(i));
    }
    heapify(k);
    for (int i = next(k); i < size; i = next(i + 1)) {
      long key = key(id(i));
      if (key > keys[0]) {
        keys[0] = key;
        siftDown(0, k);
      }
    }
    for (int end = k - 1; end > 0; end--) {
      long least = keys[0];
      keys[0] = keys[end];
      keys[end] = least;
      siftDown(0, end);
    }
  }

  /**
   * The first candidate, from {@code i} on, that is not below the root of the heap; or the size.
   */
  private int next(int i) {
    float floor = logits[idOf(keys[0])];
    // Nearly all of a large vocabulary passes here, so the loop does nothing else.
    if (all) {
      while (i < size && logits[i] < floor) {
        i++;
      }
    } else {
      while (i < size && logits[ids[i]] < floor) {
        i++;
      }
    }
    return i;
  }

  /**
   * Makes a sorted list of the most likely candidates, up to where their weights sum up to {@code
   * mass}.
   */
  private void rankUntil(double mass) {
    // Complements turn the heap around: the most likely is at its root.
    for (int i = 0; i < size; i++) {
      keys[i] = ~key(id(i));
    }
    heapify(size);
    float max = maxLogit();
    double sum = 0;
    int ranked = 0;
    int left = size;
    while (left > 0 && sum < mass) {
      int id = idOf(~keys[0]);
      keys[0] = keys[--left];
      siftDown(0, left);
      ids[ranked++] = id;
      sum += StrictMath.exp((double) logits[id] - max);
    }
    size = ranked;
    all = false;
    sorted = true;
  }

  private void list(int count) {
    for (int i = 0; i < count; i++) {
      ids[i] = idOf(keys[i]);
    }
    all = false;
  }

  /** A number that is greater for a token that is more likely. */
  private long key(int id) {
    // Adding 0 turns -0 into 0, its equal.
    int bits = Float.floatToRawIntBits(logits[id] + 0f);
    // The bits of negative numbers ascend as the numbers fall; turned around, both ascend as one.
    int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    return ((long) ascending << 32) | Integer.toUnsignedLong(~id);
  }

  private static int idOf(long key) {
    return ~(int) key;
  }

  /** Makes a heap of the first {@code n} keys, the least at the root. */
  private void heapify(int n) {
    for (int i = n / 2 - 1; i >= 0; i--) {
      siftDown(i, n);
    }
  }

  private void siftDown(int from, int n) {
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
}
