package dev.nomoat.sample;

import dev.nomoat.LogProbabilities;
import dev.nomoat.TokenLogProbability;
import java.util.List;

/** Computes log-probabilities from logits. Allocates nothing but what it returns. */
public final class LogProbabilityReader {
  private final int vocabulary;
  private final long[] keys; // see RankedKeys; scratch

  /**
   * Makes room.
   *
   * @param vocabulary how many tokens there are
   * @param top how many of the most likely ones are wanted; all if there are fewer
   */
  public LogProbabilityReader(int vocabulary, int top) {
    this.vocabulary = vocabulary;
    this.keys = new long[Math.min(top, vocabulary)];
  }

  /**
   * Reads those of a token and of the most likely ones.
   *
   * @param logits holds the logits, none of them NaN or +∞ and one above -∞
   * @param offset where they begin
   * @param chosen the token
   * @return its log-probability and those of the most likely ones, in descending order
   */
  public LogProbabilities read(float[] logits, int offset, int chosen) {
    double normaliser = LogSum.of(logits, offset, vocabulary);
    selectMostLikely(logits, offset);
    TokenLogProbability[] top = new TokenLogProbability[keys.length];
    for (int i = 0; i < top.length; i++) {
      int id = RankedKeys.id(keys[i]);
      top[i] = new TokenLogProbability(id, logProbability(logits[offset + id], normaliser));
    }
    return new LogProbabilities(logProbability(logits[offset + chosen], normaliser), List.of(top));
  }

  private static float logProbability(float logit, double normaliser) {
    // Rounding must not make a probability of more than 1.
    return (float) Math.min(0, logit - normaliser);
  }

  /** Fills the keys with the greatest, in descending order. */
  private void selectMostLikely(float[] logits, int offset) {
    int k = keys.length;
    if (k == 0) {
      return;
    }
    for (int id = 0; id < k; id++) {
      keys[id] = RankedKeys.key(logits[offset + id], id);
    }
    RankedKeys.heapify(keys, k);
    for (int id = k; id < vocabulary; id++) {
      long key = RankedKeys.key(logits[offset + id], id);
      if (key > keys[0]) {
        keys[0] = key;
        RankedKeys.siftDown(keys, 0, k);
      }
    }
    RankedKeys.sortHeap(keys, k);
  }
}
