package dev.nomoat.benchmarks.kernel;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How fast one thread reads memory: the ceiling of every product of a weight matrix with a vector.
 *
 * <p>One operation reads {@value #LONGS} longs, far more than any cache holds.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
public class MemoryBandwidth {
  private static final int LONGS = 1 << 27;

  private final long[] data = new long[LONGS];

  /** Creates the data, all zero. */
  public MemoryBandwidth() {}

  /**
   * Reads all of the data once.
   *
   * @return the sum, so that the reads stay
   */
  @Benchmark
  public long read() {
    long sum = 0;
    for (long value : data) {
      sum += value;
    }
    return sum;
  }
}
