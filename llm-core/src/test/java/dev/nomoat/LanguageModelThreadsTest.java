package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many callers at once. */
@Unhurried
class LanguageModelThreadsTest {
  private static final int CALLERS = 8;

  private static LanguageModel model;

  @BeforeAll
  static void load() throws IOException {
    model = Story.load("q4_0", options -> options.withThreads(2));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static GenerationRequest request(int caller) {
    List<Story.Golden> goldens = Story.goldens();
    return GenerationRequest.of(goldens.get(caller % goldens.size()).prompt())
        .withTemperature(1)
        .withSeed(100 + caller)
        .withMaxTokens(40)
        .withIgnoreEndOfGeneration(true);
  }

  private static GenerationRequest shortRequest(int caller) {
    return GenerationRequest.of(Prompt.tokens(0, 400 + caller))
        .withSeed(caller)
        .withMaxTokens(4)
        .withIgnoreEndOfGeneration(true);
  }

  private static ExecutorService executor(boolean virtual) {
    return virtual
        ? Executors.newVirtualThreadPerTaskExecutor()
        : Executors.newFixedThreadPool(CALLERS);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyCallerGetsWhatItWouldGetAlone(boolean virtual) throws Exception {
    List<List<Integer>> alone = new ArrayList<>();
    for (int caller = 0; caller < CALLERS; caller++) {
      alone.add(model.generate(request(caller)).ids());
    }
    assertThat(alone).doesNotHaveDuplicates();
    float[] logits = model.logits(Story.ids());
    try (ExecutorService executor = executor(virtual)) {
      for (int round = 0; round < 3; round++) {
        List<Future<List<Integer>>> together = new ArrayList<>();
        for (int caller = 0; caller < CALLERS; caller++) {
          GenerationRequest request = request(caller);
          together.add(executor.submit(() -> model.generate(request).ids()));
        }
        Future<float[]> others = executor.submit(() -> model.logits(Story.ids()));
        for (int caller = 0; caller < CALLERS; caller++) {
          assertThat(together.get(caller).get()).isEqualTo(alone.get(caller));
        }
        assertThat(Graph.bits(others.get())).isEqualTo(Graph.bits(logits));
      }
    }
  }

  @Test
  void theNumberOfThreadsChangesNoToken() throws Exception {
    for (int threads : new int[] {1, 3}) {
      try (LanguageModel other = Story.load("q4_0", o -> o.withThreads(threads))) {
        for (int caller = 0; caller < 3; caller++) {
          assertThat(other.generate(request(caller)).ids())
              .isEqualTo(model.generate(request(caller)).ids());
        }
      }
    }
  }

  @Test
  void moreSequencesThanABatchHoldsTakeTurns() throws Exception {
    int sequences = 280;
    List<Generation> running = new ArrayList<>();
    for (int i = 0; i < sequences; i++) {
      running.add(model.start(shortRequest(i)));
    }
    for (Generation generation : running) {
      assertThat(generation.await().ids()).hasSize(4);
    }
    for (int i = 0; i < sequences; i += 37) {
      assertThat(running.get(i).await().ids()).isEqualTo(model.generate(shortRequest(i)).ids());
    }
  }

  @Test
  void aSlowConsumerLosesNothingAndHoldsUpNobody() throws Exception {
    List<Integer> alone = model.generate(request(1).withMaxTokens(120)).ids();
    try (Generation slow = model.start(request(1).withMaxTokens(120))) {
      List<Integer> ids = new ArrayList<>();
      for (Token token : slow) {
        ids.add(token.id());
        if (ids.size() % 40 == 1) {
          // others finish while this one rests
          TimeUnit.MILLISECONDS.sleep(30);
          assertThat(model.generate(request(2)).ids()).hasSize(40);
        }
      }
      assertThat(ids).isEqualTo(alone);
    }
  }

  @Test
  void generationsGoOnBesideCallsForLogits() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger calls = new AtomicInteger();
    List<Integer> callsBefore = new ArrayList<>(); // each token
    SamplingOptions counted =
        SamplingOptions.defaults().withStep(scores -> callsBefore.add(calls.get()));
    try (ExecutorService executor = executor(false)) {
      List<Future<?>> callers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        callers.add(
            executor.submit(
                () -> {
                  while (!stop.get()) {
                    model.logits(1, 2, 3);
                    calls.incrementAndGet();
                  }
                }));
      }
      try {
        assertThat(model.generate(request(0).withSampling(counted)).ids()).hasSize(40);
      } finally {
        stop.set(true);
      }
      // one between two steps, and those of which the callers have not told yet
      assertThat(callsBefore).hasSize(40);
      assertThat(callsBefore.getLast() - callsBefore.getFirst()).isLessThanOrEqualTo(39 + 3);
      for (Future<?> caller : callers) {
        caller.get();
      }
    }
  }
}
