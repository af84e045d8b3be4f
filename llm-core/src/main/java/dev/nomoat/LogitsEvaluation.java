package dev.nomoat;

import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Decoder;
import dev.nomoat.model.InputObserver;
import java.util.Optional;

/** Evaluates a sequence for those who look into the model. Belongs to the thread that schedules. */
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
   * @param from the first whose logits are wanted
   * @param output gets them
   * @throws ArithmeticException when one is not finite
   * @throws IllegalStateException when the model was closed meanwhile
   */
  void run(Decoder decoder, int[] ids, int from, LogitsConsumer output) {
    SequenceCache cache = new SequenceCache(pool);
    try {
      SequenceEvaluation.run(
          decoder,
          cache,
          ids,
          0,
          ids.length,
          from,
          (position, logits, at) -> {
            SequenceEvaluation.requireFinite(logits, at, vocab, position);
            output.accept(position, logits, at);
          });
    } finally {
      cache.release();
    }
  }

  /**
   * Evaluates tokens from an empty context, watched.
   *
   * @param observer sees what the matrices of the blocks are multiplied by
   * @throws IllegalStateException when the model was closed meanwhile
   */
  void run(Decoder decoder, int[] ids, InputObserver observer) {
    SequenceCache cache = new SequenceCache(pool);
    decoder.observe(Optional.of(observer));
    try {
      SequenceEvaluation.run(decoder, cache, ids, 0);
    } finally {
      decoder.observe(Optional.empty());
      cache.release();
    }
  }
}
