package dev.nomoat.schedule;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads that work through the chunks of one loop together.
 *
 * <p>The thread that calls {@link #run} is worker 0; the others spin for some microseconds between
 * two loops, because the next one comes soon while a model computes, then park, so that an idle
 * team takes no time. One caller at a time.
 */
public final class WorkerTeam implements AutoCloseable {
  private static final int SPINS = 4000;

  private static final int CLOSED = Integer.MIN_VALUE;

  /** From one worker's place in {@link #next} to that of another, in another line of the cache. */
  private static final int APART = 32;

  /** One loop's body. */
  @FunctionalInterface
  public interface Chunk {
    /**
     * Does one chunk.
     *
     * @param index which chunk
     * @param worker which worker does it, 0 to threads − 1: the index of its scratch memory
     */
    void run(int index, int worker);
  }

  private static final Chunk NOTHING = (index, worker) -> {};

  private final Thread[] workers;
  private final AtomicIntegerArray next;

  /**
   * Workers in the loop that runs, beside its caller; plus {@link #CLOSED} when no more may enter.
   */
  private final AtomicInteger members = new AtomicInteger(CLOSED);

  private volatile Chunk chunk = NOTHING;
  private volatile int chunks;
  private final AtomicInteger generation = new AtomicInteger();
  private volatile boolean abort;
  private volatile boolean closed;
  private volatile @Nullable Throwable failure;
  private volatile @Nullable Thread caller;

  /**
   * Starts the team.
   *
   * @param name for thread names
   * @param threads number of workers, the caller included; positive
   */
  public WorkerTeam(String name, int threads) {
    if (threads <= 0) {
      throw new IllegalArgumentException("threads must be positive, not " + threads);
    }
    next = new AtomicIntegerArray(threads * APART);
    workers = new Thread[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      int worker = i + 1;
      workers[i] =
          Thread.ofPlatform()
              .daemon()
              .name(name + "-worker-" + worker)
              .unstarted(() -> work(worker));
    }
    try {
      for (Thread thread : workers) {
        thread.start();
      }
    } catch (Throwable e) {
      // the system has no more threads: those that were started end
      close();
      throw e;
    }
  }

  /**
   * Number of workers.
   *
   * @return how many, the caller included
   */
  public int threads() {
    return workers.length + 1;
  }

  /**
   * Runs a loop and waits for its end. A single chunk runs on the calling thread alone. Nobody
   * waits for a worker that other programs keep from its core until all chunks are taken.
   *
   * @param count number of chunks
   * @param body what to do with each: a worker does those of its own part in ascending order, so
   *     that it reads memory from front to back, then what the others have left of theirs
   * @return false when {@link #abort} ended the loop before all chunks were done
   * @throws RuntimeException what a chunk threw; the other chunks may or may not have run
   */
  public boolean run(int count, Chunk body) {
    if (abort) {
      return false;
    }
    if (count <= 1 || workers.length == 0) {
      for (int i = 0; i < count && !abort; i++) {
        body.run(i, 0);
      }
      return !abort;
    }
    chunk = body;
    chunks = count;
    for (int worker = 0; worker <= workers.length; worker++) {
      next.set(worker * APART, first(worker, count));
    }
    members.set(0); // publishes the fields above
    generation.incrementAndGet();
    for (Thread thread : workers) {
      LockSupport.unpark(thread);
    }
    take(body, count, 0);
    members.getAndAdd(CLOSED);
    awaitOthers();
    chunk = NOTHING;
    Throwable thrown = failure;
    if (thrown != null) {
      failure = null;
      rethrow(thrown);
    }
    return !abort;
  }

  /**
   * Ends the loop that runs, and all that follow until {@link #resume}, as soon as the chunks in
   * work are done.
   */
  public void abort() {
    abort = true;
  }

  /** Lets loops run again after {@link #abort}. */
  public void resume() {
    abort = false;
  }

  /** Ends the threads and waits for them. Must not be called while a loop runs. */
  @Override
  public void close() {
    closed = true;
    for (Thread thread : workers) {
      LockSupport.unpark(thread);
    }
    for (Thread thread : workers) {
      Threads.join(thread);
    }
  }

  /**
   * Those that have entered are within one chunk of the end; if one lost its core meanwhile, its
   * core is not taken by spinning.
   */
  private void awaitOthers() {
    for (int spins = 0; members.get() != CLOSED; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        caller = Thread.currentThread();
        if (members.get() != CLOSED) {
          LockSupport.park(this);
        }
        caller = null;
      }
    }
  }

  private void work(int worker) {
    int seen = 0;
    while (true) {
      for (int spins = 0; generation.get() == seen && !closed; spins++) {
        if (spins < SPINS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
      }
      if (closed) {
        return;
      }
      seen = generation.get();
      if (enter()) {
        take(chunk, chunks, worker);
        if (members.decrementAndGet() == CLOSED) {
          LockSupport.unpark(caller); // does nothing while the caller spins
        }
      }
    }
  }

  /** False when the others have done all: then nobody waits for a worker that comes late. */
  private boolean enter() {
    int in = members.get();
    while (in >= 0 && !members.compareAndSet(in, in + 1)) {
      in = members.get();
    }
    return in >= 0;
  }

  /** The first chunk of a worker's part. */
  private int first(int worker, int count) {
    return (int) ((long) count * worker / threads());
  }

  private void take(Chunk body, int count, int worker) {
    try {
      for (int i = 0; i < threads(); i++) {
        takePart(body, count, (worker + i) % threads(), worker);
      }
    } catch (Throwable e) {
      // the caller rethrows it; the team itself goes on
      failure = e;
    }
  }

  private void takePart(Chunk body, int count, int part, int worker) {
    int end = first(part + 1, count);
    int at = part * APART;
    while (next.get(at) < end) {
      int i = next.getAndIncrement(at);
      if (i >= end || abort || failure != null) {
        return;
      }
      body.run(i, worker);
    }
  }

  private static void rethrow(Throwable thrown) {
    switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(thrown);
    }
  }
}
