package dev.nomoat.schedule;

import dev.nomoat.cache.PagePool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What a scheduler counts. Written by its thread, read by any. */
public final class SchedulerCounters {
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
  private final AtomicLong evictions = new AtomicLong();
  private volatile int active;
  private volatile int usedPages;
  private volatile int rememberedPages;
  private volatile int allocatedPages;

  SchedulerCounters() {}

  /**
   * Tasks that wait to be taken up for the first time.
   *
   * @return how many
   */
  public int queued() {
    return queued.get();
  }

  /**
   * Tasks that were taken up and have not ended, those included that were suspended for want of
   * memory.
   *
   * @return how many
   */
  public int active() {
    return active;
  }

  /**
   * Tasks that came to their end.
   *
   * @return how many
   */
  public long finished() {
    return finished.get();
  }

  /**
   * Tasks that were cancelled.
   *
   * @return how many
   */
  public long cancelled() {
    return cancelled.get();
  }

  /**
   * Tasks whose time was over.
   *
   * @return how many
   */
  public long timedOut() {
    return timedOut.get();
  }

  /**
   * Tasks that could not be evaluated.
   *
   * @return how many
   */
  public long failed() {
    return failed.get();
  }

  /**
   * Tasks that were refused because too many waited.
   *
   * @return how many
   */
  public long rejected() {
    return rejected.get();
  }

  /**
   * How often a task gave its memory back to one that came first.
   *
   * @return how often
   */
  public long suspended() {
    return suspended.get();
  }

  /**
   * Batches that were evaluated for tasks.
   *
   * @return how many
   */
  public long steps() {
    return steps.get();
  }

  /**
   * Tokens of prompts that were evaluated, those of suspended tasks counted anew.
   *
   * @return how many
   */
  public long promptTokens() {
    return promptTokens.get();
  }

  /**
   * Tokens of prompts that needed no evaluation.
   *
   * @return how many
   */
  public long reusedTokens() {
    return reusedTokens.get();
  }

  /**
   * Tokens that were drawn.
   *
   * @return how many
   */
  public long generatedTokens() {
    return generatedTokens.get();
  }

  /**
   * Pages that were forgotten because others needed the memory.
   *
   * @return how many
   */
  public long evictions() {
    return evictions.get();
  }

  /**
   * Pages that tasks hold.
   *
   * @return how many
   */
  public int usedPages() {
    return usedPages;
  }

  /**
   * Pages that nobody holds, but that are remembered with their tokens.
   *
   * @return how many
   */
  public int rememberedPages() {
    return rememberedPages;
  }

  /**
   * Pages that were allocated.
   *
   * @return how many
   */
  public int allocatedPages() {
    return allocatedPages;
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

  /** Between two steps: how many tasks there are, and where the memory is. */
  void look(int tasks, PagePool pool) {
    active = tasks;
    usedPages = pool.used();
    rememberedPages = pool.remembered();
    allocatedPages = pool.allocatedPages();
    evictions.set(pool.evictions());
  }

  /** The scheduler has ended: nobody waits any more. */
  void clear() {
    queued.set(0);
    active = 0;
    usedPages = 0;
    rememberedPages = 0;
    allocatedPages = 0;
  }
}
