package dev.nomoat.model;

import dev.nomoat.CacheType;
import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.Matrix;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.TensorType;
import dev.nomoat.schedule.WorkerTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates a tiny model made like a large one, before that is read, so that the JVM's compiler has
 * translated the code when the first token is asked for. And warns when the compiler cannot.
 */
public final class WarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

  /** Weights that take about as long to read as the code takes to be compiled. */
  private static final long LARGE = 100L << 20;

  private static final Duration LIMIT = Duration.ofSeconds(5);

  /** Batches of the tiny model, so many that every loop of the graph is compiled. */
  private static final int ROUNDS = 300;

  private static final int PROMPT = 5;

  /** Weights that are finite and of moderate size in every format. */
  private static final byte FILLING = 0x3c;

  /** What has been done in this JVM. */
  private static final Set<Kind> DONE = ConcurrentHashMap.newKeySet();

  /** What the code to be compiled depends on. */
  record Kind(
      List<TensorType> head,
      Set<List<TensorType>> blocks,
      ModelConfig.Rope rope,
      int headDim,
      int group,
      CacheType cacheType,
      boolean eightBit) {
    Set<TensorType> types() {
      Set<TensorType> types = EnumSet.copyOf(head);
      blocks.forEach(types::addAll);
      return types;
    }
  }

  private WarmUp() {}

  /**
   * Does it, which takes about a second, unless the model is small or one of its kind has been seen
   * in this JVM.
   *
   * @param plan a model that will be loaded
   * @param cacheType type of its keys and values
   * @param kernels products
   * @param eightBit as for the {@link Decoder}
   */
  public static void run(ModelPlan plan, CacheType cacheType, Kernels kernels, boolean eightBit) {
    if (plan.weightBytes() >= LARGE) {
      Kind kind = kind(plan, cacheType, eightBit);
      if (DONE.add(kind)) {
        compile(kind, kernels);
      }
    }
  }

  static Kind kind(ModelPlan plan, CacheType cacheType, boolean eightBit) {
    ModelConfig config = plan.config();
    TensorType embedding = plan.embedding().tensor().type();
    TensorType output = plan.output().map(m -> m.tensor().type()).orElse(embedding);
    Set<List<TensorType>> blocks = new LinkedHashSet<>();
    for (ModelPlan.Block block : plan.blocks()) {
      blocks.add(block.matrices().stream().map(m -> m.tensor().type()).toList());
    }
    int group = config.heads() / config.kvHeads();
    return new Kind(
        List.of(embedding, output),
        blocks,
        config.rope(),
        config.headDim(),
        group,
        cacheType,
        eightBit);
  }

  /** False when the kernels were still slow after a while. */
  static boolean compile(Kind kind, Kernels kernels) {
    long start = System.nanoTime();
    if (!kernels.warmUp(kind.types(), kind.eightBit, LIMIT)) {
      LOG.warn(
          "after {} s the {} kernels are still slow: the machine is very busy, or this JVM does not"
              + " compile the Vector API, and then it is faster without --add-modules"
              + " jdk.incubator.vector",
          LIMIT.toSeconds(),
          kernels.description());
      return false;
    }
    long middle = System.nanoTime();
    evaluate(kind, kernels);
    LOG.debug(
        "compiled kernels in {} ms, the graph in {} ms",
        millis(start, middle),
        millis(middle, System.nanoTime()));
    return true;
  }

  private static long millis(long from, long to) {
    return (to - from) / 1_000_000;
  }

  private static void evaluate(Kind kind, Kernels kernels) {
    try (Arena arena = Arena.ofConfined();
        WorkerTeam alone = new WorkerTeam("nomoat-warm-up", 1)) {
      ModelConfig config = config(kind);
      Decoder decoder =
          new Decoder(config, weights(kind, config, arena), alone, kernels, kind.eightBit);
      CacheShape shape =
          new CacheShape(config.layers(), config.kvHeads(), config.headDim(), kind.cacheType);
      SequenceCache sequence = new SequenceCache(new PagePool(shape, arena));
      sequence.reserve(PROMPT + 1);
      Batch batch = new Batch();
      for (int round = 0; round < ROUNDS; round++) {
        batch.clear();
        for (int i = 0; i < PROMPT; i++) {
          batch.add(sequence, i, i, i == PROMPT - 1);
        }
        decoder.evaluate(batch);
        batch.clear();
        batch.add(sequence, PROMPT, 0, true);
        decoder.evaluate(batch);
      }
    }
  }

  /** A model of one panel's width. */
  private static ModelConfig config(Kind kind) {
    int width = kind.types().stream().mapToInt(TensorType::blockElements).max().orElse(1);
    width = Math.max(width, PackedMatrix.GROUP);
    int kvHeads = 1;
    while (kvHeads * kind.group * kind.headDim % width != 0) {
      kvHeads++;
    }
    return new ModelConfig(
        "warm-up",
        kind.blocks.size(),
        width,
        width,
        kvHeads * kind.group,
        kvHeads,
        kind.headDim,
        PackedMatrix.GROUP,
        PROMPT + 1,
        1e-5f,
        kind.rope);
  }

  private static Weights weights(Kind kind, ModelConfig config, Arena arena) {
    int dim = config.dim();
    float[] ones = new float[dim];
    Arrays.fill(ones, 1f);
    int hidden = config.hiddenDim();
    List<Weights.Block> blocks = new ArrayList<>();
    for (List<TensorType> types : kind.blocks) {
      blocks.add(
          new Weights.Block(
              ones,
              matrix(types.get(0), config.queryDim(), dim, arena),
              matrix(types.get(1), config.kvDim(), dim, arena),
              matrix(types.get(2), config.kvDim(), dim, arena),
              matrix(types.get(3), dim, config.queryDim(), arena),
              ones,
              matrix(types.get(4), hidden, dim, arena),
              matrix(types.get(5), hidden, dim, arena),
              matrix(types.get(6), dim, hidden, arena)));
    }
    return new Weights(
        matrix(kind.head.getFirst(), config.vocab(), dim, arena),
        blocks,
        ones,
        matrix(kind.head.getLast(), config.vocab(), dim, arena),
        new float[0]);
  }

  private static PackedMatrix matrix(TensorType type, int rows, int cols, Arena arena) {
    PackedMatrix w = PackedMatrix.allocate(type, rows, cols, arena);
    for (int group = 0; group < w.groups(); group++) {
      int count = Math.min(PackedMatrix.GROUP, rows - group * PackedMatrix.GROUP);
      MemorySegment bytes = arena.allocate(count * type.rowBytes(cols)).fill(FILLING);
      w.pack(group, new Matrix(type, count, cols, bytes));
    }
    return w;
  }
}
