package dev.nomoat.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has what is written to a file go to the disk while more is made, so that forcing it at the end
 * finds little left to do.
 */
final class WriteBehind implements AutoCloseable {
  private static final int INTERVAL_MILLIS = 200;

  /** In bytes: less is not worth a wait for the disk. */
  private static final long STEP = 16 << 20;

  private final FileChannel channel;
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread;
  // of the thread; read when it has ended
  private @Nullable Throwable failure;

  /**
   * Starts.
   *
   * @param channel what is written to; stays open until this is closed
   */
  WriteBehind(FileChannel channel) {
    this.channel = channel;
    thread = Thread.ofPlatform().daemon().name("nomoat-write-behind").start(this::run);
  }

  private void run() {
    long forced = 0;
    try {
      while (!end.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
        long size = channel.size();
        if (size - forced >= STEP) {
          channel.force(false);
          forced = size;
        }
      }
    } catch (IOException | InterruptedException e) {
      failure = e;
    }
  }

  /**
   * Ends, when the disk is done with what it is at.
   *
   * @throws IOException if the disk failed: the system says so only once
   */
  @Override
  public void close() throws IOException {
    end.countDown();
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
    if (failure != null) {
      throw new IOException("writing to the disk failed", failure);
    }
  }
}
