package dev.nomoat.schedule;

import dev.nomoat.ModelStats;
import dev.nomoat.cache.PagePool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What a scheduler counts. Written by its thread, read by any. */
final class SchedulerCounters {
  private final AtomicInteger queued = new AtomicInteger();
  private final AtomicLong finished = new AtomicLong();
  private final AtomicLong cancelled = new AtomicLong();
  private final AtomicLong timedOut = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong rejected = new AtomicLong();
  private final AtomicLong suspended = new AtomicLong();
  private final AtomicLong steps = new AtomicLong();
  private final AtomicLong promptTokens = new AtomicLong();
  private final AtomicLong reusedTokens = new AtomicLong();
  private final AtomicLong generatedTokens = new AtomicLong();
  private final AtomicLong proposedTokens = new AtomicLong();
  private final AtomicLong acceptedTokens = new AtomicLong();
  private final AtomicLong evictions = new AtomicLong();
  private volatile int active;
  private volatile int usedFrames;
  private volatile int rememberedFrames;
  private volatile int allocatedFrames;

  /** Tasks that wait to be taken up for the first time. */
  int queued() {
    return queued.get();
  }

  /**
   * What was counted so far.
   *
   * @param frameBytes memory of a frame
   */
  ModelStats snapshot(long frameBytes) {
    return new ModelStats(
        queued.get(),
        active,
        finished.get(),
        cancelled.get(),
        timedOut.get(),
        failed.get(),
        rejected.get(),
        suspended.get(),
        steps.get(),
        promptTokens.get(),
        reusedTokens.get(),
        generatedTokens.get(),
        proposedTokens.get(),
        acceptedTokens.get(),
        frameBytes * allocatedFrames,
        frameBytes * usedFrames,
        frameBytes * rememberedFrames,
        evictions.get());
  }

  void enqueue() {
    queued.incrementAndGet();
  }

  void dequeue() {
    queued.decrementAndGet();
  }

  void finish() {
    finished.incrementAndGet();
  }

  void cancel() {
    cancelled.incrementAndGet();
  }

  void timeOut() {
    timedOut.incrementAndGet();
  }

  void fail() {
    failed.incrementAndGet();
  }

  void reject() {
    rejected.incrementAndGet();
  }

  void suspend() {
    suspended.incrementAndGet();
  }

  void reuse(int tokens) {
    reusedTokens.addAndGet(tokens);
  }

  void step() {
    steps.incrementAndGet();
  }

  void evaluate(int tokensOfPrompt) {
    promptTokens.addAndGet(tokensOfPrompt);
  }

  void draw() {
    generatedTokens.incrementAndGet();
  }

  void propose(int tokens, int accepted) {
    proposedTokens.addAndGet(tokens);
    acceptedTokens.addAndGet(accepted);
  }

  /**
   * Between two steps: how many tasks there are, and where the memory is. The tasks come last: who
   * sees that there are none sees what they have left behind.
   */
  void look(int tasks, PagePool pool) {
    usedFrames = pool.used();
    rememberedFrames = pool.remembered();
    allocatedFrames = pool.allocatedFrames();
    evictions.set(pool.evictions());
    active = tasks;
  }

  /** The scheduler has ended: nobody waits any more. */
  void clear() {
    queued.set(0);
    active = 0;
    usedFrames = 0;
    rememberedFrames = 0;
    allocatedFrames = 0;
  }
}
