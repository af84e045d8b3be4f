package dev.nomoat.schedule;

import dev.nomoat.ModelStats;
import dev.nomoat.QueueFullException;
import dev.nomoat.cache.PagePool;
import dev.nomoat.model.Batch;
import dev.nomoat.model.Decoder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that drives a decoder. Each step evaluates one batch: a token for every sequence
 * that generates, and as much of the prompts as fits beside. Sequences join and leave between
 * steps.
 *
 * <p>A sequence waits until there is memory for it and for what it will generate before long. When
 * memory runs short nevertheless, one that comes later gives its pages back and waits again; the
 * tokens that it has drawn stay, and are evaluated anew. The first one always has enough, so all
 * come to their end.
 *
 * <p>Public methods may be called from any thread.
 */
public final class Scheduler implements AutoCloseable {
  /** Prompt tokens of a step while others generate, so that a long prompt does not stall them. */
  private static final int PREFILL_BESIDE_DECODE = 64;

  private final Decoder decoder;
  private final Proposer proposer;
  private final WorkerTeam team;
  private final PagePool pool;
  private final int mostQueued;
  private final Thread thread;
  private final Batch batch = new Batch();
  private final Admission admission;
  private final TaskList active; // of them
  private final List<SequenceTask> inBatch = new ArrayList<>();
  private final List<SequenceTask> order = new ArrayList<>(); // of the active ones in a step
  private long evictions; // that were told of
  private @Nullable SequenceTask leftOut; // by the last batch, which had no room
  private final SchedulerCounters counters = new SchedulerCounters();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // guarded by the lock
  private final ArrayDeque<SequenceTask> submitted = new ArrayDeque<>();
  private final ArrayDeque<Evaluation<?>> evaluations = new ArrayDeque<>();
  private long arrivals;
  private boolean woken;
  private boolean closing;
  private boolean evaluatingSequences;

  private record Evaluation<T>(
      long frames, int sequences, Function<Decoder, T> work, CompletableFuture<T> result) {
    void run(Decoder decoder) {
      try {
        result.complete(work.apply(decoder));
      } catch (Throwable e) {
        // belongs to whoever waits for the result
        result.completeExceptionally(e);
      }
    }

    void refuse() {
      result.completeExceptionally(closed());
    }
  }

  /**
   * Starts the thread.
   *
   * @param name for the thread's name
   * @param decoder what to drive; nobody else uses it
   * @param draft proposes tokens for tasks that want it to, until it fails; nobody else uses it
   * @param team the decoder's team, and the draft's; closed with the scheduler
   * @param pool where the caches of tasks take their memory; nobody else uses it
   * @param mostQueued tasks that may wait, so that more are refused
   */
  public Scheduler(
      String name,
      Decoder decoder,
      Optional<DraftModel> draft,
      WorkerTeam team,
      PagePool pool,
      int mostQueued) {
    this.decoder = decoder;
    this.proposer = new Proposer(draft);
    this.team = team;
    this.pool = pool;
    this.mostQueued = mostQueued;
    this.admission = new Admission(pool, counters);
    this.active = admission.active();
    this.thread = Thread.ofPlatform().daemon().name(name + "-scheduler").unstarted(this::run);
    thread.start();
  }

  /**
   * Adds a sequence; it starts as soon as there is room in a batch and in the cache.
   *
   * @param task a new task
   * @throws IllegalStateException when the scheduler is closed
   * @throws QueueFullException when too many wait already
   */
  public void submit(SequenceTask task) {
    signal(
        () -> {
          if (counters.queued() >= mostQueued) {
            counters.reject();
            throw new QueueFullException(mostQueued);
          }
          task.arrive(arrivals++);
          submitted.add(task);
          counters.enqueue();
        });
  }

  /**
   * Lets work run with the decoder between two steps.
   *
   * @param frames of the cache that it will take
   * @param sequences sequences that will take them
   * @param work what to do; when the decoder says that it was aborted, the scheduler is being
   *     closed
   * @param <T> type of the result
   * @return the result to come; ends with IllegalStateException when the scheduler closes first
   * @throws IllegalStateException when the scheduler is closed
   */
  public <T> CompletableFuture<T> evaluate(long frames, int sequences, Function<Decoder, T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    signal(() -> evaluations.add(new Evaluation<>(frames, sequences, work, result)));
    return result;
  }

  /**
   * What was counted so far.
   *
   * @return a snapshot
   */
  public ModelStats stats() {
    return counters.snapshot(pool.footprint().frameBytes());
  }

  private void signal(Runnable change) {
    lock.lock();
    try {
      if (closing) {
        throw closed();
      }
      change.run();
      woken = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private static IllegalStateException closed() {
    return new IllegalStateException("the model is closed");
  }

  /** Says that a task has become ready. */
  public void wake() {
    lock.lock();
    try {
      woken = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Cancels a task; when the step that runs serves only cancelled ones, it ends at once.
   *
   * @param task a task of this scheduler
   */
  public void cancel(SequenceTask task) {
    lock.lock();
    try {
      task.markCancelled();
      if (evaluatingSequences && allCancelled()) {
        team.abort();
      }
      woken = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Ends all tasks and the threads, and waits for that. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      team.abort();
      changed.signal();
    } finally {
      lock.unlock();
    }
    Threads.join(thread);
  }

  private void run() {
    try {
      while (await()) {
        step();
      }
    } finally {
      List<Evaluation<?>> refused;
      List<SequenceTask> ended;
      lock.lock();
      try {
        closing = true;
        ended = new ArrayList<>(submitted);
        submitted.clear();
        refused = List.copyOf(evaluations);
      } finally {
        lock.unlock();
      }
      admission.moveTo(ended);
      ended.forEach(SequenceTask::onClosed);
      refused.forEach(Evaluation::refuse);
      counters.clear();
      team.close();
    }
  }

  /** Waits for work, and does one evaluation if there is one; false when closing. */
  private boolean await() {
    Evaluation<?> evaluation;
    admission.count();
    // not under the lock, which a task's owner may want while the task waits for the owner's; who
    // becomes ready later calls wake
    boolean ready = admission.anyDue();
    lock.lock();
    try {
      long left = admission.leastTimeLeft();
      while (!closing && !woken && !ready && left > 0) {
        if (left == Long.MAX_VALUE) {
          changed.awaitUninterruptibly();
        } else {
          left = changed.awaitNanos(left);
        }
      }
      woken = false;
      if (closing) {
        return false;
      }
      while (!submitted.isEmpty()) {
        admission.add(submitted.poll());
      }
      evaluation = evaluations.poll();
    } catch (InterruptedException e) {
      return true; // nobody has a reason to interrupt this thread
    } finally {
      lock.unlock();
    }
    if (evaluation != null) {
      admission.makeRoom(evaluation.frames(), evaluation.sequences());
      evaluation.run(decoder);
      wake(); // there may be more of them, after a step for the sequences
    }
    return true;
  }

  // loops without streams or copies from here on: a step leaves no garbage

  private boolean allCancelled() {
    for (int i = 0; i < inBatch.size(); i++) {
      if (!inBatch.get(i).cancelled()) {
        return false;
      }
    }
    return true;
  }

  private void step() {
    admission.dropEnded();
    admission.admit();
    proposer.propose(active, PREFILL_BESIDE_DECODE);
    collect();
    admission.count();
    if (batch.size() == 0) {
      return;
    }
    if (!begin()) {
      return;
    }
    boolean done;
    StepEvent event = new StepEvent();
    event.begin();
    try {
      done = decoder.evaluate(batch);
    } catch (Throwable e) {
      // the tasks of this step fail; the others, and the scheduler, go on
      end();
      List.copyOf(inBatch).forEach(task -> fail(task, e));
      return;
    }
    end();
    if (done) {
      counters.step();
      record(event);
      for (int i = 0; i < inBatch.size(); i++) {
        advance(inBatch.get(i));
      }
    }
  }

  private void record(StepEvent event) {
    event.end();
    if (event.shouldCommit()) {
      int decoding = 0;
      for (int i = 0; i < inBatch.size(); i++) {
        decoding += inBatch.get(i).prefilling() ? 0 : 1;
      }
      event.decodeTokens = decoding;
      event.prefillTokens = batch.size() - decoding;
      event.sequences = inBatch.size();
      event.commit();
    }
    long now = pool.evictions();
    if (now > evictions) {
      EvictionEvent eviction = new EvictionEvent();
      eviction.pages = now - evictions;
      eviction.commit();
      evictions = now;
    }
  }

  /**
   * Announces an evaluation, so that {@link #cancel} may abort it; false when there is nothing left
   * to do.
   */
  private boolean begin() {
    lock.lock();
    try {
      evaluatingSequences = !closing && !allCancelled();
      return evaluatingSequences;
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      evaluatingSequences = false;
      if (!closing) {
        team.resume();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Forms the next batch: generating sequences first, then prompts, the first ones first. */
  private void collect() {
    batch.clear();
    lock.lock();
    try {
      inBatch.clear();
    } finally {
      lock.unlock();
    }
    order.clear();
    // more sequences than fit take turns
    int first = Math.max(0, active.indexOf(leftOut));
    leftOut = null;
    for (int i = 0; i < active.size(); i++) {
      order.add(active.get((first + i) % active.size()));
    }
    // however many generate, a prompt that waits gets its share
    int kept = active.anyPrefilling() ? PREFILL_BESIDE_DECODE : 0;
    for (int i = 0; i < order.size() && leftOut == null; i++) {
      SequenceTask task = order.get(i);
      if (task.generates()) {
        if (batch.room() > kept) {
          add(task, Math.min(task.pending(), batch.room() - kept));
        } else {
          leftOut = task;
        }
      }
    }
    int room = batch.size() == 0 ? batch.room() : Math.min(batch.room(), PREFILL_BESIDE_DECODE);
    for (int i = 0; i < order.size() && room > 0; i++) {
      if (order.get(i).prefilling()) {
        room -= add(order.get(i), room);
      }
    }
  }

  /** Adds up to so many tokens of a task to the batch, if there is memory; how many were added. */
  private int add(SequenceTask task, int most) {
    int before = batch.size();
    try {
      if (task.proposes() && !(task.reserve(most) && task.saveState())) {
        task.dropProposal();
      }
      while (task.active() && !task.reserve(most)) {
        // it is not in the batch itself, so there is one
        admission.suspend(Objects.requireNonNull(active.lastOutside(inBatch)));
      }
      if (!task.active()) {
        return 0;
      }
      task.fill(batch, most);
    } catch (Throwable e) {
      // the system has no more memory, or a callback failed; the batch has nothing of it yet
      fail(task, e);
      return 0;
    }
    lock.lock();
    try {
      inBatch.add(task);
    } finally {
      lock.unlock();
    }
    return batch.size() - before;
  }

  private void advance(SequenceTask task) {
    try {
      if (!task.advance(decoder.logits(), decoder.logitsStride(), counters)) {
        active.remove(task);
        task.end(counters);
        if (task.cancelled()) {
          counters.cancel();
        } else {
          counters.finish();
        }
      }
    } catch (Throwable e) {
      fail(task, e);
    }
  }

  private void fail(SequenceTask task, Throwable cause) {
    active.remove(task);
    task.end(counters);
    counters.fail();
    task.onFailure(cause);
  }
}
