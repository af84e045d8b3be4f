package dev.nomoat.benchmarks.kernel;

import dev.nomoat.quant.Matrix;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
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

/** What loading does with weights once they are read: weights packed in a microsecond. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Packing {
  private static final int GROUPS = 16;
  private static final int COLS = 2048;

  /** Type of the weights. */
  @Param({
    "F32", "F16", "Q8_0", "Q4_0", "Q5_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_XS",
    "IQ2_XXS", "MXFP4"
  })
  public TensorType type = TensorType.Q4_0;

  private final Arena arena = Arena.ofShared();
  private final List<Matrix> groups = new ArrayList<>();
  private PackedMatrix packed =
      PackedMatrix.allocate(TensorType.F32, 1, PackedMatrix.GROUP, Arena.ofAuto());

  /** Makes an empty state. */
  public Packing() {}

  /** Makes weights that are all the same. */
  @Setup(Level.Trial)
  public void fill() {
    packed = PackedMatrix.allocate(type, GROUPS * PackedMatrix.GROUP, COLS, arena);
    for (int group = 0; group < GROUPS; group++) {
      MemorySegment rows = arena.allocate(PackedMatrix.GROUP * type.rowBytes(COLS));
      groups.add(new Matrix(type, PackedMatrix.GROUP, COLS, rows.fill((byte) 0x3c)));
    }
  }

  /** Frees the weights. */
  @TearDown(Level.Trial)
  public void free() {
    arena.close();
  }

  /**
   * All groups.
   *
   * @return what was packed
   */
  @Benchmark
  @OperationsPerInvocation(GROUPS * PackedMatrix.GROUP * COLS)
  public PackedMatrix pack() {
    for (int group = 0; group < GROUPS; group++) {
      packed.pack(group, groups.get(group));
    }
    return packed;
  }
}
