package dev.nomoat.benchmarks.kernel;

import dev.nomoat.CacheType;
import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
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

/** Decoding of the keys, or of the values, of a head and a page: 64 positions. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class CachePage {
  /** Format of keys and values. */
  @Param({"F32", "F16", "Q8_0", "Q4_0"})
  public CacheType cache = CacheType.F16;

  /** Numbers of a head. */
  @Param({"64", "80", "128"})
  public int headDim = 64;

  /** Pages, visited in turn: few stay in the processor's caches, many come from memory. */
  @Param({"4", "8192"})
  public int pages = 4;

  private final Arena arena = Arena.ofShared();
  private SequenceCache sequence = sequence();
  private float[] target = {};
  private int next;

  /** Makes an empty state. */
  public CachePage() {}

  private SequenceCache sequence() {
    return new SequenceCache(new PagePool(CacheShape.uniform(1, 1, headDim, cache), arena));
  }

  /** Fills the cache with random keys and values. */
  @Setup(Level.Trial)
  public void fill() {
    Random random = new Random(1);
    sequence = sequence();
    sequence.require(pages * CacheShape.PAGE);
    float[] head = new float[headDim];
    for (int position = 0; position < pages * CacheShape.PAGE; position++) {
      for (int i = 0; i < headDim; i++) {
        head[i] = (float) random.nextGaussian();
      }
      sequence.store(0, 0, position, head, 0, head, 0);
    }
    target =
        new float[Math.ceilDiv(headDim, CacheShape.CHUNK) * CacheShape.CHUNK * CacheShape.PAGE];
  }

  /** Frees the cache. */
  @TearDown(Level.Trial)
  public void free() {
    arena.close();
  }

  private int page() {
    next = next + 1 == pages ? 0 : next + 1;
    return next;
  }

  /**
   * Decodes the keys of a page.
   *
   * @return keys
   */
  @Benchmark
  public float[] keys() {
    sequence.readKeys(0, 0, page(), Kernels.best(), target);
    return target;
  }

  /**
   * Decodes the values of a page.
   *
   * @return values
   */
  @Benchmark
  public float[] values() {
    sequence.readValues(0, 0, page(), CacheShape.PAGE, Kernels.best(), target);
    return target;
  }
}
