package dev.nomoat.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.Unhurried;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Unhurried
class WorkerTeamTest {
  private static List<Thread> workers(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(name + "-worker-"))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void everyChunkRunsOnceOnAWorkerOfTheTeam(int threads) {
    try (WorkerTeam team = new WorkerTeam("once", threads)) {
      assertThat(team.threads()).isEqualTo(threads);
      for (int count : new int[] {0, 1, 2, 3, 4, 5, 64, 1000}) {
        AtomicIntegerArray runs = new AtomicIntegerArray(count);
        AtomicInteger strangers = new AtomicInteger();
        Thread caller = Thread.currentThread();
        boolean done =
            team.run(
                count,
                (index, worker) -> {
                  runs.incrementAndGet(index);
                  boolean first = worker == 0;
                  if (worker < 0
                      || worker >= threads
                      || first != (Thread.currentThread() == caller)) {
                    strangers.incrementAndGet();
                  }
                });
        assertThat(done).isTrue();
        assertThat(IntStream.range(0, count).map(runs::get)).allMatch(n -> n == 1);
        assertThat(strangers).hasValue(0);
      }
    }
  }

  @Test
  void allWorkersTakePart() {
    try (WorkerTeam team = new WorkerTeam("all", 4)) {
      CountDownLatch everybody = new CountDownLatch(4);
      AtomicIntegerArray chunks = new AtomicIntegerArray(4);
      // each chunk waits for the others, so no worker can do two
      team.run(
          4,
          (index, worker) -> {
            chunks.incrementAndGet(worker);
            everybody.countDown();
            awaitQuietly(everybody);
          });
      assertThat(IntStream.range(0, 4).map(chunks::get)).allMatch(n -> n == 1);
    }
  }

  @Test
  void shortLoopsThatFollowEachOtherLoseNoChunkToLateWorkers() {
    int chunks = 5;
    try (WorkerTeam team = new WorkerTeam("late", 8)) {
      AtomicIntegerArray loopOfChunk = new AtomicIntegerArray(chunks);
      AtomicInteger wrong = new AtomicInteger();
      for (int loop = 0; loop < 20_000; loop++) {
        int before = loop;
        team.run(
            chunks,
            (index, worker) -> {
              if (!loopOfChunk.compareAndSet(index, before, before + 1)) {
                wrong.incrementAndGet();
              }
            });
        for (int i = 0; i < chunks; i++) {
          assertThat(loopOfChunk.get(i)).isEqualTo(loop + 1);
        }
      }
      assertThat(wrong).hasValue(0);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void whatChunksWriteIsSeenByTheCallerAndByTheNextLoop(int threads) {
    try (WorkerTeam team = new WorkerTeam("seen", threads)) {
      int[] numbers = new int[500];
      for (int round = 1; round <= 200; round++) {
        int previous = round - 1;
        AtomicInteger stale = new AtomicInteger();
        team.run(
            numbers.length,
            (index, worker) -> {
              // written by any worker in the loop before
              if (numbers[numbers.length - 1 - index] < previous) {
                stale.incrementAndGet();
              }
              numbers[index]++;
            });
        assertThat(stale).hasValue(0);
        assertThat(numbers).containsOnly(round);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void whatAChunkThrowsReachesTheCallerAndTheTeamSurvives(int threads) {
    try (WorkerTeam team = new WorkerTeam("throws", threads)) {
      for (Throwable thrown :
          List.of(new IllegalStateException("one"), new AssertionError("two"))) {
        for (int bad : new int[] {0, 57, 99}) {
          assertThatThrownBy(
                  () ->
                      team.run(
                          100,
                          (index, worker) -> {
                            if (index == bad) {
                              raise(thrown);
                            }
                          }))
              .isSameAs(thrown);
          AtomicInteger runs = new AtomicInteger();
          assertThat(team.run(100, (index, worker) -> runs.incrementAndGet())).isTrue();
          assertThat(runs).hasValue(100);
        }
      }
    }
  }

  @Test
  void whatAnotherWorkerThrowsReachesTheCaller() {
    try (WorkerTeam team = new WorkerTeam("other", 2)) {
      for (int thrower = 0; thrower < 2; thrower++) {
        int bad = thrower;
        CountDownLatch both = new CountDownLatch(2);
        assertThatThrownBy(
                () ->
                    team.run(
                        2,
                        (index, worker) -> {
                          both.countDown();
                          awaitQuietly(both);
                          if (worker == bad) {
                            throw new IllegalStateException("worker " + worker);
                          }
                        }))
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("worker " + bad);
      }
    }
  }

  private static void raise(Throwable thrown) {
    switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalArgumentException(thrown);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void abortEndsTheLoopAndAllOthersUntilResume(int threads) throws Exception {
    try (WorkerTeam team = new WorkerTeam("abort", threads)) {
      AtomicInteger runs = new AtomicInteger();
      CountDownLatch started = new CountDownLatch(1);
      Thread aborting =
          Thread.ofPlatform()
              .start(
                  () -> {
                    awaitQuietly(started);
                    team.abort();
                  });
      boolean done =
          team.run(
              1_000_000,
              (index, worker) -> {
                runs.incrementAndGet();
                started.countDown();
                if (index > 0) {
                  joinQuietly(aborting);
                }
              });
      assertThat(done).isFalse();
      assertThat(runs.get()).isBetween(1, 2 * threads + 1);
      int before = runs.get();
      assertThat(team.run(1, (index, worker) -> runs.incrementAndGet())).isFalse();
      assertThat(team.run(10, (index, worker) -> runs.incrementAndGet())).isFalse();
      assertThat(runs).hasValue(before);
      team.resume();
      assertThat(team.run(10, (index, worker) -> runs.incrementAndGet())).isTrue();
      assertThat(runs).hasValue(before + 10);
    }
  }

  private static void joinQuietly(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aSingleChunkRunsOnTheCallingThread() {
    try (WorkerTeam team = new WorkerTeam("single", 4)) {
      Thread[] runner = new Thread[1];
      for (int i = 0; i < 100; i++) {
        team.run(1, (index, worker) -> runner[0] = Thread.currentThread());
        assertThat(runner[0]).isSameAs(Thread.currentThread());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void manyTinyLoopsDoNotHang(int threads) {
    // more threads than free processors make a loop wait for the system's scheduler: then fewer do
    int most = threads == 1 ? 100_000 : threads == 2 ? 20_000 : 2_000;
    long enough = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
    AtomicInteger runs = new AtomicInteger();
    WorkerTeam.Chunk chunk = (index, worker) -> runs.incrementAndGet();
    int loops = 0;
    try (WorkerTeam team = new WorkerTeam("tiny", threads)) {
      while (loops < 100 || (loops < most && System.nanoTime() < enough)) {
        team.run(threads, chunk);
        loops++;
      }
    }
    assertThat(runs).hasValue(loops * threads);
  }

  @Test
  void closeEndsTheThreads() {
    WorkerTeam team = new WorkerTeam("closing", 4);
    assertThat(workers("closing"))
        .hasSize(3)
        .allSatisfy(thread -> assertThat(thread.isDaemon()).isTrue())
        .extracting(Thread::getName)
        .containsExactlyInAnyOrder("closing-worker-1", "closing-worker-2", "closing-worker-3");
    team.run(100, (index, worker) -> {});
    team.close();
    assertThat(workers("closing")).isEmpty();
    team.close();
  }

  @Test
  void aTeamThatWasAbortedCloses() {
    WorkerTeam team = new WorkerTeam("aborted", 3);
    team.abort();
    team.close();
    assertThat(workers("aborted")).isEmpty();
  }

  @Test
  void anIdleTeamTakesNoTime() throws Exception {
    ThreadMXBean times = ManagementFactory.getThreadMXBean();
    try (WorkerTeam team = new WorkerTeam("idle", 4)) {
      team.run(1000, (index, worker) -> {});
      List<Thread> idle = workers("idle");
      assertThat(idle).hasSize(3);
      while (idle.stream().anyMatch(thread -> thread.getState() != Thread.State.WAITING)) {
        Thread.sleep(1); // it spins for a while
      }
      long[] before = idle.stream().mapToLong(t -> times.getThreadCpuTime(t.threadId())).toArray();
      Thread.sleep(300);
      for (int i = 0; i < before.length; i++) {
        long taken = times.getThreadCpuTime(idle.get(i).threadId()) - before[i];
        assertThat(taken).as("nanoseconds").isLessThan(5_000_000);
        assertThat(idle.get(i).getState()).isEqualTo(Thread.State.WAITING);
      }
    }
  }

  @Test
  void aTeamHasAtLeastItsCaller() {
    for (int threads : new int[] {0, -1}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new WorkerTeam("none", threads))
          .withMessage("threads must be positive, not " + threads);
    }
  }
}
