package dev.nomoat.benchmarks.kernel;

import dev.nomoat.quant.Activations;
import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.Matrix;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.TensorType;
import dev.nomoat.quant.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Products of packed weights, one thread. With one token an operation reads all of the matrix,
 * {@value #ROWS} × {@value #COLS} weights, far more than any cache holds: compare with {@link
 * MemoryBandwidth}. With 64 tokens it multiplies its first {@value #TILE_ROWS} rows: {@code 2 ·
 * 2048 · 2048 · 64} operations. Run with {@code -prof gc}: a kernel that allocates is one that the
 * compiler gave up on.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class Products {
  private static final int ROWS = 65_536;
  private static final int TILE_ROWS = 2_048;
  private static final int COLS = 2_048;

  /** Type of the weights. */
  @Param({"Q4_0", "Q4_K", "Q5_0", "Q5_K", "Q6_K", "Q8_0", "F16", "BF16", "F32"})
  public TensorType type = TensorType.Q4_0;

  /** Which implementation. */
  @Param({"best", "scalar"})
  public String kernels = "best";

  private final Arena arena = Arena.ofShared();
  private final Workspace workspace = new Workspace();
  private final Activations one = new Activations();
  private final Activations many = new Activations();
  private Kernels implementation = Kernels.scalar();
  private PackedMatrix matrix = PackedMatrix.allocate(TensorType.F32, 1, 1, arena);
  private float[] y = {};

  /** Makes an empty state. */
  public Products() {}

  /** Packs random weights. */
  @Setup(Level.Trial)
  public void fill() {
    Random random = new Random(1);
    implementation = kernels.equals("best") ? Kernels.best() : Kernels.scalar();
    matrix = PackedMatrix.allocate(type, ROWS, COLS, arena);
    MemorySegment rows = arena.allocate(PackedMatrix.GROUP * type.rowBytes(COLS), 64);
    // small bytes: whatever a format makes of them is finite
    for (long i = 0; i < rows.byteSize(); i++) {
      rows.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(0x3c));
    }
    for (int group = 0; group < matrix.groups(); group++) {
      matrix.pack(group, new Matrix(type, PackedMatrix.GROUP, COLS, rows));
    }
    prepare(one, 1, random);
    prepare(many, 64, random);
    y = new float[64 * matrix.paddedRows()];
  }

  private void prepare(Activations x, int tokens, Random random) {
    x.reset(tokens, COLS);
    for (int i = 0; i < tokens * COLS; i++) {
      x.values()[i] = (float) random.nextGaussian();
    }
    if (matrix.quantizesActivations()) {
      x.reserveEightBit(1);
      x.want(matrix);
      for (int t = 0; t < tokens; t++) {
        x.quantize(t);
      }
    }
  }

  /** Frees the weights. */
  @TearDown(Level.Trial)
  public void free() {
    arena.close();
  }

  /**
   * All rows, one token: decoding.
   *
   * @return the products
   */
  @Benchmark
  public float[] decode() {
    multiply(one, matrix.groups());
    return y;
  }

  /**
   * Some rows, 64 tokens: prefill.
   *
   * @return the products
   */
  @Benchmark
  public float[] prefill() {
    multiply(many, TILE_ROWS / PackedMatrix.GROUP);
    return y;
  }

  private void multiply(Activations x, int groups) {
    implementation.multiply(
        matrix, 0, groups, x, matrix.quantizesActivations(), y, matrix.paddedRows(), workspace);
  }
}
