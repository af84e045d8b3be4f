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
    int evaluated = 0;
    try {
      evaluated = cache.reuse(ids, from - 1);
      SequenceEvaluation.run(
          decoder,
          cache,
          ids,
          evaluated,
          count,
          from - 1,
          (position, logits, at) -> {
            int next = position + 1;
            SequenceEvaluation.requireFinite(logits, at, vocab, position);
            scores[next - from] = logits[at + ids[next]] - LogSum.of(logits, at, vocab);
          });
      evaluated = count;
    } finally {
      cache.release(ids, evaluated);
    }
    return scores;
  }
}
