package dev.nomoat;

import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Batch;
import dev.nomoat.model.Decoder;
import dev.nomoat.sample.LogProbabilityReader;
import java.util.ArrayList;
import java.util.List;

/**
 * Computes the likeliest next tokens of a few sequences together. What the cache knows of them is
 * not evaluated again. Belongs to the thread that schedules.
 */
final class NextTokenEvaluation {
  private final PagePool pool;
  private final int vocab;
  private final LogProbabilityReader reader;

  /**
   * Prepares.
   *
   * @param pool where keys and values go
   * @param vocab tokens in the vocabulary
   * @param most how many tokens are wanted of each sequence
   */
  NextTokenEvaluation(PagePool pool, int vocab, int most) {
    this.pool = pool;
    this.vocab = vocab;
    reader = new LogProbabilityReader(vocab, most);
  }

  /**
   * Evaluates sequences that fit the cache together.
   *
   * @param sequences token ids of each, at least one, no more sequences than a batch holds
   * @return of each the likeliest next tokens, in descending order
   * @throws ArithmeticException when a logit is not finite
   * @throws IllegalStateException when the model was closed meanwhile
   */
  List<List<TokenLogProbability>> next(Decoder decoder, List<int[]> sequences) {
    List<SequenceCache> caches = new ArrayList<>();
    boolean done = false;
    try {
      Batch batch = new Batch();
      for (int[] ids : sequences) {
        SequenceCache cache = new SequenceCache(pool);
        caches.add(cache);
        int last = ids.length - 1;
        int evaluated = cache.reuse(ids, last);
        if (evaluated < last) {
          SequenceEvaluation.run(
              decoder, cache, ids, evaluated, last, last, (at, logits, of) -> {});
          cache.share(ids, last);
        }
        cache.require(ids.length);
        batch.add(cache, last, ids[last], true);
      }
      if (!decoder.evaluate(batch)) {
        throw new IllegalStateException("the model was closed");
      }
      List<List<TokenLogProbability>> next = new ArrayList<>();
      for (int row = 0; row < sequences.size(); row++) {
        int at = row * decoder.logitsStride();
        int last = sequences.get(row).length - 1;
        SequenceEvaluation.requireFinite(decoder.logits(), at, vocab, last);
        next.add(reader.read(decoder.logits(), at, 0).top());
      }
      done = true;
      return next;
    } finally {
      for (int i = 0; i < caches.size(); i++) {
        int[] ids = sequences.get(i);
        if (done) {
          caches.get(i).release(ids, ids.length);
        } else {
          caches.get(i).release();
        }
      }
    }
  }
}
