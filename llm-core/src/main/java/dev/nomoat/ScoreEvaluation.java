package dev.nomoat;

import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Batch;
import dev.nomoat.model.Decoder;

/** Computes how likely tokens of a sequence are. Belongs to the thread that schedules. */
final class ScoreEvaluation {
  /** Logits that are held at most: 16 MB. */
  private static final int LOGITS_AT_ONCE = 1 << 22;

  private final PagePool pool;
  private final int vocab;

  ScoreEvaluation(PagePool pool, int vocab) {
    this.pool = pool;
    this.vocab = vocab;
  }

  /**
   * Evaluates tokens from an empty context.
   *
   * @param ids the tokens
   * @param from the first whose probability is wanted; at least 1
   * @return the natural logarithms of the probabilities from there on
   * @throws ArithmeticException when a logit is not finite
   * @throws IllegalStateException when the model was closed meanwhile
   */
  double[] logProbabilities(Decoder decoder, int[] ids, int from) {
    double[] scores = new double[Math.max(0, ids.length - from)];
    int most = Math.clamp(LOGITS_AT_ONCE / vocab, 1, Batch.CAPACITY);
    SequenceCache cache = new SequenceCache(pool);
    Batch batch = new Batch();
    try {
      // nothing follows the last one
      int count = ids.length - 1;
      cache.require(Math.max(1, count));
      for (int at = 0; at < count; at += batch.size()) {
        batch.clear();
        int end = at < from - 1 ? Math.min(from - 1, at + Batch.CAPACITY) : at + most;
        for (int i = at; i < Math.min(count, end); i++) {
          batch.add(cache, i, ids[i], i >= from - 1);
        }
        if (!decoder.evaluate(batch)) {
          throw new IllegalStateException("the model was closed");
        }
        for (int row = 0; row < batch.outputCount(); row++) {
          int next = at + row + 1;
          scores[next - from] =
              logProbability(decoder.logits(), row * decoder.logitsStride(), ids[next], next);
        }
      }
    } finally {
      cache.release();
    }
    return scores;
  }

  private double logProbability(float[] logits, int at, int token, int position) {
    float max = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < vocab; id++) {
      if (!Float.isFinite(logits[at + id])) {
        throw new ArithmeticException(
            "the logit of token %d for position %d is %f".formatted(id, position, logits[at + id]));
      }
      max = Math.max(max, logits[at + id]);
    }
    double sum = 0;
    for (int id = 0; id < vocab; id++) {
      sum += StrictMath.exp((double) logits[at + id] - max);
    }
    return (double) logits[at + token] - max - StrictMath.log(sum);
  }
}
