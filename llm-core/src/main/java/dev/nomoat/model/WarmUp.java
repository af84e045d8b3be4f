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
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
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

  /**
   * What the code to be compiled depends on.
   *
   * @param config a configuration of the same graph with few layers, of which no two are alike
   * @param tensors types of its tensors, by name
   * @param types types of its matrices
   */
  record Kind(
      ModelConfig config,
      Map<String, TensorType> tensors,
      Set<TensorType> types,
      CacheType cacheType,
      boolean eightBit) {}

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
        compile(kind, kernels, LIMIT);
      }
    }
  }

  static Kind kind(ModelPlan plan, CacheType cacheType, boolean eightBit) {
    ModelConfig config = plan.config();
    Map<String, TensorType> tensors = new TreeMap<>();
    Map<List<Object>, Integer> seen = new LinkedHashMap<>();
    int[] indexOf = new int[config.layers().size()]; // of a layer like it, among those kept
    List<List<Object>> kept = new ArrayList<>();
    for (int layer = 0; layer < config.layers().size(); layer++) {
      Map<String, TensorType> ofLayer = plan.types("blk." + layer + ".");
      int index = seen.size();
      List<Object> like = List.of(config.layers().get(layer), ofLayer);
      if (seen.putIfAbsent(like, layer) == null) {
        kept.add(like);
        ofLayer.forEach((name, type) -> tensors.put("blk." + index + "." + name, type));
      }
      indexOf[layer] = kept.indexOf(like);
    }
    tensors.putAll(plan.types(""));
    List<ModelConfig.Layer> layers = seen.values().stream().map(config.layers()::get).toList();
    Set<TensorType> types = EnumSet.noneOf(TensorType.class);
    plan.matrices().forEach(m -> types.add(m.tensor().type()));
    return new Kind(tiny(config, layers, types, indexOf), tensors, types, cacheType, eightBit);
  }

  /** The same graph, one panel wide. */
  private static ModelConfig tiny(
      ModelConfig config,
      List<ModelConfig.Layer> layers,
      Collection<TensorType> types,
      int[] indexOf) {
    int widest = types.stream().mapToInt(TensorType::blockElements).max().orElse(1);
    int width = Math.max(widest, PackedMatrix.GROUP);
    return new ModelConfig(
        config.architecture(),
        PackedMatrix.GROUP,
        PROMPT + 1,
        width,
        config.norm(),
        config.queryKeyNorm(),
        config.parallel(),
        config.activation(),
        config.gated(),
        config.scales(),
        config.ropes(),
        layers.stream().map(layer -> tiny(layer, width, indexOf)).toList(),
        new ModelConfig.Streams(
            config.streams().count(), config.streams().laurelRank() == 0 ? 0 : width),
        config.tensors(),
        config.tokenTypes(),
        config.head());
  }

  private static ModelConfig.Layer tiny(ModelConfig.Layer layer, int width, int[] indexOf) {
    return new ModelConfig.Layer(
        layer.hiddenDim() == 0 ? 0 : width,
        layer.experts().map(e -> tiny(e, width)),
        tiny(layer.mixer(), width, indexOf),
        layer.inputDim() == 0 ? 0 : width,
        layer.gateCutoff());
  }

  private static Mixer tiny(Mixer mixer, int width, int[] indexOf) {
    return switch (mixer) {
      case Mixer.Attention a -> tiny(a, width, indexOf);
      case Recurrent.StateSpace s -> {
        int heads = 1;
        while (heads * s.headDim() % width != 0) {
          heads++;
        }
        yield new Recurrent.StateSpace(heads, s.headDim(), 1, s.stateDim(), s.length());
      }
      case LatentAttention a ->
          new LatentAttention(
              1,
              a.queryRank() == 0 ? 0 : width,
              width,
              width,
              a.turnedDim(),
              width,
              a.rope(),
              a.temperature());
      case Recurrent.DeltaNet d -> {
        int heads = d.valueHeads() / d.keyHeads();
        int keyHeads = 1;
        while (keyHeads * heads * d.valueDim() % width != 0) {
          keyHeads++;
        }
        yield new Recurrent.DeltaNet(
            keyHeads, keyHeads * heads, d.keyDim(), d.valueDim(), d.length(), d.order());
      }
      case Recurrent.ShortConvolution c -> new Recurrent.ShortConvolution(width, c.length());
    };
  }

  private static Mixer.Attention tiny(Mixer.Attention a, int width, int[] indexOf) {
    int kvHeads = 1;
    while (kvHeads * a.group() * a.valueDim() % width != 0) {
      kvHeads++;
    }
    return new Mixer.Attention(
        kvHeads * a.group(),
        kvHeads,
        a.keyDim(),
        a.valueDim(),
        a.span(),
        a.rope(),
        a.temperature(),
        a.values(),
        a.sharesKeys() ? indexOf[a.keysOf()] : Mixer.Attention.OWN);
  }

  private static ModelConfig.Experts tiny(ModelConfig.Experts e, int width) {
    int shared = e.sharedDim() == 0 ? 0 : width;
    return new ModelConfig.Experts(
        2, 1, shared, e.gating(), e.normalized(), e.scale(), e.ofInput(), 1, 1);
  }

  /** False when the kernels were still slow after a while: then nothing is evaluated. */
  static boolean compile(Kind kind, Kernels kernels, Duration limit) {
    long start = System.nanoTime();
    if (!kernels.warmUp(kind.types, kind.eightBit, limit)) {
      LOG.warn(
          "after {} s the {} kernels are still slow: the machine is very busy, or this JVM does not"
              + " compile the Vector API, and then it is faster without --add-modules"
              + " jdk.incubator.vector",
          limit.toSeconds(),
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

  /** Evaluates the tiny model. */
  static void evaluate(Kind kind, Kernels kernels) {
    try (Arena arena = Arena.ofConfined();
        WorkerTeam alone = new WorkerTeam("nomoat-warm-up", 1)) {
      ModelConfig config = kind.config;
      Weights<PackedMatrix, float[]> weights =
          Blueprint.assemble(config, new Filling(kind.tensors, arena));
      Decoder decoder = new Decoder(config, weights, alone, kernels, kind.eightBit);
      SequenceCache sequence =
          new SequenceCache(
              new PagePool(config.cacheShape(kind.cacheType), config.stateShape(), arena));
      sequence.require(PROMPT + 1);
      Batch batch = new Batch();
      for (int round = 0; round < ROUNDS; round++) {
        batch.clear();
        for (int i = 0; i < PROMPT; i++) {
          batch.add(sequence, i, i, i == PROMPT - 1, PROMPT);
        }
        if (!config.causal()) {
          decoder.hidden(List.of(batch), (evaluated, states) -> {});
          continue;
        }
        decoder.evaluate(batch);
        batch.clear();
        batch.add(sequence, PROMPT, 0, true);
        decoder.evaluate(batch);
        readPages(sequence, kernels);
      }
    }
  }

  /** Reads whole pages of keys and values, of which the few tokens fill but a part. */
  private static void readPages(SequenceCache sequence, Kernels kernels) {
    List<CacheShape.Layer> layers = sequence.shape().layers();
    for (int layer = 0; layer < layers.size(); layer++) {
      CacheShape.Layer of = layers.get(layer);
      if (of.kvHeads() > 0) {
        int longest = Math.max(of.keyDim(), of.valueDim());
        int chunks = Math.ceilDiv(longest, CacheShape.CHUNK);
        float[] target = new float[chunks * CacheShape.CHUNK * CacheShape.PAGE];
        sequence.readKeys(layer, 0, 0, kernels, target);
        if (!of.valuesInKeys()) {
          sequence.readValues(layer, 0, 0, CacheShape.PAGE, kernels, target);
        }
      }
    }
  }

  /** Tensors of any shape, all numbers the same. */
  private record Filling(Map<String, TensorType> types, Arena arena)
      implements TensorLookup<PackedMatrix, float[]> {
    @Override
    public boolean has(String name) {
      return types.containsKey(name);
    }

    @Override
    public PackedMatrix matrix(String name, List<Long> shape, long firstRow, int rows) {
      TensorType type = Objects.requireNonNull(types.get(name));
      int cols = Math.toIntExact(shape.getLast());
      PackedMatrix w = PackedMatrix.allocate(type, rows, cols, arena);
      for (int group = 0; group < w.groups(); group++) {
        int count = Math.min(PackedMatrix.GROUP, rows - group * PackedMatrix.GROUP);
        MemorySegment bytes = arena.allocate(count * type.rowBytes(cols)).fill(FILLING);
        w.pack(group, new Matrix(type, count, cols, bytes));
      }
      return w;
    }

    @Override
    public float[] vector(String name, List<Long> shape, int first, int length) {
      float[] ones = new float[length];
      Arrays.fill(ones, 1f);
      return ones;
    }
  }
}
