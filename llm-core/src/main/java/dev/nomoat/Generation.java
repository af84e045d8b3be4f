package dev.nomoat;

import dev.nomoat.cache.SequenceCache;
import dev.nomoat.grammar.GrammarException;
import dev.nomoat.sample.Sampler;
import dev.nomoat.sample.SamplingException;
import dev.nomoat.schedule.Scheduler;
import dev.nomoat.schedule.SequenceTask;
import dev.nomoat.tokenizer.StreamingDecoder;
import dev.nomoat.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A running generation: a stream of tokens with one consumer. The model works ahead of the consumer
 * by a few dozen tokens at most.
 *
 * <p>{@link #next}, the iterator and {@link #await} share one stream and are for one thread at a
 * time; {@link #cancel} and {@link #close} may be called from any thread at any time. A generation
 * that is left without reading it to its end should be closed, or it keeps its place and its memory
 * in the model.
 */
public final class Generation implements Iterable<Token>, AutoCloseable {
  /** Tokens that the model works ahead of the consumer. */
  private static final int READ_AHEAD = 32;

  private final GenerationRequest request;
  private final Tokenizer tokenizer;
  private final Scheduler scheduler;
  private final Task task;
  private final Sampler sampler;
  private final int promptTokens;
  private final int mostTokens;
  private final FinishReason whenFull;
  private final StreamingDecoder decoder;
  private final StopMatcher stops;
  private final long created = System.nanoTime();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // guarded by the lock
  private final ArrayDeque<Token> tokens = new ArrayDeque<>();
  private final List<Integer> ids = new ArrayList<>();
  private final List<LogProbabilities> logProbabilities = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private @Nullable FinishReason reason;
  private @Nullable Throwable failure;
  private boolean finishedSeen;
  private int reusedTokens;
  private int guessedTokens;
  private long started;
  private long ended;
  private long firstToken;
  private long lastToken;
  private boolean readWhenAtEnd;

  /** What the scheduler sees. */
  private final class Task extends SequenceTask {
    Task(int[] prompt, Sampler sampler, SequenceCache cache, Terms terms) {
      super(prompt, sampler, cache, terms);
    }

    @Override
    protected void onStart(int reused) {
      lock.lock();
      try {
        if (reason == null) {
          started = System.nanoTime();
          reusedTokens = reused;
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    protected boolean onToken(int id, boolean guessed) {
      return produce(id, guessed);
    }

    @Override
    protected boolean ready() {
      lock.lock();
      try {
        return readWhenAtEnd || tokens.size() < READ_AHEAD;
      } finally {
        lock.unlock();
      }
    }

    @Override
    protected void onCancelled() {
      finish(FinishReason.CANCELLED);
    }

    @Override
    protected void onTimeOver() {
      finish(FinishReason.TIME_LIMIT);
    }

    @Override
    protected void onClosed() {
      finish(FinishReason.MODEL_CLOSED);
    }

    @Override
    protected void onFailure(Throwable cause) {
      lock.lock();
      try {
        if (reason == null) {
          failure = cause;
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  Generation(GenerationRequest request, int[] prompt, Sampler sampler, Engine engine) {
    this.request = request;
    this.tokenizer = engine.tokenizer();
    this.scheduler = engine.scheduler();
    this.sampler = sampler;
    this.promptTokens = prompt.length;
    int room = engine.contextLength() - prompt.length;
    boolean limited = request.maxTokens() > 0 && request.maxTokens() <= room;
    this.mostTokens = limited ? request.maxTokens() : room;
    this.whenFull = limited ? FinishReason.MAX_TOKENS : FinishReason.CONTEXT_FULL;
    this.decoder = StreamingDecoder.ofContinuation(tokenizer);
    this.stops = new StopMatcher(request.stop());
    long timeLimit = request.timeLimit().map(Generation::nanos).orElse(Long.MAX_VALUE);
    SequenceTask.Terms terms =
        new SequenceTask.Terms(
            request.priority(), timeLimit, mostTokens, engine.speculation(request));
    this.task = new Task(prompt, sampler, new SequenceCache(engine.pool()), terms);
  }

  /** Nanoseconds; of centuries as many as there are. */
  private static long nanos(Duration time) {
    try {
      return time.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  void submit() {
    scheduler.submit(task);
  }

  /** Takes a token from the scheduler; false when the generation has ended. */
  private boolean produce(int id, boolean guessed) {
    boolean end = !request.ignoreEndOfGeneration() && tokenizer.isEndOfGeneration(id);
    lock.lock();
    try {
      if (reason != null) {
        return false;
      }
      long now = System.nanoTime();
      firstToken = firstToken == 0 ? now : firstToken;
      lastToken = end && lastToken != 0 ? lastToken : now;
      boolean complete = !end && sampler.complete();
      boolean full = !end && ids.size() + 1 == mostTokens;
      String piece = end ? "" : stops.accept(decoder.accept(id));
      if (end || complete || full) {
        piece += stops.accept(decoder.finish());
      }
      FinishReason last =
          stops.stopped()
              ? FinishReason.STOP_STRING
              : end
                  ? FinishReason.END_OF_GENERATION
                  : complete ? FinishReason.GRAMMAR_COMPLETE : full ? whenFull : null;
      if (last != null || tokenizer.isControl(id)) {
        piece += stops.flush();
      }
      if (!end) {
        ids.add(id);
        guessedTokens += guessed ? 1 : 0;
        sampler.logProbabilities().ifPresent(logProbabilities::add);
      }
      if (!end || !piece.isEmpty()) {
        tokens.add(new Token(id, piece, sampler.logProbabilities()));
        text.append(piece);
      }
      reason = last;
      changed.signalAll();
      return last == null;
    } finally {
      lock.unlock();
    }
  }

  private void finish(FinishReason last) {
    lock.lock();
    try {
      conclude(last);
    } finally {
      lock.unlock();
    }
  }

  /** Ends the generation unless it has ended; under the lock. */
  private void conclude(FinishReason last) {
    if (reason == null && failure == null) {
      reason = last;
      ended = System.nanoTime();
      changed.signalAll();
    }
  }

  /**
   * Waits for what happens next.
   *
   * <p>When the waiting thread is interrupted, the generation is cancelled and the interrupt status
   * kept.
   *
   * @return a token, or the end after the last token, or empty when the end was returned before
   * @throws GenerationException when computing failed
   */
  public Optional<GenerationEvent> next() {
    Token token;
    boolean interrupted = false;
    lock.lock();
    try {
      interrupted = awaitChange();
      token = tokens.poll();
      if (token == null) {
        return end();
      }
      if (tokens.size() != READ_AHEAD / 2) {
        return Optional.of(new GenerationEvent.TokenProduced(token));
      }
    } finally {
      lock.unlock();
      if (interrupted) {
        // not under the lock: the scheduler takes it under its own
        scheduler.cancel(task);
      }
    }
    scheduler.wake();
    return Optional.of(new GenerationEvent.TokenProduced(token));
  }

  /** Waits until there is something to read; true when that ended with an interrupt. */
  private boolean awaitChange() {
    while (tokens.isEmpty() && reason == null && failure == null) {
      try {
        changed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        conclude(FinishReason.CANCELLED);
        return true;
      }
    }
    return false;
  }

  private Optional<GenerationEvent> end() {
    if (failure != null) {
      throw switch (failure) {
        case GrammarException e -> new GenerationException(String.valueOf(e.getMessage()), e);
        case SamplingException e ->
            new GenerationException(
                String.valueOf(e.getMessage()), e.getCause() == null ? e : e.getCause());
        default -> new GenerationException("the model could not be evaluated", failure);
      };
    }
    if (finishedSeen) {
      return Optional.empty();
    }
    finishedSeen = true;
    return Optional.of(new GenerationEvent.Finished(result()));
  }

  private GenerationResult result() {
    if (reason == null) {
      throw new IllegalStateException("still running");
    }
    long promptNanos = started == 0 ? 0 : (firstToken == 0 ? ended : firstToken) - started;
    Usage usage =
        new Usage(
            promptTokens,
            reusedTokens,
            ids.size(),
            guessedTokens,
            Duration.ofNanos(firstToken == 0 ? 0 : firstToken - created),
            Duration.ofNanos(promptNanos),
            Duration.ofNanos(firstToken == 0 ? 0 : lastToken - firstToken));
    return new GenerationResult(text.toString(), ids, reason, usage, logProbabilities);
  }

  /**
   * The tokens as they come; waits for each. All iterators of a generation share its one stream.
   *
   * @return an iterator that ends when the generation does; it throws what {@link #next} throws
   */
  @Override
  public Iterator<Token> iterator() {
    return new Iterator<>() {
      private @Nullable Token ahead;

      @Override
      public boolean hasNext() {
        if (ahead == null) {
          ahead = nextToken();
        }
        return ahead != null;
      }

      @Override
      public Token next() {
        Token token = ahead != null ? ahead : nextToken();
        ahead = null;
        if (token == null) {
          throw new NoSuchElementException();
        }
        return token;
      }
    };
  }

  private @Nullable Token nextToken() {
    return switch (next().orElse(null)) {
      case GenerationEvent.TokenProduced produced -> produced.token();
      case GenerationEvent.Finished finished -> null;
      case null -> null;
    };
  }

  /**
   * Waits for the end. Tokens that were not read are part of the result, and then gone from the
   * stream.
   *
   * @return the whole generation, those tokens included that were read before; the same when called
   *     again
   * @throws GenerationException when computing failed
   */
  public GenerationResult await() {
    while (nextToken() != null) {
      // each token is in the result already
    }
    lock.lock();
    try {
      return result();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing is read before the end: then the model has no consumer to wait for. */
  void readWhenAtEnd() {
    lock.lock();
    try {
      readWhenAtEnd = true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the generation at once, also while the prompt is evaluated. Does nothing when it has
   * ended.
   */
  public void cancel() {
    boolean running;
    lock.lock();
    try {
      running = reason == null && failure == null;
    } finally {
      lock.unlock();
    }
    if (running) {
      scheduler.cancel(task);
      finish(FinishReason.CANCELLED);
    }
  }

  /** Cancels the generation when it still runs. */
  @Override
  public void close() {
    cancel();
  }
}
