package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What a model takes, and gives back: heap, processor time, threads, native memory, pages. */
@Unhurried
class LanguageModelResourcesTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final GenerationRequest ONWARD =
      GenerationRequest.of("Once upon a time")
          .withTemperature(1)
          .withSeed(1)
          .withIgnoreEndOfGeneration(true);

  private static long allocated(long[] threads) {
    return Arrays.stream(THREADS.getThreadAllocatedBytes(threads)).sum();
  }

  /** Processor time that threads take within so many milliseconds. */
  private static long processorNanosOf(long[] threads, int millis) {
    long before = Arrays.stream(threads).map(THREADS::getThreadCpuTime).sum();
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    return Arrays.stream(threads).map(THREADS::getThreadCpuTime).sum() - before;
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void decodingAllocatesLessThanOneKilobytePerToken() throws IOException {
    try (LanguageModel model = Story.load("q4_0", options -> options.withThreads(2))) {
      long least = Long.MAX_VALUE;
      // before the code is compiled it allocates more; how long that takes depends on the machine
      for (int round = 0; round < 100 && least >= 1024; round++) {
        least = Math.min(least, allocatedPerToken(model));
      }
      assertThat(least).isLessThan(1024);
    }
  }

  /** Bytes that a generation's later tokens take, in all threads. */
  private static long allocatedPerToken(LanguageModel model) {
    int tokens = 200;
    long[] threads = Resources.modelThreads();
    assertThat(threads).hasSize(2);
    try (Generation generation = model.start(ONWARD.withMaxTokens(tokens + 20))) {
      Iterator<Token> iterator = generation.iterator();
      for (int i = 0; i < 20; i++) {
        iterator.next();
      }
      long mine = THREADS.getCurrentThreadAllocatedBytes();
      long before = allocated(threads);
      for (int i = 0; i < tokens; i++) {
        iterator.next();
      }
      long consumer = THREADS.getCurrentThreadAllocatedBytes() - mine;
      return (consumer + allocated(threads) - before) / tokens;
    }
  }

  @Test
  void anIdleModelTakesNoProcessorTime() throws Exception {
    try (LanguageModel model = Story.load("q4_0", options -> options.withThreads(3))) {
      model.generate(ONWARD.withMaxTokens(20));
      try (Generation unread = model.start(ONWARD)) {
        unread.next();
        long[] threads = Resources.modelThreads();
        assertThat(threads).hasSize(3);
        // it works ahead of its consumer, then falls asleep
        await(() -> processorNanosOf(threads, 50) == 0);
        assertThat(processorNanosOf(threads, 300)).isLessThan(5_000_000);
      }
    }
  }

  @Test
  void loadingAndClosingLeaksNothing() throws Exception {
    // warms up, so that what the JVM itself takes does not count
    for (int i = 0; i < 5; i++) {
      use();
    }
    int threads = Resources.modelThreads().length;
    long files = openFiles();
    long before = Resources.residentBytes();
    for (int i = 0; i < 50; i++) {
      use();
    }
    long after = Resources.residentBytes();
    assertThat(Resources.modelThreads()).hasSize(threads).isEmpty();
    assertThat(openFiles()).isEqualTo(files);
    // leaks of the weights alone would be 50 · 7 MB
    assertThat(after - before).isLessThan(250L << 20);
  }

  private static void use() throws IOException {
    try (LanguageModel model = Story.load("bf16", options -> options.withThreads(2))) {
      assertThat(model.generate(ONWARD.withMaxTokens(3)).ids()).hasSize(3);
    }
    assertThatThrownBy(
            () ->
                Story.load(
                    "bf16",
                    options ->
                        options.withListener(
                            (done, total) -> {
                              if (done == total) {
                                throw new IllegalArgumentException("at the end");
                              }
                            })))
        .hasMessage("at the end");
  }

  private static long openFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getOpenFileDescriptorCount()
        : 0;
  }

  @Test
  void pagesComeBackHoweverAGenerationEnds() throws Exception {
    try (LanguageModel model = Story.load("q4_0", options -> options.withContextLength(400))) {
      for (GenerationRequest request :
          List.of(ONWARD.withMaxTokens(100), ONWARD, ONWARD.withStop("e"))) {
        Prompt prompt = Prompt.tokens(Arrays.copyOf(Story.ids(), 200));
        Generation generation = model.start(request.withPrompt(prompt));
        generation.next();
        if (request.stop().isEmpty()) { // else it may have ended by now
          assertThat(model.stats().cacheBytesInUse())
              .isGreaterThanOrEqualTo(model.info().cacheBytes(200, CacheType.F16));
        }
        if (request.maxTokens() > 0) {
          generation.await();
        }
        // else it is left with tokens that nobody read
        generation.close();
        await(() -> model.stats().cacheBytesInUse() == 0);
      }
    }
  }
}
