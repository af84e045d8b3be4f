package dev.nomoat.schedule;

import dev.nomoat.SamplingOptions;
import dev.nomoat.Speculation;
import dev.nomoat.sample.Sampler;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** A task that keeps what it is told. */
class TestTask extends SequenceTask {
  /** How a task can end. */
  enum End {
    FINISHED,
    CANCELLED,
    TIME_OVER,
    CLOSED,
    FAILED
  }

  final CountDownLatch started = new CountDownLatch(1);
  final CountDownLatch ended = new CountDownLatch(1);
  final List<Integer> tokens = new CopyOnWriteArrayList<>();
  final List<End> ends = new CopyOnWriteArrayList<>();
  volatile boolean resting;
  volatile int reused;
  volatile Throwable failure;
  private final int mostTokens;

  TestTask(TinyModel model, int[] prompt, Sampler sampler, int mostTokens) {
    this(model, prompt, sampler, new Terms(0, Long.MAX_VALUE, mostTokens, Speculation.OFF));
  }

  TestTask(TinyModel model, int[] prompt, Sampler sampler, Terms terms) {
    super(prompt, sampler, model.cache(), terms);
    this.mostTokens = terms.mostTokens();
  }

  static TestTask greedy(TinyModel model, int[] prompt, int mostTokens) {
    Sampler sampler = new Sampler(SamplingOptions.greedy(), 0, model.config.vocab());
    return new TestTask(model, prompt, sampler, mostTokens);
  }

  /** Waits for the end. */
  End end() throws InterruptedException {
    ended.await();
    return ends.getFirst();
  }

  private void end(End end) {
    ends.add(end);
    ended.countDown();
  }

  @Override
  protected void onStart(int reused) {
    this.reused = reused;
    started.countDown();
  }

  @Override
  protected boolean onToken(int id, boolean guessed) {
    tokens.add(id);
    if (tokens.size() < mostTokens) {
      return true;
    }
    end(End.FINISHED);
    return false;
  }

  @Override
  protected boolean ready() {
    return !resting;
  }

  @Override
  protected void onCancelled() {
    end(End.CANCELLED);
  }

  @Override
  protected void onTimeOver() {
    end(End.TIME_OVER);
  }

  @Override
  protected void onClosed() {
    end(End.CLOSED);
  }

  @Override
  protected void onFailure(Throwable cause) {
    failure = cause;
    end(End.FAILED);
  }
}
