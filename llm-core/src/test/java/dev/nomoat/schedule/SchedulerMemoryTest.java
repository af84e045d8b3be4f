package dev.nomoat.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.QueueFullException;
import dev.nomoat.SamplingOptions;
import dev.nomoat.Speculation;
import dev.nomoat.Unhurried;
import dev.nomoat.sample.Sampler;
import dev.nomoat.schedule.SequenceTask.Terms;
import dev.nomoat.schedule.TestTask.End;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many tasks that share too little memory, a queue and their beginnings. */
@Unhurried
class SchedulerMemoryTest {
  private static final int ENDLESS = Integer.MAX_VALUE;

  private static Sampler sampler(TinyModel model, int seed) {
    return new Sampler(SamplingOptions.defaults(), seed, model.config.vocab());
  }

  private static TestTask task(TinyModel model, int length, int seed, int tokens, int priority) {
    Terms terms = new Terms(priority, Long.MAX_VALUE, tokens, Speculation.OFF);
    return new TestTask(model, model.prompt(length, seed), sampler(model, seed), terms);
  }

  /** Keeps the scheduler's thread until the latch is open. */
  private static CompletableFuture<Boolean> block(TinyModel model, CountDownLatch open)
      throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CompletableFuture<Boolean> blocked =
        model.scheduler.evaluate(
            0,
            0,
            decoder -> {
              running.countDown();
              try {
                open.await();
                return true;
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    running.await();
    return blocked;
  }

  @Test
  void aTaskThatCannotBeTakenUpFailsAndTheOthersGoOn() throws Exception {
    try (TinyModel model = TinyModel.scant("scant", 2)) {
      CountDownLatch submitted = new CountDownLatch(1);
      Terms terms = new Terms(0, Long.MAX_VALUE, 5, Speculation.OFF);
      TestTask first =
          new TestTask(model, model.prompt(100, 1), sampler(model, 1), terms) {
            @Override
            protected boolean onToken(int id, boolean guessed) {
              try {
                submitted.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return super.onToken(id, guessed);
            }
          };
      model.scheduler.submit(first);
      first.started.await();
      TestTask second = task(model, 101, 1, 5, 0); // begins with a copy of a page of the first
      model.scheduler.submit(second);
      submitted.countDown();
      assertThat(second.end()).isEqualTo(End.FAILED);
      assertThat(second.failure).isInstanceOf(OutOfMemoryError.class);
      assertThat(first.end()).isEqualTo(End.FINISHED);
      assertThat(model.scheduler.stats().queued()).isZero();
      assertThat(model.scheduler.stats().failed()).isEqualTo(1);
      assertThat(model.usedPages()).isZero();
      TestTask third = task(model, 100, 2, 5, 0); // what is remembered makes room
      model.scheduler.submit(third);
      assertThat(third.end()).isEqualTo(End.FINISHED);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 9, 30})
  void allComeToTheirEndWithTheSameTokensHoweverLittleMemoryThereIs(int pages) throws Exception {
    List<List<Integer>> expected = new ArrayList<>();
    try (TinyModel model = TinyModel.small("roomy", 1)) {
      for (int i = 0; i < 12; i++) {
        TestTask alone = task(model, 1 + 17 * i, i, 150, 0);
        model.scheduler.submit(alone);
        assertThat(alone.end()).isEqualTo(End.FINISHED);
        expected.add(alone.tokens);
      }
      assertThat(model.scheduler.stats().suspended()).isZero();
    }
    try (TinyModel model = TinyModel.small("short", 2, pages, 100)) {
      List<TestTask> tasks = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        // who promises few tokens gets in, and may take what others count on
        tasks.add(task(model, 1 + 17 * i, i, 150, i % 3));
        model.scheduler.submit(tasks.get(i));
      }
      for (int i = 0; i < 12; i++) {
        assertThat(tasks.get(i).end()).isEqualTo(End.FINISHED);
        assertThat(tasks.get(i).tokens).as("task %d", i).isEqualTo(expected.get(i));
      }
      assertThat(model.usedPages()).isZero();
      assertThat(model.pool.allocatedFrames()).isLessThanOrEqualTo(pages);
      assertThat(model.scheduler.stats().queued()).isZero();
      assertThat(model.scheduler.stats().finished()).isEqualTo(12);
    }
  }

  @Test
  void whoGeneratesMoreThanWasForeseenMakesTheLaterOnesWait() throws Exception {
    // each is foreseen to take five pages, and takes eight
    try (TinyModel model = TinyModel.small("foresight", 2, 11, 100)) {
      CountDownLatch open = new CountDownLatch(1);
      CompletableFuture<Boolean> blocked = block(model, open);
      List<TestTask> tasks = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        tasks.add(task(model, 10, i, 480, 0));
        model.scheduler.submit(tasks.get(i));
      }
      open.countDown();
      assertThat(blocked.get()).isTrue();
      for (TestTask task : tasks) {
        assertThat(task.end()).isEqualTo(End.FINISHED);
        assertThat(task.tokens).hasSize(480);
      }
      assertThat(model.scheduler.stats().suspended()).isPositive();
      TestTask alone = task(model, 10, 1, 480, 0);
      model.scheduler.submit(alone);
      assertThat(alone.end()).isEqualTo(End.FINISHED);
      assertThat(alone.tokens).isEqualTo(tasks.get(1).tokens);
    }
  }

  /** A task of 200 tokens that rests after the first one. */
  private static TestTask resting(TinyModel model, int seed, int priority) {
    Terms terms = new Terms(priority, Long.MAX_VALUE, 200, Speculation.OFF);
    return new TestTask(model, model.prompt(100, seed), sampler(model, seed), terms) {
      @Override
      protected boolean onToken(int id, boolean guessed) {
        resting |= tokens.isEmpty();
        return super.onToken(id, guessed);
      }
    };
  }

  @Test
  void whoRestsMakesRoomForOthers() throws Exception {
    try (TinyModel model = TinyModel.small("resting", 1, 6, 100)) {
      TestTask resting = resting(model, 1, 5);
      model.scheduler.submit(resting);
      resting.started.await();
      TestTask other = task(model, 300, 2, 20, 0);
      model.scheduler.submit(other);
      assertThat(other.end()).isEqualTo(End.FINISHED);
      assertThat(resting.ends).isEmpty();
      resting.resting = false;
      model.scheduler.wake();
      assertThat(resting.end()).isEqualTo(End.FINISHED);
      assertThat(resting.tokens).hasSize(200);
      TestTask again = task(model, 100, 1, 200, 0);
      model.scheduler.submit(again);
      assertThat(again.end()).isEqualTo(End.FINISHED);
      assertThat(again.tokens).isEqualTo(resting.tokens);
    }
  }

  @Test
  void thoseWhoRestDoNotTakeTheMemoryFromEachOther() throws Exception {
    try (TinyModel model = TinyModel.small("both", 1, 6, 100)) {
      List<TestTask> resting = List.of(resting(model, 1, 0), resting(model, 2, 0));
      for (TestTask task : resting) {
        model.scheduler.submit(task);
        task.started.await();
      }
      for (int seed = 3; seed < 6; seed++) {
        TestTask other = task(model, 300, seed, 20, 0);
        model.scheduler.submit(other);
        assertThat(other.end()).isEqualTo(End.FINISHED);
      }
      assertThat(model.scheduler.stats().suspended()).isLessThanOrEqualTo(4);
      for (TestTask task : resting) {
        task.resting = false;
        model.scheduler.wake();
        assertThat(task.end()).isEqualTo(End.FINISHED);
      }
    }
  }

  @Test
  void workBetweenStepsGetsItsMemory() throws Exception {
    try (TinyModel model = TinyModel.small("work", 1, 6, 100)) {
      TestTask long1 = task(model, 150, 1, 200, 0);
      TestTask long2 = task(model, 20, 2, 200, 0);
      model.scheduler.submit(long1);
      model.scheduler.submit(long2);
      long1.started.await();
      for (int i = 0; i < 5; i++) {
        int most =
            model
                .scheduler
                .evaluate(
                    6,
                    1,
                    decoder -> {
                      var cache = model.cache();
                      cache.require(6 * 64);
                      int pages = cache.frames();
                      cache.release();
                      return pages;
                    })
                .get();
        assertThat(most).isEqualTo(6);
      }
      assertThat(long1.end()).isEqualTo(End.FINISHED);
      assertThat(long2.end()).isEqualTo(End.FINISHED);
    }
  }

  @Test
  void aSecondTaskTakesOverWhatTheFirstHasEvaluated() throws Exception {
    try (TinyModel model = TinyModel.small("reuse", 2)) {
      TestTask first = task(model, 1000, 1, 3, 0);
      model.scheduler.submit(first);
      assertThat(first.end()).isEqualTo(End.FINISHED);
      assertThat(first.reused).isZero();
      TestTask second = task(model, 1000, 1, 3, 0);
      model.scheduler.submit(second);
      assertThat(second.end()).isEqualTo(End.FINISHED);
      assertThat(second.reused).isEqualTo(999);
      assertThat(second.tokens).isEqualTo(first.tokens);
      assertThat(model.scheduler.stats().reusedTokens()).isEqualTo(999);
    }
  }

  @Test
  void tasksWithTheSameBeginningEvaluateItOnce() throws Exception {
    try (TinyModel model = TinyModel.small("fork", 2)) {
      CountDownLatch open = new CountDownLatch(1);
      CompletableFuture<Boolean> blocked = block(model, open);
      List<TestTask> tasks = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        Terms terms = new Terms(0, Long.MAX_VALUE, 10, Speculation.OFF);
        tasks.add(new TestTask(model, model.prompt(1000, 1), sampler(model, i), terms));
        model.scheduler.submit(tasks.get(i));
      }
      open.countDown();
      assertThat(blocked.get()).isTrue();
      for (TestTask task : tasks) {
        assertThat(task.end()).isEqualTo(End.FINISHED);
      }
      assertThat(tasks.getFirst().reused).isZero();
      for (TestTask task : tasks.subList(1, 5)) {
        assertThat(task.reused).isBetween(960, 999);
        assertThat(task.tokens).isNotEqualTo(tasks.getFirst().tokens);
      }
    }
  }

  @Test
  void thoseOfAHigherPriorityComeFirst() throws Exception {
    // memory for one at a time
    try (TinyModel model = TinyModel.small("priority", 1, 8, 100)) {
      CountDownLatch open = new CountDownLatch(1);
      CompletableFuture<Boolean> blocked = block(model, open);
      List<TestTask> order = new ArrayList<>();
      List<TestTask> tasks = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Terms terms = new Terms(i % 3, Long.MAX_VALUE, 60, Speculation.OFF);
        TestTask task =
            new TestTask(model, model.prompt(250, i), sampler(model, i), terms) {
              @Override
              protected void onStart(int reused) {
                order.add(this);
                super.onStart(reused);
              }
            };
        tasks.add(task);
        model.scheduler.submit(task);
      }
      open.countDown();
      assertThat(blocked.get()).isTrue();
      for (TestTask task : tasks) {
        assertThat(task.end()).isEqualTo(End.FINISHED);
      }
      assertThat(order)
          .containsExactly(
              tasks.get(2), tasks.get(5), tasks.get(1), tasks.get(4), tasks.get(0), tasks.get(3));
    }
  }

  @Test
  void tooManyThatWaitAreRefused() throws Exception {
    try (TinyModel model = TinyModel.small("queue", 1, 100, 3)) {
      CountDownLatch open = new CountDownLatch(1);
      CompletableFuture<Boolean> blocked = block(model, open);
      List<TestTask> tasks = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        tasks.add(task(model, 10, i, 5, 0));
        model.scheduler.submit(tasks.get(i));
      }
      assertThatExceptionOfType(QueueFullException.class)
          .isThrownBy(() -> model.scheduler.submit(task(model, 10, 9, 5, 100)))
          .withMessage("3 requests wait already, as many as may (LoadOptions.withMaxQueued)")
          .returns(3, QueueFullException::mostQueued);
      assertThat(model.scheduler.stats().queued()).isEqualTo(3);
      assertThat(model.scheduler.stats().rejected()).isEqualTo(1);
      model.scheduler.cancel(tasks.get(1));
      open.countDown();
      assertThat(blocked.get()).isTrue();
      assertThat(tasks.get(0).end()).isEqualTo(End.FINISHED);
      assertThat(tasks.get(1).end()).isEqualTo(End.CANCELLED);
      assertThat(tasks.get(2).end()).isEqualTo(End.FINISHED);
      assertThat(model.scheduler.stats().queued()).isZero();
      TestTask late = task(model, 10, 9, 5, 0);
      model.scheduler.submit(late);
      assertThat(late.end()).isEqualTo(End.FINISHED);
    }
  }

  @Test
  void timeRunsWhileWaitingRestingAndGenerating() throws Exception {
    try (TinyModel model = TinyModel.small("time", 1)) {
      int timedOut = 2;
      TestTask generating;
      long limit = TimeUnit.MILLISECONDS.toNanos(50);
      do { // until that is enough for a token
        Terms later = new Terms(0, limit, ENDLESS, Speculation.OFF);
        generating = new TestTask(model, model.prompt(5, 1), sampler(model, 1), later);
        model.scheduler.submit(generating);
        assertThat(generating.end()).isEqualTo(End.TIME_OVER);
        limit *= 2;
        timedOut++;
      } while (generating.tokens.isEmpty());
      Terms soon = new Terms(0, TimeUnit.MILLISECONDS.toNanos(50), ENDLESS, Speculation.OFF);
      TestTask resting = new TestTask(model, model.prompt(5, 1), sampler(model, 1), soon);
      resting.resting = true;
      model.scheduler.submit(resting);
      assertThat(resting.end()).isEqualTo(End.TIME_OVER);
      CountDownLatch open = new CountDownLatch(1);
      CompletableFuture<Boolean> blocked = block(model, open);
      TestTask waiting = new TestTask(model, model.prompt(5, 1), sampler(model, 1), soon);
      model.scheduler.submit(waiting);
      Thread.sleep(60);
      open.countDown();
      assertThat(blocked.get()).isTrue();
      assertThat(waiting.end()).isEqualTo(End.TIME_OVER);
      assertThat(waiting.tokens).isEmpty();
      assertThat(model.scheduler.stats().timedOut()).isEqualTo(timedOut);
      assertThat(model.usedPages()).isZero();
    }
  }
}
