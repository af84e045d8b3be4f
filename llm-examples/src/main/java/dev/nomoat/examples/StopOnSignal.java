package dev.nomoat.examples;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Stops some work when the process is told to end (Ctrl-C), and lets the command finish its output
 * before the process goes. Close it after the last output.
 */
final class StopOnSignal implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 2;

  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook;

  /**
   * Runs {@code stop} once, in another thread, if the process is told to end before {@link #close}.
   */
  StopOnSignal(Runnable stop) {
    hook =
        new Thread(
            () -> {
              stop.run();
              awaitFinish();
            },
            "llm-stop");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void awaitFinish() {
    try {
      if (!finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("llm: the run did not stop in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    finished.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The process is ending already: the hook is running and has just been released.
    }
  }
}
