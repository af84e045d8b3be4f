package dev.nomoat;

import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.model.Batch;
import dev.nomoat.model.Decoder;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelPlan;
import dev.nomoat.model.WeightLoader;
import dev.nomoat.model.Weights;
import dev.nomoat.model.family.Families;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** A model without scheduler and tokenizer: the tests decide what is evaluated together. */
final class Graph implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final ModelPlan plan;
  private final Weights<PackedMatrix, float[]> weights;
  private final ModelConfig config;

  private Graph(Path file, WeightPacking packing, UnaryOperator<ModelConfig> change)
      throws IOException {
    try (ModelSource source = Families.open(file);
        WorkerTeam team = new WorkerTeam("test", 1)) {
      plan = ModelPlan.of(source, 0, packing);
      weights = new WeightLoader(plan, arena, team, (done, total) -> {}).load();
      config = change.apply(plan.config());
    }
  }

  static Graph open(Path file) throws IOException {
    return open(file, WeightPacking.AS_STORED);
  }

  /** Opens a file and quantises its weights. */
  static Graph open(Path file, WeightPacking packing) throws IOException {
    return new Graph(file, packing, UnaryOperator.identity());
  }

  /** Opens a file and evaluates it as another configuration says. */
  static Graph open(Path file, UnaryOperator<ModelConfig> change) throws IOException {
    return new Graph(file, WeightPacking.AS_STORED, change);
  }

  /**
   * How to evaluate.
   *
   * @param precision of the activations
   */
  record Mode(int threads, CacheType cache, ActivationPrecision precision) {
    static final Mode EXACT = new Mode(1, CacheType.F32, ActivationPrecision.FULL);

    Mode withThreads(int threads) {
      return new Mode(threads, cache, precision);
    }
  }

  /** What evaluates one batch after the other. */
  interface Run {
    /** A sequence with room for 1024 tokens. */
    SequenceCache sequence();

    /** A sequence without room. */
    SequenceCache empty();

    /** Evaluates; the logits of all tokens that want them, shape [outputs, vocab]. */
    float[] evaluate(Batch batch);
  }

  /** Gives a decoder to a test. */
  float[] with(Mode mode, Function<Run, float[]> test) {
    try (WorkerTeam team = new WorkerTeam("test", mode.threads());
        Arena pages = Arena.ofShared()) {
      boolean eightBit = mode.precision() == ActivationPrecision.FAST;
      Decoder decoder = new Decoder(config, weights, team, Kernels.best(), eightBit);
      PagePool pool = new PagePool(config.cacheShape(mode.cache()), config.stateShape(), pages);
      return test.apply(
          new Run() {
            @Override
            public SequenceCache sequence() {
              SequenceCache cache = empty();
              cache.require(1024);
              return cache;
            }

            @Override
            public SequenceCache empty() {
              return new SequenceCache(pool);
            }

            @Override
            public float[] evaluate(Batch batch) {
              if (!decoder.evaluate(batch)) {
                throw new IllegalStateException("aborted");
              }
              return Graph.this.logits(decoder, batch.outputCount());
            }
          });
    }
  }

  private float[] logits(Decoder decoder, int rows) {
    float[] result = new float[rows * config.vocab()];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(
          decoder.logits(),
          row * decoder.logitsStride(),
          result,
          row * config.vocab(),
          config.vocab());
    }
    return result;
  }

  /**
   * Evaluates tokens from an empty context.
   *
   * @param chunk tokens of a batch; the last one may have fewer
   * @return logits of all tokens, shape [ids, vocab]
   */
  float[] logits(Mode mode, int[] ids, int chunk) {
    return with(
        mode,
        run -> {
          SequenceCache sequence = run.sequence();
          float[] result = new float[ids.length * config.vocab()];
          Batch batch = new Batch();
          for (int from = 0; from < ids.length; from += chunk) {
            batch.clear();
            for (int i = from; i < Math.min(ids.length, from + chunk); i++) {
              batch.add(sequence, i, ids[i], true);
            }
            float[] logits = run.evaluate(batch);
            System.arraycopy(logits, 0, result, from * config.vocab(), logits.length);
          }
          return result;
        });
  }

  /**
   * Goes on with a sequence, which takes memory as it needs some, and tells others.
   *
   * @param cache has evaluated the tokens before
   * @param known how many these are
   * @param chunk tokens of a batch, at most
   * @return logits of all others, shape [ids − known, vocab]
   */
  float[] goOn(Run run, SequenceCache cache, int[] ids, int known, int chunk) {
    float[] result = new float[(ids.length - known) * config.vocab()];
    Batch batch = new Batch();
    for (int from = known; from < ids.length; from += batch.size()) {
      int to = Math.min(ids.length, from + Math.min(chunk, cache.untilKept(from)));
      cache.require(to);
      if (cache.frames() > cache.footprint().frames(to)) {
        throw new IllegalStateException("more memory than was said");
      }
      batch.clear();
      for (int i = from; i < to; i++) {
        batch.add(cache, i, ids[i], true);
      }
      float[] logits = run.evaluate(batch);
      System.arraycopy(logits, 0, result, (from - known) * config.vocab(), logits.length);
      cache.share(ids, to);
    }
    return result;
  }

  ModelPlan plan() {
    return plan;
  }

  Weights<PackedMatrix, float[]> weights() {
    return weights;
  }

  ModelConfig config() {
    return config;
  }

  /** Greatest difference of two sets of logits. */
  static double distance(float[] a, float[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(a.length + " and " + b.length + " logits");
    }
    double max = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = Math.abs((double) a[i] - b[i]);
      max = difference <= max ? max : difference;
    }
    return max;
  }

  static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }

  @Override
  public void close() {
    arena.close();
  }
}
