package dev.nomoat.examples;

import dev.nomoat.LoadListener;
import java.io.IOException;
import java.io.PrintStream;

/** Shows on a terminal how far work on a big model has come; closing wipes the line. */
final class ProgressBar implements LoadListener, AutoCloseable {
  /** A smaller model is there before anybody could read the bar. */
  private static final long SMALLEST_BYTES = 200_000_000;

  private static final int WIDTH = 40;

  private final PrintStream terminal;
  private final String work;
  private int shownPercent = -1;

  /** Works on a model. */
  @FunctionalInterface
  interface Work<T> {
    T run(LoadListener listener) throws IOException;
  }

  /** Shows a bar during work, where somebody sees it; {@code name} says what is done. */
  static <T> T during(Streams streams, String name, Work<T> work) throws IOException {
    if (!streams.errorsOnTerminal()) {
      return work.run((bytesDone, bytesTotal) -> {});
    }
    try (var bar = new ProgressBar(streams.err(), name)) {
      return work.run(bar);
    }
  }

  /** Makes a bar; {@code work} says what is done. */
  ProgressBar(PrintStream terminal, String work) {
    this.terminal = terminal;
    this.work = work;
  }

  @Override
  public synchronized void progress(long bytesDone, long bytesTotal) {
    if (bytesTotal < SMALLEST_BYTES) {
      return;
    }
    int percent = (int) (100.0 * bytesDone / bytesTotal);
    if (percent == shownPercent) {
      return;
    }
    shownPercent = percent;
    int full = WIDTH * percent / 100;
    terminal.print(
        "\r" + work + " [" + "#".repeat(full) + ".".repeat(WIDTH - full) + "] " + percent + " %");
    terminal.flush();
  }

  @Override
  public synchronized void close() {
    if (shownPercent >= 0) {
      terminal.print("\r" + " ".repeat(WIDTH + (work + " [] 100 %").length()) + "\r");
      terminal.flush();
    }
  }
}
