package dev.nomoat.benchmarks.endtoend;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** How fast some threads read memory that no cache holds. Not thread-safe. */
final class ReadRate {
  private static final int LONGS = 1 << 25; // 256 MiB for each thread
  private static final int WARM_UPS = 3;
  private static final int RUNS = 5;

  private final long[][] data;

  ReadRate(int threads) {
    data = new long[threads][LONGS];
  }

  /** Measures; the median of some runs, in bytes per second, of all threads together. */
  double measure() throws InterruptedException {
    double[] rates = new double[RUNS];
    try (ExecutorService threads = Executors.newFixedThreadPool(data.length)) {
      for (int i = -WARM_UPS; i < RUNS; i++) {
        long start = System.nanoTime();
        List<Future<Long>> sums = new ArrayList<>();
        for (long[] part : data) {
          sums.add(threads.submit(() -> sum(part)));
        }
        for (Future<Long> sum : sums) {
          sum.get();
        }
        if (i >= 0) {
          rates[i] = 1e9 * data.length * LONGS * Long.BYTES / (System.nanoTime() - start);
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return EndToEnd.median(rates);
  }

  private static long sum(long[] part) {
    long sum = 0;
    for (long value : part) {
      sum += value;
    }
    return sum;
  }
}
