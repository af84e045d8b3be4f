package dev.nomoat;

import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Decoder;

/** Computes the logits of all tokens of a sequence. Belongs to the thread that schedules. */
final class LogitsEvaluation {
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
    SequenceCache cache = new SequenceCache(pool);
    try {
      SequenceEvaluation.run(
          decoder,
          cache,
          ids,
          0,
          ids.length,
          0,
          (position, logits, at) -> {
            System.arraycopy(logits, at, result, position * vocab, vocab);
            checkFinite(result, position * vocab, position);
          });
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
