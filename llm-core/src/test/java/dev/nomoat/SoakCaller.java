package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.chat.ChatReply;
import dev.nomoat.chat.ChatStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * One of many callers of a model: asks it something at random, goes about the answer at random, and
 * compares it with the one that is known.
 */
final class SoakCaller implements Runnable {
  /** Nanoseconds until an answer is cancelled, at most. */
  private static final long MOST_PATIENCE = 200_000_000;

  private static final Prompt TOO_LONG = Prompt.tokens(new int[5000]);

  /** What a failing step throws. */
  private static final class Mine extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private final LanguageModel model;
  private final KnownAnswers known;
  private final SoakRound round;
  private final Random random;

  SoakCaller(LanguageModel model, KnownAnswers known, SoakRound round, long seed) {
    this.model = model;
    this.known = known;
    this.round = round;
    this.random = new Random(seed);
  }

  @Override
  public void run() {
    while (round.goesOn()) {
      try {
        call();
      } catch (QueueFullException e) {
        round.rejected.increment();
        pause(5);
      } catch (IllegalStateException e) {
        if (!round.closing() || !String.valueOf(e.getMessage()).contains("closed")) {
          round.failures.add(e);
        }
        return;
      } catch (Throwable e) {
        round.failures.add(e);
        return;
      }
    }
  }

  private void call() throws IOException {
    int what = random.nextInt(100);
    if (what < 80) {
      generate();
    } else if (what < 86 && known.chats()) {
      chat();
    } else if (what < 94) {
      assertThat(known.text(random).sameAgain(model, random)).isTrue();
      round.evaluations.increment();
    } else if (what < 98) {
      endAnAbandonedOne();
    } else if (what == 98) {
      keepSession();
    } else {
      assertThatExceptionOfType(ContextOverflowException.class)
          .isThrownBy(() -> model.start(GenerationRequest.of(TOO_LONG)));
    }
  }

  private void endAnAbandonedOne() {
    Runnable ending = round.abandoned.poll();
    if (ending != null) {
      ending.run();
    }
  }

  private void pause(int mostMillis) {
    LockSupport.parkNanos(random.nextLong(1_000_000L * mostMillis));
  }

  private void chat() {
    KnownAnswers.Reply known = this.known.reply(random);
    try (ChatStream stream = model.startChat(known.request())) {
      round.accepted.increment();
      if (random.nextInt(3) == 0) {
        stream.next();
        stream.cancel();
      }
      ChatReply reply = stream.await();
      assertThat(known.reply().content()).startsWith(reply.content());
      switch (reply.finishReason()) {
        case CANCELLED -> {}
        case MODEL_CLOSED -> assertThat(round.closing()).isTrue();
        case MAX_TOKENS,
            END_OF_GENERATION,
            GRAMMAR_COMPLETE,
            STOP_STRING,
            CONTEXT_FULL,
            TIME_LIMIT -> {
          assertThat(reply.content()).isEqualTo(known.reply().content());
          assertThat(reply.finishReason()).isEqualTo(known.reply().finishReason());
        }
      }
      round.ended(reply.finishReason());
    }
  }

  private void keepSession() throws IOException {
    Path file = Files.createTempFile(round.folder(), "soak", ".session");
    Prompt prompt = known.text(random).prompt();
    try {
      model.saveSession(prompt, file);
      assertThat(model.loadSession(file)).isEqualTo(prompt);
    } finally {
      Files.delete(file);
    }
  }

  /** How a caller goes about an answer. */
  private enum Manner {
    WAIT,
    READ,
    READ_SLOWLY,
    CANCEL,
    INTERRUPT,
    CLOSE,
    ABANDON
  }

  private void generate() {
    KnownAnswers.Answer known = this.known.answer(random);
    Manner manner = Manner.values()[random.nextInt(Manner.values().length)];
    int failsAt = random.nextInt(10) == 0 ? random.nextInt(20) : Integer.MAX_VALUE;
    GenerationRequest request = varied(known.request(), failsAt);
    Generation generation = model.start(request);
    round.accepted.increment();
    Asked asked = new Asked(known.result(), request, manner, failsAt, generation);
    if (manner == Manner.ABANDON) {
      round.abandoned.add(() -> end(asked));
    } else {
      end(asked);
    }
  }

  /** The same request, as far as its tokens are concerned, up to a point. */
  private GenerationRequest varied(GenerationRequest request, int failsAt) {
    GenerationRequest varied =
        request
            .withPriority(random.nextInt(3) - 1)
            .withSpeculation(round.speculations().get(random.nextInt(round.speculations().size())));
    if (random.nextInt(5) == 0) {
      varied = varied.withMaxTokens(1 + random.nextInt(request.maxTokens()));
    }
    if (random.nextInt(8) == 0) {
      varied = varied.withTimeLimit(Duration.ofMillis(1 + random.nextInt(300)));
    }
    if (failsAt < Integer.MAX_VALUE) {
      AtomicInteger left = new AtomicInteger(failsAt);
      SamplingStep failing =
          scores -> {
            if (left.getAndDecrement() == 0) {
              throw new Mine();
            }
          };
      varied = varied.withSampling(varied.sampling().orElseThrow().withStep(failing));
    }
    return varied;
  }

  /**
   * A request that runs.
   *
   * @param known the answer, as far as nothing cuts it
   * @param failsAt the token at which a step of the request fails
   */
  private record Asked(
      GenerationResult known,
      GenerationRequest request,
      Manner manner,
      int failsAt,
      Generation generation) {
    /** Whether an answer may end for a reason that is not in the request. */
    boolean mayEnd(FinishReason reason, SoakRound round) {
      return switch (reason) {
        case CANCELLED ->
            switch (manner) {
              case WAIT, READ, READ_SLOWLY -> false;
              case CANCEL, INTERRUPT, CLOSE, ABANDON -> true;
            };
        case MODEL_CLOSED -> round.closing();
        case TIME_LIMIT -> request.timeLimit().isPresent();
        case MAX_TOKENS, END_OF_GENERATION, GRAMMAR_COMPLETE, STOP_STRING, CONTEXT_FULL -> false;
      };
    }
  }

  /** Takes an answer as its manner is, and checks it. */
  private void end(Asked asked) {
    List<Token> read = new ArrayList<>();
    try (Generation generation = asked.generation()) {
      read(asked, read);
      GenerationResult result = generation.await();
      check(asked, result);
      if (asked.manner() != Manner.WAIT) {
        checkStream(read, result);
      }
      round.ended(result.finishReason());
    } catch (GenerationException e) {
      assertThat(e).hasRootCauseInstanceOf(Mine.class);
      if (asked.manner() != Manner.WAIT) {
        assertThat(ids(read)).isEqualTo(asked.known().ids().subList(0, asked.failsAt()));
      }
      round.failed.increment();
    }
  }

  private void read(Asked asked, List<Token> read) {
    Generation generation = asked.generation();
    switch (asked.manner()) {
      case WAIT -> {}
      case READ -> generation.forEach(read::add);
      case READ_SLOWLY -> {
        for (Token token : generation) {
          read.add(token);
          pause(random.nextInt(10) == 0 ? 20 : 1);
        }
      }
      case CANCEL -> readUntil(asked, read, generation::cancel);
      case INTERRUPT -> readUntil(asked, read, Thread.currentThread()::interrupt);
      case CLOSE, ABANDON -> {
        Iterator<Token> tokens = generation.iterator();
        for (int left = random.nextInt(12); left > 0 && tokens.hasNext(); left--) {
          read.add(tokens.next());
        }
        generation.close();
        generation.forEach(read::add); // those that were there
      }
    }
  }

  private void readUntil(Asked asked, List<Token> read, Runnable action) {
    long nanos = random.nextLong(MOST_PATIENCE);
    Thread other =
        Thread.startVirtualThread(
            () -> {
              LockSupport.parkNanos(nanos);
              action.run();
            });
    try {
      asked.generation().forEach(read::add);
    } finally {
      while (other.isAlive()) {
        LockSupport.parkNanos(MOST_PATIENCE / 1000);
        Thread.interrupted();
      }
      Thread.interrupted();
    }
  }

  private void check(Asked asked, GenerationResult result) {
    GenerationResult known = asked.known();
    GenerationRequest request = asked.request();
    int count = result.ids().size();
    assertThat(count).isLessThanOrEqualTo(Math.min(known.ids().size(), asked.failsAt()));
    assertThat(result.ids()).isEqualTo(known.ids().subList(0, count));
    assertThat(result.usage().generatedTokens()).isEqualTo(count);
    if (request.logProbabilities().isPresent()) {
      assertThat(result.logProbabilities()).isEqualTo(known.logProbabilities().subList(0, count));
    }
    if (asked.mayEnd(result.finishReason(), round)) {
      assertThat(count).isLessThanOrEqualTo(request.maxTokens());
    } else if (count == request.maxTokens() && count < known.ids().size()) {
      assertThat(result.finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
    } else {
      assertThat(count).isEqualTo(known.ids().size());
      if (count < request.maxTokens() || known.finishReason() == FinishReason.MAX_TOKENS) {
        assertThat(result.finishReason()).isEqualTo(known.finishReason());
        assertThat(result.text()).isEqualTo(known.text());
      }
    }
  }

  /** Nothing is lost between the result and its stream, and nothing is there twice. */
  private void checkStream(List<Token> read, GenerationResult result) {
    StringBuilder text = new StringBuilder();
    read.forEach(token -> text.append(token.text()));
    assertThat(text).hasToString(result.text());
    List<Integer> ids = ids(read);
    if (ids.size() > result.ids().size()) {
      // the token that ends it comes with the text that was held back
      assertThat(model.tokenizer().isEndOfGeneration(ids.removeLast())).isTrue();
    }
    assertThat(ids).isEqualTo(result.ids());
  }

  private static List<Integer> ids(List<Token> tokens) {
    return new ArrayList<>(tokens.stream().map(Token::id).toList());
  }
}
