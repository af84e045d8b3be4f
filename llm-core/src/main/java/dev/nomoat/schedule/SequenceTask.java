package dev.nomoat.schedule;

import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Batch;
import dev.nomoat.sample.Sampler;

/**
 * A sequence that the {@link Scheduler} evaluates and continues token by token. The callbacks run
 * on the scheduler's thread and must be quick.
 */
public abstract class SequenceTask {
  private static final int NONE = -1;

  private final int[] prompt;
  private final Sampler sampler;
  private final SequenceCache cache;
  private volatile boolean cancelled;

  // below: only the scheduler's thread
  private boolean started;
  private int evaluated;
  private int last = NONE;
  private int outputRow = NONE;
  private int added;

  /**
   * Makes a task.
   *
   * @param prompt token ids, at least one, all in the vocabulary; not copied
   * @param sampler draws the tokens; belongs to the task
   * @param cache an empty cache; belongs to the task
   */
  protected SequenceTask(int[] prompt, Sampler sampler, SequenceCache cache) {
    this.prompt = prompt;
    this.sampler = sampler;
    this.cache = cache;
  }

  /** The first tokens of the prompt are about to be evaluated. */
  protected abstract void onStart();

  /**
   * A token was drawn.
   *
   * @param id its id
   * @return whether the sequence goes on
   */
  protected abstract boolean onToken(int id);

  /**
   * Whether a token would be welcome now; if not, {@link Scheduler#wake} is called when that
   * changes.
   *
   * @return false to let the sequence rest
   */
  protected abstract boolean ready();

  /** The task was cancelled and has left the scheduler. */
  protected abstract void onCancelled();

  /** The scheduler ends. */
  protected abstract void onClosed();

  /**
   * Computing failed.
   *
   * @param cause what happened
   */
  protected abstract void onFailure(Throwable cause);

  boolean cancelled() {
    return cancelled;
  }

  void markCancelled() {
    cancelled = true;
  }

  boolean prefilling() {
    return evaluated < prompt.length;
  }

  int promptLeft() {
    return prompt.length - evaluated;
  }

  SequenceCache cache() {
    return cache;
  }

  /** Puts up to {@code most} tokens into a batch. */
  void fill(Batch batch, int most) {
    if (!started) {
      started = true;
      for (int id : prompt) {
        sampler.accept(id);
      }
      onStart();
    }
    outputRow = NONE;
    added = prefilling() ? Math.min(most, promptLeft()) : 1;
    cache.reserve(evaluated + added);
    for (int i = 0; i < added; i++) {
      int position = evaluated + i;
      int id = position < prompt.length ? prompt[position] : last;
      outputRow = batch.add(cache, position, id, i == added - 1 && position >= prompt.length - 1);
    }
  }

  /** Takes the result of the batch; false when the sequence has ended. */
  boolean advance(float[] logits, int stride) {
    evaluated += added;
    if (outputRow == NONE) {
      return true;
    }
    last = sampler.sample(logits, outputRow * stride);
    sampler.accept(last);
    return onToken(last);
  }
}
