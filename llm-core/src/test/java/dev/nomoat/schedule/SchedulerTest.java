package dev.nomoat.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.SamplingOptions;
import dev.nomoat.Unhurried;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Batch;
import dev.nomoat.model.Decoder;
import dev.nomoat.sample.Sampler;
import dev.nomoat.schedule.TestTask.End;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Unhurried
@SuppressWarnings({
  "LockNotBeforeTry",
  "FutureReturnValueIgnored"
}) // the tests interleave them on purpose
class SchedulerTest {
  private static final int ENDLESS = Integer.MAX_VALUE;
  private static final int[] LENGTHS = {1, 3, 63, 64, 65, 130, 300, 7};

  /** Greedy or random, as the index says. */
  private static Sampler sampler(TinyModel model, int index) {
    SamplingOptions options =
        index % 2 == 0 ? SamplingOptions.greedy() : SamplingOptions.defaults();
    return new Sampler(options, index, model.config.vocab());
  }

  private static TestTask task(TinyModel model, int index, int mostTokens) {
    int[] prompt = model.prompt(LENGTHS[index % LENGTHS.length], index);
    return new TestTask(model, prompt, sampler(model, index), mostTokens);
  }

  /** What a task must generate: one token at a time, with nothing beside. */
  private static List<Integer> tokenByToken(TinyModel model, int index, int mostTokens)
      throws InterruptedException, ExecutionException {
    int[] prompt = model.prompt(LENGTHS[index % LENGTHS.length], index);
    Sampler sampler = sampler(model, index);
    return model
        .scheduler
        .evaluate(20, 1, d -> tokenByToken(d, model, prompt, sampler, mostTokens))
        .get();
  }

  private static List<Integer> tokenByToken(
      Decoder decoder, TinyModel model, int[] prompt, Sampler sampler, int mostTokens) {
    List<Integer> tokens = new ArrayList<>();
    SequenceCache cache = model.cache();
    cache.require(prompt.length + mostTokens);
    Batch batch = new Batch();
    for (int id : prompt) {
      sampler.accept(id);
    }
    for (int position = 0; tokens.size() < mostTokens; position++) {
      int id = position < prompt.length ? prompt[position] : tokens.get(position - prompt.length);
      boolean output = position >= prompt.length - 1;
      batch.clear();
      batch.add(cache, position, id, output);
      assertThat(decoder.evaluate(batch)).isTrue();
      if (output) {
        int token = sampler.sample(decoder.logits(), 0);
        sampler.accept(token);
        tokens.add(token);
      }
    }
    cache.release();
    return tokens;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void tokensAreTheSameAloneAndWithOthers(int threads) throws Exception {
    try (TinyModel model = TinyModel.small("same", threads)) {
      List<List<Integer>> expected = new ArrayList<>();
      for (int i = 0; i < LENGTHS.length; i++) {
        expected.add(tokenByToken(model, i, 30));
        TestTask alone = task(model, i, 30);
        model.scheduler.submit(alone);
        assertThat(alone.end()).isEqualTo(End.FINISHED);
        assertThat(alone.tokens).as("alone").isEqualTo(expected.get(i));
      }
      // a constant sequence could hide a mistake
      assertThat(expected.get(3).stream().distinct().count()).isGreaterThan(5);
      List<TestTask> together = new ArrayList<>();
      for (int i = 0; i < LENGTHS.length; i++) {
        together.add(task(model, i, 30));
        model.scheduler.submit(together.get(i));
      }
      for (int i = 0; i < LENGTHS.length; i++) {
        assertThat(together.get(i).end()).isEqualTo(End.FINISHED);
        assertThat(together.get(i).tokens).as("together").isEqualTo(expected.get(i));
      }
      assertThat(model.usedPages()).isZero();
    }
  }

  @Test
  void moreSequencesThanABatchHoldsTakeTurns() throws Exception {
    try (TinyModel model = TinyModel.small("turns", 2)) {
      List<TestTask> tasks = new ArrayList<>();
      for (int i = 0; i < Batch.CAPACITY + 40; i++) {
        tasks.add(task(model, i % 2, 3));
        model.scheduler.submit(tasks.get(i));
      }
      for (int i = 0; i < tasks.size(); i++) {
        assertThat(tasks.get(i).end()).isEqualTo(End.FINISHED);
        assertThat(tasks.get(i).tokens).isEqualTo(tasks.get(i % 2).tokens);
      }
      assertThat(tasks.getFirst().tokens).isEqualTo(tokenByToken(model, 0, 3));
      assertThat(model.usedPages()).isZero();
    }
  }

  @Test
  void aPromptStartsHoweverManyGenerate() throws Exception {
    try (TinyModel model = TinyModel.small("full", 2)) {
      List<TestTask> tasks = new ArrayList<>();
      for (int i = 0; i < Batch.CAPACITY + 1; i++) {
        tasks.add(task(model, i % 2, 10_000));
        model.scheduler.submit(tasks.get(i));
      }
      for (TestTask task : tasks) {
        task.started.await();
      }
      TestTask late = task(model, 0, 2);
      model.scheduler.submit(late);
      assertThat(late.end()).isEqualTo(End.FINISHED);
      assertThat(tasks).allSatisfy(task -> assertThat(task.ends).isEmpty());
      tasks.forEach(model.scheduler::cancel);
      for (TestTask task : tasks) {
        assertThat(task.end()).isEqualTo(End.CANCELLED);
      }
    }
  }

  @Test
  void aCancelledPromptEndsAtOnceInTheMiddleOfAStep() throws Exception {
    try (TinyModel model = TinyModel.slow("cancel", 2)) {
      TestTask whole = TestTask.greedy(model, model.prompt(Batch.CAPACITY, 1), 1);
      model.scheduler.submit(whole);
      whole.started.await();
      long start = System.nanoTime();
      assertThat(whole.end()).isEqualTo(End.FINISHED);
      long step = System.nanoTime() - start;
      List<Long> steps = new ArrayList<>(); // that came to their end after the task was cancelled
      for (int i = 0; i < 5; i++) {
        TestTask task = TestTask.greedy(model, model.prompt(32 * Batch.CAPACITY, 2), ENDLESS);
        model.scheduler.submit(task);
        task.started.await();
        TimeUnit.NANOSECONDS.sleep(step / 4);
        long before = model.scheduler.stats().steps();
        model.scheduler.cancel(task);
        assertThat(task.end()).isEqualTo(End.CANCELLED);
        assertThat(model.usedPages()).isZero();
        assertThat(task.tokens).isEmpty();
        steps.add(model.scheduler.stats().steps() - before);
      }
      // not each: one may have ended just before
      assertThat(steps).filteredOn(count -> count == 0).hasSizeGreaterThanOrEqualTo(3);
      TestTask next = TestTask.greedy(model, model.prompt(3, 3), 2);
      model.scheduler.submit(next);
      assertThat(next.end()).isEqualTo(End.FINISHED);
    }
  }

  @Test
  void othersGoOnWhenOneIsCancelled() throws Exception {
    try (TinyModel model = TinyModel.small("others", 2)) {
      TestTask endless = task(model, 5, ENDLESS);
      TestTask other = task(model, 2, 200);
      model.scheduler.submit(endless);
      model.scheduler.submit(other);
      while (endless.tokens.size() < 10) {
        Thread.sleep(1);
      }
      model.scheduler.cancel(endless);
      model.scheduler.cancel(endless);
      assertThat(endless.end()).isEqualTo(End.CANCELLED);
      assertThat(other.end()).isEqualTo(End.FINISHED);
      assertThat(other.tokens).isEqualTo(tokenByToken(model, 2, 200));
      model.scheduler.cancel(other);
      assertThat(model.usedPages()).isZero();
      assertThat(endless.ends).containsExactly(End.CANCELLED);
      assertThat(other.ends).containsExactly(End.FINISHED);
    }
  }

  @Test
  void aTaskMayBeCancelledBeforeItStarts() throws Exception {
    try (TinyModel model = TinyModel.small("before", 1)) {
      CountDownLatch blocked = new CountDownLatch(1);
      CompletableFuture<Boolean> blocker = model.scheduler.evaluate(0, 0, d -> await(blocked));
      TestTask task = task(model, 1, 5);
      model.scheduler.submit(task);
      model.scheduler.cancel(task);
      blocked.countDown();
      assertThat(task.end()).isEqualTo(End.CANCELLED);
      assertThat(blocker.get()).isTrue();
      assertThat(task.started.getCount()).isEqualTo(1);
      assertThat(model.usedPages()).isZero();
    }
  }

  private static boolean await(CountDownLatch latch) {
    try {
      latch.await();
      return true;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aSlowConsumerDoesNotStallTheOthers() throws Exception {
    try (TinyModel model = TinyModel.small("consumer", 2)) {
      TestTask slow =
          new TestTask(model, model.prompt(10, 1), sampler(model, 0), 40) {
            @Override
            protected boolean onToken(int id, boolean guessed) {
              resting = tokens.size() == 9;
              return super.onToken(id, guessed);
            }
          };
      TestTask other = task(model, 3, 60);
      model.scheduler.submit(slow);
      model.scheduler.submit(other);
      assertThat(other.end()).isEqualTo(End.FINISHED);
      TestTask later = task(model, 4, 5);
      model.scheduler.submit(later);
      assertThat(later.end()).isEqualTo(End.FINISHED);
      assertThat(slow.tokens).hasSize(10);
      // it keeps its cache, nothing else does
      assertThat(model.usedPages()).isEqualTo(1);
      slow.resting = false;
      model.scheduler.wake();
      assertThat(slow.end()).isEqualTo(End.FINISHED);
      TestTask quick = TestTask.greedy(model, model.prompt(10, 1), 40);
      model.scheduler.submit(quick);
      assertThat(quick.end()).isEqualTo(End.FINISHED);
      assertThat(slow.tokens).isEqualTo(quick.tokens);
      assertThat(model.usedPages()).isZero();
    }
  }

  @Test
  void aRestingTaskCanBeCancelled() throws Exception {
    try (TinyModel model = TinyModel.small("resting", 1)) {
      TestTask task =
          new TestTask(model, model.prompt(5, 1), sampler(model, 0), ENDLESS) {
            @Override
            protected boolean onToken(int id, boolean guessed) {
              resting = true;
              return super.onToken(id, guessed);
            }
          };
      model.scheduler.submit(task);
      while (task.tokens.isEmpty()) {
        Thread.sleep(1);
      }
      model.scheduler.cancel(task);
      assertThat(task.end()).isEqualTo(End.CANCELLED);
      assertThat(task.tokens).hasSize(1);
      assertThat(model.usedPages()).isZero();
    }
  }

  /** Fails when told of its third token, or of its start. */
  private static TestTask failing(TinyModel model, boolean atStart, Throwable thrown) {
    return new TestTask(model, model.prompt(70, 1), sampler(model, 0), ENDLESS) {
      @Override
      protected void onStart(int reused) {
        super.onStart(reused);
        if (atStart) {
          raise(thrown);
        }
      }

      @Override
      protected boolean onToken(int id, boolean guessed) {
        if (tokens.size() == 2) {
          raise(thrown);
        }
        return super.onToken(id, guessed);
      }
    };
  }

  private static void raise(Throwable thrown) {
    switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalArgumentException(thrown);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFailingCallbackEndsItsTaskOnly(boolean atStart) throws Exception {
    for (Throwable thrown : List.of(new IllegalStateException("one"), new AssertionError("two"))) {
      try (TinyModel model = TinyModel.small("callback", 2)) {
        TestTask failing = failing(model, atStart, thrown);
        TestTask other = task(model, 6, 40);
        model.scheduler.submit(other);
        model.scheduler.submit(failing);
        assertThat(failing.end()).isEqualTo(End.FAILED);
        assertThat(failing.failure).isSameAs(thrown);
        assertThat(other.end()).isEqualTo(End.FINISHED);
        assertThat(other.tokens).isEqualTo(tokenByToken(model, 6, 40));
        assertThat(model.usedPages()).isZero();
        assertThat(failing.ends).containsExactly(End.FAILED);
      }
    }
  }

  @Test
  void aFailingStepEndsItsTasksAndTheNextGoesOn() throws Exception {
    try (TinyModel model = TinyModel.small("step", 2)) {
      // an id that the sampler takes, but the model has no embedding for
      Sampler sampler = new Sampler(SamplingOptions.greedy(), 0, model.config.vocab() + 10);
      int[] prompt = {1, 2, model.config.vocab() + 5};
      TestTask failing = new TestTask(model, prompt, sampler, 5);
      model.scheduler.submit(failing);
      assertThat(failing.end()).isEqualTo(End.FAILED);
      assertThat(failing.failure).isInstanceOf(IndexOutOfBoundsException.class);
      TestTask next = task(model, 0, 5);
      model.scheduler.submit(next);
      assertThat(next.end()).isEqualTo(End.FINISHED);
      assertThat(next.tokens).isEqualTo(tokenByToken(model, 0, 5));
      assertThat(model.usedPages()).isZero();
    }
  }

  @Test
  void workBetweenStepsFailsForWhoAskedForIt() throws Exception {
    try (TinyModel model = TinyModel.small("work", 1)) {
      TestTask running = task(model, 1, 50);
      model.scheduler.submit(running);
      CompletableFuture<Integer> stride = model.scheduler.evaluate(0, 0, Decoder::logitsStride);
      RuntimeException failure = new IllegalArgumentException("work");
      CompletableFuture<Void> failing =
          model.scheduler.evaluate(
              0,
              0,
              decoder -> {
                throw failure;
              });
      assertThat(stride.get()).isEqualTo(128);
      assertThatThrownBy(failing::get).hasCause(failure);
      assertThat(running.end()).isEqualTo(End.FINISHED);
      assertThat(running.tokens).isEqualTo(tokenByToken(model, 1, 50));
    }
  }

  @Test
  void closeEndsEverything() throws Exception {
    TinyModel model = TinyModel.slow("close", 2);
    List<TestTask> tasks = new ArrayList<>();
    try (model) {
      TestTask generating = TestTask.greedy(model, model.prompt(2, 1), ENDLESS);
      TestTask prefilling = TestTask.greedy(model, model.prompt(5000, 2), ENDLESS);
      TestTask resting = TestTask.greedy(model, model.prompt(1, 3), ENDLESS);
      resting.resting = true;
      model.scheduler.submit(generating);
      model.scheduler.submit(resting);
      generating.started.await();
      model.scheduler.submit(prefilling);
      prefilling.started.await();
      tasks.addAll(List.of(generating, resting, prefilling));
      long before = model.scheduler.stats().steps();
      model.scheduler.close();
      // another step may have ended just before
      assertThat(model.scheduler.stats().steps() - before).isLessThanOrEqualTo(1);
      assertThat(threads("close")).isEmpty();
      assertRefuses(model);
      model.scheduler.cancel(generating);
      model.scheduler.wake();
      model.scheduler.close();
    }
    for (TestTask task : tasks) {
      assertThat(task.ends).containsExactly(End.CLOSED);
    }
  }

  private static void assertRefuses(TinyModel model) {
    assertThatIllegalStateException()
        .isThrownBy(() -> model.scheduler.submit(task(model, 0, 1)))
        .withMessage("the model is closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> model.scheduler.evaluate(0, 0, Decoder::logitsStride))
        .withMessage("the model is closed");
  }

  @Test
  void closeRefusesWhatHasNotBegun() throws Exception {
    try (TinyModel model = TinyModel.small("pending", 2)) {
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch blocked = new CountDownLatch(1);
      CompletableFuture<Boolean> running =
          model.scheduler.evaluate(
              0,
              0,
              decoder -> {
                begun.countDown();
                return await(blocked);
              });
      begun.await();
      CompletableFuture<Integer> pending = model.scheduler.evaluate(0, 0, Decoder::logitsStride);
      TestTask submitted = task(model, 0, 5);
      model.scheduler.submit(submitted);
      Thread closing = Thread.ofPlatform().start(model.scheduler::close);
      while (closing.getState() != Thread.State.WAITING) {
        Thread.sleep(1);
      }
      assertRefuses(model);
      blocked.countDown();
      closing.join();
      assertThat(running.get()).isTrue();
      assertThatThrownBy(pending::get)
          .hasCauseInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the model is closed");
      assertThat(submitted.ends).containsExactly(End.CLOSED);
      assertThat(submitted.tokens).isEmpty();
    }
  }

  /**
   * An owner may call the scheduler while it holds a lock that the task's callbacks take: they must
   * not wait for each other.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void callbacksRunWithoutTheSchedulersLock(boolean closing) throws Exception {
    TinyModel model = TinyModel.small("lock", 1);
    Semaphore owners = new Semaphore(1);
    CountDownLatch called = new CountDownLatch(1);
    CountDownLatch blocked = new CountDownLatch(1);
    TestTask task =
        new TestTask(model, model.prompt(2, 1), sampler(model, 0), ENDLESS) {
          @Override
          protected boolean ready() {
            called.countDown();
            owners.acquireUninterruptibly();
            owners.release();
            return false;
          }

          @Override
          protected void onClosed() {
            ready();
            super.onClosed();
          }
        };
    CountDownLatch cancelled = new CountDownLatch(1);
    List<CompletableFuture<?>> work = new ArrayList<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              owners.acquireUninterruptibly();
              if (closing) {
                work.add(model.scheduler.evaluate(0, 0, d -> await(blocked)));
              }
              model.scheduler.submit(task);
              if (closing) {
                Thread.ofPlatform().daemon().start(model.scheduler::close);
                awaitClosing(model, work);
                blocked.countDown();
              }
              await(called);
              model.scheduler.cancel(task);
              owners.release();
              cancelled.countDown();
            });
    cancelled.await();
    assertThat(task.end()).isEqualTo(closing ? End.CLOSED : End.CANCELLED);
    model.close();
    assertThat(work).allMatch(CompletableFuture::isDone);
  }

  private static void awaitClosing(TinyModel model, List<CompletableFuture<?>> work) {
    try {
      while (true) {
        work.add(model.scheduler.evaluate(0, 0, Decoder::logitsStride));
        Thread.sleep(1);
      }
    } catch (IllegalStateException e) {
      // the scheduler says so
    } catch (InterruptedException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void anIdleSchedulerCloses() {
    TinyModel model = TinyModel.small("idle", 3);
    assertThat(threads("idle")).hasSize(3);
    model.close();
    assertThat(threads("idle")).isEmpty();
  }

  private static List<Thread> threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(name + "-"))
        .toList();
  }
}
