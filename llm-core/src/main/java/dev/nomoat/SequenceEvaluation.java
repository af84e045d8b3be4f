package dev.nomoat;

import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Batch;
import dev.nomoat.model.Decoder;

/**
 * Takes one sequence through a decoder, batch by batch. It makes room for each; between two it lets
 * others find what was evaluated, and gives back what is not seen any more, so that no more is
 * taken than {@link ModelInfo#cacheBytes} says.
 */
final class SequenceEvaluation {
  /** Logits that are held at once, at most: 16 MB. */
  private static final int LOGITS_AT_ONCE = 1 << 22;

  private SequenceEvaluation() {}

  /**
   * Refuses logits that are no numbers.
   *
   * @param logits holds them
   * @param at where they begin
   * @param vocab how many there are
   * @param position of the token that they follow
   * @throws ArithmeticException when one is not finite
   */
  static void requireFinite(float[] logits, int at, int vocab, int position) {
    for (int id = 0; id < vocab; id++) {
      if (!Float.isFinite(logits[at + id])) {
        throw new ArithmeticException(
            "the logit of token %d after position %d is %f"
                .formatted(id, position, logits[at + id]));
      }
    }
  }

  /**
   * Evaluates tokens, without their logits.
   *
   * @param ids the sequence
   * @param from the first token that is not evaluated yet
   * @throws IllegalStateException when the model was closed meanwhile
   */
  static void run(Decoder decoder, SequenceCache cache, int[] ids, int from) {
    run(decoder, cache, ids, from, ids.length, ids.length, (position, logits, at) -> {});
  }

  /**
   * Evaluates tokens.
   *
   * @param decoder who evaluates
   * @param cache of the sequence; the pool has room for all of them
   * @param ids the sequence
   * @param from the first token that is not evaluated yet
   * @param to one more than the last
   * @param firstOutput the first whose logits are wanted
   * @param output gets their logits, in ascending positions
   * @throws IllegalStateException when the model was closed meanwhile
   */
  static void run(
      Decoder decoder,
      SequenceCache cache,
      int[] ids,
      int from,
      int to,
      int firstOutput,
      LogitsConsumer output) {
    int most = Math.clamp(LOGITS_AT_ONCE / decoder.logitsStride(), 1, Batch.CAPACITY);
    Batch batch = new Batch();
    for (int at = from; at < to; at += batch.size()) {
      batch.clear();
      int end = at < firstOutput ? Math.min(firstOutput, at + Batch.CAPACITY) : at + most;
      end = Math.min(end, (int) Math.min(to, (long) at + cache.untilKept(at)));
      for (int i = at; i < end; i++) {
        batch.add(cache, i, ids[i], i >= firstOutput);
      }
      if (at > from) {
        cache.share(ids, at);
      }
      cache.require(at + batch.size());
      if (!decoder.evaluate(batch)) {
        throw new IllegalStateException("the model was closed");
      }
      for (int row = 0; row < batch.outputCount(); row++) {
        output.accept(at + row, decoder.logits(), row * decoder.logitsStride());
      }
    }
  }
}
