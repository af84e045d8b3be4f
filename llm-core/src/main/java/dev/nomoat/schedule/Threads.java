package dev.nomoat.schedule;

/** Waiting for threads. */
final class Threads {
  private Threads() {}

  /**
   * Waits for a thread's end, whatever interrupts; an interrupt is kept for the caller to see
   * afterwards.
   */
  static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
