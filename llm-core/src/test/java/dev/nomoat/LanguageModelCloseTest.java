package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The end of a model, at any moment. */
@Unhurried
class LanguageModelCloseTest {
  private static final GenerationRequest ONWARD =
      GenerationRequest.of("Once upon a time").withSeed(1).withIgnoreEndOfGeneration(true);

  private static LanguageModel load() throws IOException {
    return Story.load("q4_0", options -> options.withThreads(2).withContextLength(8000));
  }

  @Test
  void runningGenerationsEndWithAReason() throws IOException {
    LanguageModel model = load();
    Generation decoding = model.start(ONWARD);
    // with room for more tokens than it is ahead of who reads, so that it cannot end by itself
    Generation prefilling = model.start(ONWARD.withPrompt(Prompt.tokens(new int[7900])));
    Generation unread = model.start(ONWARD);
    decoding.next();
    Generation fresh = model.start(ONWARD);
    model.close();
    for (Generation generation : List.of(decoding, prefilling, unread, fresh)) {
      GenerationResult result = generation.await();
      assertThat(result.finishReason()).isEqualTo(FinishReason.MODEL_CLOSED);
      generation.cancel();
      assertThat(generation.await()).isEqualTo(result);
    }
    assertThat(decoding.await().ids()).isNotEmpty();
  }

  @Test
  void aFinishedGenerationStaysAsItWas() throws IOException {
    Generation finished;
    try (LanguageModel model = load()) {
      finished = model.start(ONWARD.withMaxTokens(4));
      finished.await();
    }
    assertThat(finished.await().finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
    assertThat(finished.await().ids()).hasSize(4);
  }

  @Test
  void closingAgainDoesNothingAndUseIsRefused() throws IOException {
    LanguageModel model = load();
    model.close();
    model.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> model.generate("a"))
        .withMessageContaining("closed");
    assertThatIllegalStateException().isThrownBy(() -> model.start(ONWARD));
    assertThatIllegalStateException()
        .isThrownBy(() -> model.logits(1, 2))
        .withMessageContaining("closed");
    assertThat(model.tokenizer().encodePrompt("Once", SpecialTokens.PLAIN_TEXT)).isNotEmpty();
    assertThat(model.info().vocabularySize()).isEqualTo(Story.VOCAB);
  }

  @Test
  void closeWhileEightThreadsUseTheModel() throws Exception {
    Random random = new Random(3);
    for (int round = 0; round < 12; round++) {
      LanguageModel model = load();
      ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
      CountDownLatch running = new CountDownLatch(8);
      List<Thread> callers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Callable<FinishReason> call = call(model, i);
        callers.add(Thread.ofPlatform().start(() -> untilClosed(call, running, failures)));
      }
      running.await();
      TimeUnit.MICROSECONDS.sleep(random.nextInt(20_000));
      model.close();
      for (Thread caller : callers) {
        caller.join();
      }
      assertThat(failures).isEmpty();
    }
  }

  /** Five generate, two want logits, one prefills and cancels. */
  private static Callable<FinishReason> call(LanguageModel model, int caller) {
    return switch (caller) {
      case 0, 1 ->
          () -> {
            assertThat(model.logits(new int[400])).hasSize(400 * Story.VOCAB);
            return FinishReason.MAX_TOKENS;
          };
      case 2 ->
          () -> {
            Prompt prompt = Prompt.tokens(new int[7000]);
            try (Generation generation = model.start(GenerationRequest.of(prompt))) {
              TimeUnit.MILLISECONDS.sleep(2);
              generation.cancel();
              return generation.await().finishReason();
            }
          };
      default -> () -> model.generate(ONWARD.withMaxTokens(20 * caller)).finishReason();
    };
  }

  private static void untilClosed(
      Callable<FinishReason> call,
      CountDownLatch running,
      ConcurrentLinkedQueue<Throwable> failures) {
    try {
      running.countDown();
      FinishReason reason = call.call();
      while (reason != FinishReason.MODEL_CLOSED) {
        assertThat(reason).isIn(FinishReason.MAX_TOKENS, FinishReason.CANCELLED);
        reason = call.call();
      }
    } catch (IllegalStateException e) {
      if (!String.valueOf(e.getMessage()).contains("closed")) {
        failures.add(e);
      }
    } catch (Throwable e) {
      failures.add(e);
    }
  }

  @Test
  void closeWithAnInterruptStillWaits() throws IOException {
    LanguageModel model = load();
    Generation generation = model.start(ONWARD);
    generation.next();
    Thread.currentThread().interrupt();
    model.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(generation.await().finishReason()).isEqualTo(FinishReason.MODEL_CLOSED);
  }

  @Test
  void aListenerThatFailsEndsTheLoad() {
    IllegalStateException mine = new IllegalStateException("mine");
    for (long at : new long[] {0, 1_000_000}) {
      assertThatThrownBy(
              () ->
                  Story.load(
                      "q4_0",
                      options ->
                          options.withListener(
                              (done, total) -> {
                                if (done >= at) {
                                  throw mine;
                                }
                              })))
          .isSameAs(mine);
    }
  }

  @Test
  void aListenerHearsOfAllBytesInOrder() throws IOException {
    List<Long> heard = new ArrayList<>();
    List<Long> totals = new ArrayList<>();
    LoadListener listener =
        (done, total) -> {
          heard.add(done);
          totals.add(total);
        };
    try (LanguageModel model =
        Story.load("q4_0", options -> options.withThreads(3).withListener(listener))) {
      assertThat(heard).isSorted().doesNotHaveDuplicates();
      assertThat(totals).containsOnly(heard.getLast());
      assertThat(heard.getLast()).isBetween(1_500_000L, model.info().fileBytes());
    }
  }
}
