package dev.nomoat.schedule;

import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.math.FloatMath;
import dev.nomoat.model.Batch;
import dev.nomoat.model.Decoder;
import java.util.ArrayList;
import java.util.List;

/**
 * A small model that proposes tokens for the sequences of a large one: for all of them together,
 * one token in each pass. Not thread-safe: it belongs to the scheduler's thread.
 */
public final class DraftModel {
  /** A token that the draft considers less likely than that is not proposed. */
  private static final float LEAST_PROBABILITY = 0.4f;

  private final Decoder decoder;
  private final PagePool pool;
  private final int contextLength;
  private final int vocabulary;
  private final Batch batch = new Batch();
  private final List<SequenceTask> drafting = new ArrayList<>();
  private final int[] rows = new int[Batch.CAPACITY]; // of their logits

  /** What the draft model has of a sequence. */
  static final class Sequence {
    private final SequenceCache cache;
    private int evaluated;

    Sequence(PagePool pool) {
      cache = new SequenceCache(pool);
    }

    /** Only so many tokens are as the draft has them: the others were guesses, and wrong. */
    void keep(int count) {
      evaluated = Math.min(evaluated, count);
    }

    /**
     * Gives its memory back, but remembers what is certain: the last token may be another guess.
     */
    void release(int[] tokens, int length) {
      cache.release(tokens, Math.min(evaluated, length - 1));
      evaluated = 0;
    }
  }

  /**
   * Makes a draft model.
   *
   * @param decoder evaluates it; nobody else uses it, but its team may be shared with the large
   *     model's
   * @param pool where its caches take their memory
   * @param contextLength tokens that a sequence may have
   * @param vocabulary tokens that both models know: ids 0 to vocabulary − 1. Nothing is proposed
   *     for a sequence with others
   */
  public DraftModel(Decoder decoder, PagePool pool, int contextLength, int vocabulary) {
    this.decoder = decoder;
    this.pool = pool;
    this.contextLength = contextLength;
    this.vocabulary = vocabulary;
  }

  /**
   * Proposes tokens for all tasks that want some.
   *
   * @param tasks those that generate
   * @param most tokens that may be evaluated at once to catch up with the sequences
   * @return false when the team was told to abort
   */
  boolean propose(List<SequenceTask> tasks, int most) {
    batch.clear();
    drafting.clear();
    for (int i = 0; i < tasks.size() && batch.size() < most; i++) {
      if (tasks.get(i).wantsDraft()) {
        catchUp(tasks.get(i), most - batch.size());
      }
    }
    while (batch.size() > 0) {
      if (!decoder.evaluate(batch)) {
        return false;
      }
      goOn();
    }
    return true;
  }

  /** Adds tokens that the draft has not evaluated yet; what follows the last one is wanted. */
  private void catchUp(SequenceTask task, int most) {
    Sequence sequence = task.draft(pool);
    SequenceCache cache = sequence.cache;
    int length = task.length();
    if (cache.frames() == 0) {
      sequence.evaluated = cache.reuse(task.tokens(), length - 1);
    }
    sequence.keep(length - 1);
    cache.share(task.tokens(), sequence.evaluated);
    int end = Math.min(length, sequence.evaluated + most);
    boolean known = length + task.wanted() <= contextLength;
    for (int position = sequence.evaluated; known && position < end; position++) {
      known = task.tokens()[position] < vocabulary;
    }
    int room = end < length ? end : length + task.wanted();
    if (!known || !cache.reserve(room)) {
      sequence.release(task.tokens(), length);
      return;
    }
    int row = -1;
    for (int position = sequence.evaluated; position < end; position++) {
      row = batch.add(cache, position, task.tokens()[position], position == length - 1);
    }
    sequence.evaluated = end;
    if (row >= 0) {
      rows[drafting.size()] = row;
      drafting.add(task);
    }
  }

  /** Takes a guess for each sequence, and lets those go on that want more. */
  private void goOn() {
    batch.clear();
    int left = 0;
    for (int i = 0; i < drafting.size(); i++) {
      SequenceTask task = drafting.get(i);
      int token = likely(rows[i] * decoder.logitsStride());
      if (token < 0 || !task.propose(token)) {
        continue;
      }
      Sequence sequence = task.draft(pool);
      rows[left] = batch.add(sequence.cache, sequence.evaluated++, token, true);
      drafting.set(left++, task);
    }
    drafting.subList(left, drafting.size()).clear();
  }

  /** The most likely token; −1 when it is not likely enough. */
  private int likely(int at) {
    float[] logits = decoder.logits();
    int best = 0;
    for (int i = 1; i < vocabulary; i++) {
      best = logits[at + i] > logits[at + best] ? i : best;
    }
    float sum = 0; // of all probabilities, that of the best one being 1
    for (int i = 0; i < vocabulary; i++) {
      sum += FloatMath.exp(logits[at + i] - logits[at + best]);
    }
    return sum * LEAST_PROBABILITY > 1 ? -1 : best;
  }
}
