package dev.nomoat;

import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Decoder;
import dev.nomoat.sample.LogSum;

/** Computes how likely tokens of a sequence are. Belongs to the thread that schedules. */
final class ScoreEvaluation {
  private final PagePool pool;
  private final int vocab;

  ScoreEvaluation(PagePool pool, int vocab) {
    this.pool = pool;
    this.vocab = vocab;
  }

  /**
   * Evaluates tokens, but for those before the first that is wanted which the cache knows already.
   *
   * @param ids the tokens
   * @param from the first whose probability is wanted; at least 1
   * @return the natural logarithms of the probabilities from there on
   * @throws ArithmeticException when a logit is not finite
   * @throws IllegalStateException when the model was closed meanwhile
   */
  double[] logProbabilities(Decoder decoder, int[] ids, int from) {
    double[] scores = new double[Math.max(0, ids.length - from)];
    // nothing follows the last one
    int count = ids.length - 1;
    SequenceCache cache = new SequenceCache(pool);
    int evaluated = cache.reuse(ids, from - 1);
    try {
      SequenceEvaluation.run(
          decoder,
          cache,
          ids,
          evaluated,
          count,
          from - 1,
          (position, logits, at) -> {
            int next = position + 1;
            scores[next - from] = logProbability(logits, at, ids[next], next);
          });
      evaluated = count;
    } finally {
      cache.release(ids, evaluated);
    }
    return scores;
  }

  private double logProbability(float[] logits, int at, int token, int position) {
    for (int id = 0; id < vocab; id++) {
      if (!Float.isFinite(logits[at + id])) {
        throw new ArithmeticException(
            "the logit of token %d for position %d is %f".formatted(id, position, logits[at + id]));
      }
    }
    return logits[at + token] - LogSum.of(logits, at, vocab);
  }
}
