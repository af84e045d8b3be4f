package dev.nomoat;

import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Batch;
import dev.nomoat.model.Decoder;

/** Computes the logits of all tokens of a sequence. Belongs to the thread that schedules. */
final class LogitsEvaluation {
  /** Logits that are held beside the result at most: 16 MB. */
  private static final int LOGITS_AT_ONCE = 1 << 22;

  private final PagePool pool;
  private final int vocab;

  LogitsEvaluation(PagePool pool, int vocab) {
    this.pool = pool;
    this.vocab = vocab;
  }

  /**
   * Evaluates tokens from an empty context.
   *
   * @return logits of all, shape [ids, vocab]
   * @throws ArithmeticException when one is not finite
   * @throws IllegalStateException when the model was closed meanwhile
   */
  float[] logits(Decoder decoder, int[] ids) {
    float[] result = new float[ids.length * vocab];
    int most = Math.clamp(LOGITS_AT_ONCE / vocab, 1, Batch.CAPACITY);
    SequenceCache cache = new SequenceCache(pool);
    Batch batch = new Batch();
    try {
      cache.require(ids.length);
      for (int from = 0; from < ids.length; from += batch.size()) {
        batch.clear();
        for (int i = from; i < Math.min(ids.length, from + most); i++) {
          batch.add(cache, i, ids[i], true);
        }
        if (!decoder.evaluate(batch)) {
          throw new IllegalStateException("the model was closed");
        }
        for (int row = 0; row < batch.size(); row++) {
          int to = (from + row) * vocab;
          System.arraycopy(decoder.logits(), row * decoder.logitsStride(), result, to, vocab);
          checkFinite(result, to, from + row);
        }
      }
    } finally {
      cache.release();
    }
    return result;
  }

  private void checkFinite(float[] logits, int at, int position) {
    for (int id = 0; id < vocab; id++) {
      if (!Float.isFinite(logits[at + id])) {
        throw new ArithmeticException(
            "the logit of token %d at position %d is %f".formatted(id, position, logits[at + id]));
      }
    }
  }
}
