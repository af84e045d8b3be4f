package dev.nomoat.convert;

import dev.nomoat.LoadListener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Threads that make the bytes of a new file side by side, while one thread, which owns the team,
 * writes them in order. No more chunks are held than a few for each thread.
 */
final class EncoderTeam implements AutoCloseable {
  private static final int CHUNKS_PER_THREAD = 3;

  private final ExecutorService threads;
  private final int ahead;
  private final LoadListener listener;
  private final long total;
  private long done;

  /** Makes the bytes of a chunk; may run on any thread. */
  @FunctionalInterface
  interface Maker {
    byte[] make(long chunk);
  }

  /** Takes the bytes of the chunks in ascending order, on the thread that owns the team. */
  @FunctionalInterface
  interface Taker {
    void take(long chunk, byte[] bytes) throws IOException;
  }

  /**
   * Starts the threads.
   *
   * @param count how many; 0 for one for each processor
   * @param total bytes of the inputs, for the listener
   * @param listener hears of the progress
   */
  EncoderTeam(int count, long total, LoadListener listener) {
    int many = count == 0 ? Runtime.getRuntime().availableProcessors() : count;
    threads =
        Executors.newFixedThreadPool(
            many, Thread.ofPlatform().daemon().name("nomoat-encoder-", 0).factory());
    ahead = many * CHUNKS_PER_THREAD;
    this.total = total;
    this.listener = listener;
  }

  /**
   * Makes and takes chunks.
   *
   * @param chunks how many
   * @throws IOException if making or taking fails, or the thread is interrupted
   */
  void run(long chunks, Maker maker, Taker taker) throws IOException {
    Deque<Future<byte[]>> made = new ArrayDeque<>();
    try {
      long next = 0;
      for (long chunk = 0; chunk < chunks; chunk++) {
        for (; next < Math.min(chunks, chunk + ahead); next++) {
          long index = next;
          made.add(threads.submit(() -> maker.make(index)));
        }
        taker.take(chunk, get(made.remove()));
      }
    } finally {
      // not interrupted: that would close the channel of the input for all
      made.forEach(future -> future.cancel(false));
    }
  }

  private static byte[] get(Future<byte[]> future) throws IOException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException stopped = new InterruptedIOException("interrupted");
      stopped.initCause(e);
      throw stopped;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case UncheckedIOException cause -> throw cause.getCause();
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new AssertionError(e);
      }
    }
  }

  /** Tells of bytes of the input that are written. */
  void progress(long bytes) {
    done += bytes;
    listener.progress(done, total);
  }

  /** Ends the threads once they are done with what they are at. */
  @Override
  public void close() {
    threads.close();
  }
}
