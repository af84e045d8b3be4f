package dev.nomoat.schedule;

import dev.nomoat.model.Batch;
import dev.nomoat.model.Decoder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The one thread that drives a decoder. Each step evaluates one batch: a token for every sequence
 * that generates, and as much of the waiting prompts as fits beside. Sequences join and leave
 * between steps.
 *
 * <p>Public methods may be called from any thread.
 */
public final class Scheduler implements AutoCloseable {
  /** Prompt tokens of a step while others generate, so that a long prompt does not stall them. */
  private static final int PREFILL_BESIDE_DECODE = 64;

  private final Decoder decoder;
  private final WorkerTeam team;
  private final Thread thread;
  private final Batch batch = new Batch();
  private final List<SequenceTask> active = new ArrayList<>();
  private final List<SequenceTask> inBatch = new ArrayList<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // guarded by the lock
  private final ArrayDeque<SequenceTask> submitted = new ArrayDeque<>();
  private final ArrayDeque<Evaluation<?>> evaluations = new ArrayDeque<>();
  private boolean woken;
  private boolean closing;
  private boolean evaluatingSequences;

  private record Evaluation<T>(Function<Decoder, T> work, CompletableFuture<T> result) {
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
   * @param team the decoder's team; closed with the scheduler
   */
  public Scheduler(String name, Decoder decoder, WorkerTeam team) {
    this.decoder = decoder;
    this.team = team;
    this.thread = Thread.ofPlatform().daemon().name(name + "-scheduler").unstarted(this::run);
    thread.start();
  }

  /**
   * Adds a sequence; it starts as soon as there is room in a batch.
   *
   * @param task a new task
   * @throws IllegalStateException when the scheduler is closed
   */
  public void submit(SequenceTask task) {
    signal(() -> submitted.add(task));
  }

  /**
   * Lets work run with the decoder between two steps.
   *
   * @param work what to do; when the decoder says that it was aborted, the scheduler is being
   *     closed
   * @param <T> type of the result
   * @return the result to come; ends with IllegalStateException when the scheduler closes first
   * @throws IllegalStateException when the scheduler is closed
   */
  public <T> CompletableFuture<T> evaluate(Function<Decoder, T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    signal(() -> evaluations.add(new Evaluation<>(work, result)));
    return result;
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
      lock.lock();
      try {
        closing = true;
        active.addAll(submitted);
        submitted.clear();
        refused = List.copyOf(evaluations);
      } finally {
        lock.unlock();
      }
      active.forEach(SequenceTask::onClosed);
      refused.forEach(Evaluation::refuse);
      team.close();
    }
  }

  /** Waits for work, and does one evaluation if there is one; false when closing. */
  private boolean await() {
    Evaluation<?> evaluation;
    // not under the lock, which a task's owner may want while the task waits for the owner's; who
    // becomes ready later calls wake
    boolean ready = anyReady();
    lock.lock();
    try {
      while (!closing && !woken && !ready) {
        changed.awaitUninterruptibly();
      }
      woken = false;
      if (closing) {
        return false;
      }
      active.addAll(submitted);
      submitted.clear();
      evaluation = evaluations.poll();
    } finally {
      lock.unlock();
    }
    if (evaluation != null) {
      evaluation.run(decoder);
      wake(); // there may be more of them, after a step for the sequences
    }
    return true;
  }

  // loops without streams or copies from here on: a step leaves no garbage

  private boolean anyReady() {
    for (SequenceTask task : active) {
      if (task.cancelled() || task.prefilling() || task.ready()) {
        return true;
      }
    }
    return false;
  }

  private boolean anyPrefilling() {
    for (SequenceTask task : active) {
      if (task.prefilling()) {
        return true;
      }
    }
    return false;
  }

  private boolean allCancelled() {
    for (SequenceTask task : inBatch) {
      if (!task.cancelled()) {
        return false;
      }
    }
    return true;
  }

  private void step() {
    dropCancelled();
    collect();
    if (batch.size() == 0) {
      return;
    }
    if (!begin()) {
      return;
    }
    boolean done;
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
      for (SequenceTask task : inBatch) {
        advance(task);
      }
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

  private void dropCancelled() {
    for (Iterator<SequenceTask> tasks = active.iterator(); tasks.hasNext(); ) {
      SequenceTask task = tasks.next();
      if (task.cancelled()) {
        tasks.remove();
        task.cache().release();
        task.onCancelled();
      }
    }
  }

  /**
   * Forms the next batch: generating sequences first, then prompts in the order of their arrival.
   */
  private void collect() {
    batch.clear();
    lock.lock();
    try {
      inBatch.clear();
    } finally {
      lock.unlock();
    }
    // however many generate, a prompt that waits gets its share
    int kept = anyPrefilling() ? PREFILL_BESIDE_DECODE : 0;
    boolean left = false;
    for (int i = 0; i < active.size(); i++) {
      SequenceTask task = active.get(i);
      if (task.prefilling() || !task.ready()) {
        continue;
      }
      if (batch.room() <= kept) {
        left = true;
      } else if (!add(task, 1)) {
        i--; // it failed and has left the list
      }
    }
    int room = batch.size() == 0 ? batch.room() : Math.min(batch.room(), PREFILL_BESIDE_DECODE);
    for (int i = 0; i < active.size(); i++) {
      SequenceTask task = active.get(i);
      if (task.prefilling() && room > 0) {
        int before = batch.size();
        if (!add(task, room)) {
          i--;
        }
        room -= batch.size() - before;
      }
    }
    // who was first goes behind the others, so that more sequences than fit take turns
    if (left) {
      active.removeAll(inBatch);
      active.addAll(inBatch);
    }
  }

  private boolean add(SequenceTask task, int most) {
    try {
      task.fill(batch, most);
    } catch (Throwable e) {
      // no room for its cache, or a callback; the batch has nothing of it yet
      fail(task, e);
      return false;
    }
    lock.lock();
    try {
      inBatch.add(task);
    } finally {
      lock.unlock();
    }
    return true;
  }

  private void advance(SequenceTask task) {
    try {
      if (!task.advance(decoder.logits(), decoder.logitsStride())) {
        active.remove(task);
        task.cache().release();
      }
    } catch (Throwable e) {
      fail(task, e);
    }
  }

  private void fail(SequenceTask task, Throwable cause) {
    active.remove(task);
    task.cache().release();
    task.onFailure(cause);
  }
}
