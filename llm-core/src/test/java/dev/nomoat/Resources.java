package dev.nomoat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process takes from the machine. */
final class Resources {
  private Resources() {}

  /** Ids of threads that belong to models. */
  static long[] modelThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("nomoat-"))
        .mapToLong(Thread::threadId)
        .toArray();
  }

  /** What is reachable on the heap, in bytes. */
  static long heapBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** Memory of this process that is not of files; 0 where the system does not tell. */
  static long residentBytes() throws IOException {
    System.gc();
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }
}
