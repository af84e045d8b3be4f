package dev.nomoat.benchmarks.kernel;

import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Encoding of weights, one thread, {@value #ROWS} rows of {@value #COLS} Gaussian numbers, row by
 * row: the score is millions of numbers a second.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class Encoding {
  private static final int ROWS = 64;
  private static final int COLS = 2_048;

  /** Type to encode. */
  @Param({
    "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
    "IQ4_NL", "IQ4_XS", "MXFP4", "TQ1_0", "TQ2_0"
  })
  public TensorType type = TensorType.Q4_K;

  /** Whether the columns differ in importance. */
  @Param({"false", "true"})
  public boolean importance = false;

  private final Arena arena = Arena.ofShared();
  private final float[] weights = new float[ROWS * COLS];
  private final float[] important = new float[COLS];
  private BlockCodec codec = BlockCodec.of(TensorType.F32);
  private MemorySegment blocks = MemorySegment.NULL;

  /** Makes an empty state. */
  public Encoding() {}

  /** Makes random weights. */
  @Setup(Level.Trial)
  public void fill() {
    Random random = new Random(1);
    codec = BlockCodec.of(type);
    blocks = arena.allocate(ROWS * type.rowBytes(COLS), 64);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (0.02 * random.nextGaussian());
    }
    for (int i = 0; i < COLS; i++) {
      important[i] = (float) Math.exp(random.nextGaussian());
    }
  }

  /** Frees the blocks. */
  @TearDown(Level.Trial)
  public void free() {
    arena.close();
  }

  /**
   * All rows.
   *
   * @return the blocks
   */
  @Benchmark
  @OperationsPerInvocation(ROWS * COLS)
  public MemorySegment encode() {
    for (int row = 0; row < ROWS; row++) {
      long to = row * type.rowBytes(COLS);
      if (importance) {
        codec.encode(weights, row * COLS, important, 0, blocks, to, COLS);
      } else {
        codec.encode(weights, row * COLS, blocks, to, COLS);
      }
    }
    return blocks;
  }
}
