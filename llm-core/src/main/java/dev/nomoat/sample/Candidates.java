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
  private final long[] keys; // see RankedKeys; scratch

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

  /** The logit of candidate {@code i}. */
  float logit(int i) {
    return logits[id(i)];
  }

  /** How many tokens there are, candidates or not. */
  int vocabulary() {
    return logits.length;
  }

  /** Whether a candidate is left with a logit above -∞. */
  boolean anyPossible() {
    for (int i = 0; i < size; i++) {
      if (logit(i) > Float.NEGATIVE_INFINITY) {
        return true;
      }
    }
    return false;
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
    return RankedKeys.id(best);
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

  /** Gives the candidates with a logit below {@code threshold} one of -∞; they stay candidates. */
  void ruleOutBelow(double threshold) {
    for (int i = 0; i < size; i++) {
      int id = id(i);
      if (logits[id] < threshold) {
        logits[id] = Float.NEGATIVE_INFINITY;
      }
    }
    sorted = false;
  }

  /**
   * Keeps the fewest candidates whose weights sum up to more than {@code mass}, those first whose
   * logits are nearest to a number, and the lower id among equals.
   *
   * @param centre the number, less the greatest logit
   */
  void keepNearest(double centre, double mass) {
    float max = maxLogit();
    for (int i = 0; i < size; i++) {
      int id = id(i);
      // Bits of numbers that are not negative ascend as the numbers do.
      float distance = (float) Math.abs((double) logits[id] - max - centre);
      keys[i] = ((long) Float.floatToRawIntBits(distance) << 32) | id;
    }
    takeUntil(Math.nextUp(mass));
    sorted = false;
    mostLikely = UNKNOWN;
  }

  /**
   * Drops the candidates of at least a weight, as {@link #weigh} has just computed it, but the
   * least likely of them.
   */
  void dropLikelier(double weight) {
    int least = UNKNOWN;
    for (int i = 0; i < size; i++) {
      if (weights[i] >= weight && (least == UNKNOWN || key(id(i)) < key(id(least)))) {
        least = i;
      }
    }
    if (least == UNKNOWN) {
      return;
    }
    mostLikely = id(least);
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (i == least || weights[i] < weight) {
        ids[kept++] = id(i);
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
   * The entropy of the candidates, in nats.
   *
   * @param total the sum of the weights, as {@link #weigh} has just computed it
   */
  double entropy(double total) {
    float max = maxLogit();
    double sum = 0;
    for (int i = 0; i < size; i++) {
      if (weights[i] > 0) {
        sum += weights[i] * ((double) logit(i) - max);
      }
    }
    return StrictMath.log(total) - sum / total;
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
    RankedKeys.heapify(keys, k);
    for (int i = next(k); i < size; i = next(i + 1)) {
      long key = key(id(i));
      if (key > keys[0]) {
        keys[0] = key;
        RankedKeys.siftDown(keys, 0, k);
      }
    }
    RankedKeys.sortHeap(keys, k);
  }

  /**
   * The first candidate, from {@code i} on, that is not below the root of the heap; or the size.
   */
  private int next(int i) {
    float floor = logits[RankedKeys.id(keys[0])];
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
    // Complements turn the order around: the most likely is the least.
    for (int i = 0; i < size; i++) {
      keys[i] = ~key(id(i));
    }
    takeUntil(mass);
    sorted = true;
  }

  /**
   * Makes a list of the candidates with the least keys, in their order, up to where their weights
   * sum up to {@code mass}. The lower half of a key is the id.
   */
  private void takeUntil(double mass) {
    RankedKeys.heapify(keys, size);
    float max = maxLogit();
    double sum = 0;
    int taken = 0;
    int left = size;
    while (left > 0 && sum < mass) {
      int id = (int) keys[0];
      keys[0] = keys[--left];
      RankedKeys.siftDown(keys, 0, left);
      ids[taken++] = id;
      sum += StrictMath.exp((double) logits[id] - max);
    }
    size = taken;
    all = false;
  }

  private void list(int count) {
    for (int i = 0; i < count; i++) {
      ids[i] = RankedKeys.id(keys[i]);
    }
    all = false;
  }

  private long key(int id) {
    return RankedKeys.key(logits[id], id);
  }
}
