package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ending a generation before its end. */
@Unhurried
class LanguageModelCancelTest {
  private static final int CONTEXT = 20_000;

  private static final GenerationRequest LONG =
      GenerationRequest.of("Once upon a time")
          .withTemperature(1)
          .withSeed(3)
          .withIgnoreEndOfGeneration(true);

  private static LanguageModel model;

  @BeforeAll
  static void load() throws IOException {
    model = Story.load("q4_0", options -> options.withContextLength(CONTEXT).withThreads(2));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  /** Has room for more tokens than it is ahead of who reads, so it does not end by itself. */
  private static GenerationRequest longPrompt() {
    int[] ids = new Random(1).ints(CONTEXT - 100, 3, Story.VOCAB).toArray();
    return LONG.withPrompt(Prompt.tokens(ids));
  }

  /** Another one is served. */
  private static void assertServes() {
    assertThat(model.generate(LONG.withMaxTokens(1)).ids()).hasSize(1);
  }

  @Test
  void cancelEndsDecodingAtOnce() throws InterruptedException {
    for (int round = 0; round < 5; round++) {
      try (Generation generation = model.start(LONG)) {
        CountDownLatch reading = new CountDownLatch(5);
        Thread consumer =
            Thread.ofVirtual()
                .start(
                    () -> {
                      for (Token _ : generation) {
                        reading.countDown();
                      }
                    });
        reading.await();
        generation.cancel();
        long before = model.stats().generatedTokens();
        consumer.join();
        // the step that ran may have come to its end
        assertThat(Stats.settled(model).generatedTokens() - before).isBetween(0L, 1L);
        GenerationResult result = generation.await();
        assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(result.ids()).hasSizeGreaterThanOrEqualTo(5);
        assertThat(result.usage().generatedTokens()).isEqualTo(result.ids().size());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 300, 1000, 2500})
  void cancelEndsPrefillAtOnce(int tokens) throws InterruptedException {
    long start = model.stats().promptTokens();
    try (Generation generation = model.start(longPrompt())) {
      while (model.stats().promptTokens() - start < tokens) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      generation.cancel();
      long before = model.stats().promptTokens();
      GenerationResult result = generation.await();
      assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(result.ids()).isEmpty();
      assertThat(result.text()).isEmpty();
      assertThat(result.usage().timeToFirstToken()).isZero();
      // the model has really dropped it, if not before the end of the step, and serves others
      assertThat(Stats.settled(model).promptTokens() - before).isBetween(0L, 256L);
      assertServes();
    }
  }

  @Test
  void cancelOfOneLeavesOthersAsTheyAre() {
    GenerationRequest request = LONG.withMaxTokens(60);
    GenerationResult alone = model.generate(request);
    try (Generation kept = model.start(request);
        Generation dropped = model.start(LONG.withSeed(4));
        Generation prefilling = model.start(longPrompt())) {
      Iterator<Token> tokens = dropped.iterator();
      for (int i = 0; i < 10; i++) {
        tokens.next();
      }
      dropped.cancel();
      prefilling.cancel();
      assertThat(kept.await().ids()).isEqualTo(alone.ids());
      assertThat(dropped.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(prefilling.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }
  }

  @Test
  void cancelAfterTheEndChangesNothing() {
    try (Generation generation = model.start(LONG.withMaxTokens(3))) {
      GenerationResult result = generation.await();
      generation.cancel();
      generation.cancel();
      assertThat(generation.await()).isEqualTo(result);
      assertThat(result.finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
    }
  }

  @Test
  void tokensThatWereThereBeforeCanStillBeRead() {
    try (Generation generation = model.start(LONG)) {
      Iterator<Token> tokens = generation.iterator();
      tokens.next();
      generation.cancel();
      int read = 1;
      while (tokens.hasNext()) {
        tokens.next();
        read++;
      }
      assertThat(generation.await().ids()).hasSize(read);
    }
  }

  @Test
  void interruptCancelsAndIsKept(@TempDir Path directory) throws Exception {
    // so small that the interrupts hit every moment of a step
    TinyLlama.Shape shape = new TinyLlama.Shape(1, 8, 8, 1, 1, 8, 77, true, TensorType.F32);
    Path file = new TinyLlama(shape).write(directory.resolve("tiny.gguf"));
    LoadOptions options = LoadOptions.defaults().withThreads(1).withContextLength(1_000_000);
    Random random = new Random(9);
    try (LanguageModel tiny = LanguageModel.load(file, options)) {
      long enough = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      for (int round = 0; round < 2000 && System.nanoTime() < enough; round++) {
        AtomicReference<GenerationResult> result = new AtomicReference<>();
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread consumer =
            Thread.ofPlatform()
                .daemon()
                .start(
                    () -> {
                      try (Generation generation = tiny.start(LONG)) {
                        result.set(generation.await());
                        interrupted.set(Thread.currentThread().isInterrupted());
                      }
                    });
        long until = System.nanoTime() + random.nextInt(200_000);
        while (System.nanoTime() < until) {
          Thread.onSpinWait();
        }
        consumer.interrupt();
        consumer.join();
        assertThat(result.get().finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(interrupted).isTrue();
      }
    }
  }
}
