package dev.nomoat.benchmarks.kernel;

import dev.nomoat.CacheType;
import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.math.Attention;
import dev.nomoat.math.AttentionSpan;
import dev.nomoat.quant.Kernels;
import java.lang.foreign.Arena;
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
 * Attention of {@value #GROUP} query heads of {@value #HEAD_DIM} numbers that share a key/value
 * head: {@code 4 · 64 · 8 · depth} operations a token.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class AttentionTile {
  private static final int HEAD_DIM = 64;
  private static final int GROUP = 8;

  /** Tokens in the context, those that attend included. */
  @Param({"512", "4096"})
  public int depth = 512;

  /** How many attend at once. */
  @Param({"1", "8"})
  public int tokens = 1;

  /** Format of keys and values. */
  @Param({"F32", "F16", "Q8_0", "Q4_0"})
  public CacheType cache = CacheType.F16;

  private final Arena arena = Arena.ofShared();
  private static final float[] NO_SINKS = {};

  private final Attention attention = new Attention(new Attention.Rules(0.125f, 0), Kernels.best());
  private final float[] query = new float[Attention.TOKENS * GROUP * HEAD_DIM];
  private final float[] output = new float[query.length];
  private SequenceCache sequence =
      new SequenceCache(new PagePool(CacheShape.uniform(1, 1, HEAD_DIM, CacheType.F16), arena));

  /** Makes an empty state. */
  public AttentionTile() {}

  /** Fills the cache with random keys and values. */
  @Setup(Level.Trial)
  public void fill() {
    Random random = new Random(1);
    sequence = new SequenceCache(new PagePool(CacheShape.uniform(1, 1, HEAD_DIM, cache), arena));
    sequence.require(depth);
    float[] head = new float[HEAD_DIM];
    for (int position = 0; position < depth; position++) {
      for (int i = 0; i < HEAD_DIM; i++) {
        head[i] = (float) random.nextGaussian();
      }
      sequence.store(0, 0, position, head, 0, head, 0);
    }
    for (int i = 0; i < query.length; i++) {
      query[i] = (float) random.nextGaussian();
    }
  }

  /** Frees the cache. */
  @TearDown(Level.Trial)
  public void free() {
    arena.close();
  }

  /**
   * The last tokens of the context attend to all of it.
   *
   * @return mixed values
   */
  @Benchmark
  public float[] attend() {
    int stride = GROUP * HEAD_DIM;
    attention.attend(
        sequence,
        0,
        0,
        GROUP,
        depth - tokens,
        tokens,
        depth,
        AttentionSpan.ALL,
        NO_SINKS,
        query,
        0,
        stride,
        output,
        0,
        stride);
    return output;
  }
}
