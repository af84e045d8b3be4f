package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** A model from its loading to its end, and the many who call it meanwhile. */
final class SoakRound {
  private static final int CALLERS = 24;
  private static final int CONTEXT = 320;

  // what the callers tell
  final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  final Queue<Runnable> abandoned = new ConcurrentLinkedQueue<>();
  final LongAdder accepted = new LongAdder();
  final LongAdder rejected = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder evaluations = new LongAdder();
  private final Map<FinishReason, LongAdder> ended = new EnumMap<>(FinishReason.class);

  private final SoakModel of;
  private final boolean drafted;
  private final boolean closed;
  private final Path folder;
  private final Duration length;
  private final Random random;
  private volatile boolean closing;
  private long end;

  /**
   * Prepares.
   *
   * @param of the model
   * @param drafted with a draft model
   * @param closed whether the model is closed while it is called
   * @param folder for files
   * @param length how long it is called
   * @param seed of what is chosen at random
   */
  SoakRound(
      SoakModel of, boolean drafted, boolean closed, Path folder, Duration length, long seed) {
    this.of = of;
    this.drafted = drafted;
    this.closed = closed;
    this.folder = folder;
    this.length = length;
    this.random = new Random(seed);
    for (FinishReason reason : FinishReason.values()) {
      ended.put(reason, new LongAdder());
    }
  }

  Path folder() {
    return folder;
  }

  boolean closing() {
    return closing;
  }

  boolean goesOn() {
    return failures.isEmpty() && System.nanoTime() < end;
  }

  void ended(FinishReason reason) {
    ended.get(reason).increment();
  }

  /** How tokens may be guessed. */
  List<Speculation> speculations() {
    return drafted
        ? List.of(Speculation.values())
        : List.of(Speculation.OFF, Speculation.OFF, Speculation.LOOKUP);
  }

  /** Little memory, little patience: requests are suspended, pages evicted, callers refused. */
  private LoadOptions options() throws IOException {
    ModelInfo info = LanguageModel.inspect(of.file());
    long more = random.nextInt(20) * info.cacheBytes(1, of.cacheType());
    LoadOptions options =
        LoadOptions.defaults()
            .withThreads(1 + random.nextInt(2))
            .withContextLength(CONTEXT)
            .withCacheType(of.cacheType())
            .withCacheBytes(info.cacheBytes(CONTEXT, of.cacheType()) + more)
            .withMaxQueued(4 + random.nextInt(16));
    return drafted ? options.withDraft(Story.file("q4_0")) : options;
  }

  /** Runs; what the model has counted, at the end. */
  ModelStats run(KnownAnswers known) throws Exception {
    LanguageModel model = LanguageModel.load(of.file(), options());
    List<Thread> callers = new ArrayList<>();
    end = System.nanoTime() + length.toNanos();
    try (model) {
      for (int i = 0; i < CALLERS; i++) {
        SoakCaller caller = new SoakCaller(model, known, this, random.nextLong());
        callers.add(Thread.startVirtualThread(caller));
      }
      while (goesOn()) {
        assertThat(model.stats().queued()).isNotNegative();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
      if (closed) {
        closing = true;
        model.close();
      }
      for (Thread caller : callers) {
        caller.join();
      }
      abandoned.forEach(Runnable::run);
      assertThat(failures).isEmpty();
      ModelStats stats = closed ? model.stats() : Stats.settled(model);
      check(stats);
      return stats;
    }
  }

  private void check(ModelStats stats) {
    assertThat(stats.active()).isZero();
    assertThat(stats.queued()).isZero();
    assertThat(stats.cacheBytesInUse()).isZero();
    assertThat(stats.rejected()).isEqualTo(rejected.sum());
    long told = ended.values().stream().mapToLong(LongAdder::sum).sum() + failed.sum();
    assertThat(told).isEqualTo(accepted.sum());
    long counted = stats.finished() + stats.cancelled() + stats.timedOut() + stats.failed();
    if (closed) {
      // what a caller cancels at the moment of closing counts as neither
      long cut = ended.get(FinishReason.MODEL_CLOSED).sum();
      long cancelled = ended.get(FinishReason.CANCELLED).sum();
      assertThat(accepted.sum() - counted).isBetween(cut, cut + cancelled);
    } else {
      assertThat(counted).isEqualTo(accepted.sum());
      assertThat(stats.failed()).isGreaterThanOrEqualTo(failed.sum());
    }
  }

  @Override
  public String toString() {
    return "%s%s%s: %d requests, %d rejected, %d failed, %d evaluations, %s"
        .formatted(
            of,
            drafted ? " with a draft" : "",
            closed ? ", closed" : "",
            accepted.sum(),
            rejected.sum(),
            failed.sum(),
            evaluations.sum(),
            ended);
  }
}
