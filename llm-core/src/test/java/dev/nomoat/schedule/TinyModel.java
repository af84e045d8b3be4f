package dev.nomoat.schedule;

import dev.nomoat.CacheType;
import dev.nomoat.Pooling;
import dev.nomoat.cache.CountingArena;
import dev.nomoat.cache.PagePool;
import dev.nomoat.cache.SequenceCache;
import dev.nomoat.cache.StateShape;
import dev.nomoat.math.AttentionSpan;
import dev.nomoat.math.RotaryEmbedding;
import dev.nomoat.model.Activation;
import dev.nomoat.model.Decoder;
import dev.nomoat.model.FeedForwardWeights;
import dev.nomoat.model.Mixer;
import dev.nomoat.model.MixerWeights;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.Weights;
import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.Matrix;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;

/** A decoder with random weights, its team and its scheduler. */
final class TinyModel implements AutoCloseable {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int VOCAB = 97;
  private static final int ENDLESS = Integer.MAX_VALUE;
  private static final ModelConfig SMALL = config(VOCAB, 2, 64, 96, 4, 2);

  final ModelConfig config;
  final PagePool pool;
  final Scheduler scheduler;
  private final Arena arena = Arena.ofShared();
  private final Random random = new Random(1);

  private TinyModel(
      String name,
      int threads,
      ModelConfig config,
      Optional<ModelConfig> draft,
      int common,
      int pages,
      int queue,
      int pieces) {
    this.config = config;
    Arena scant = new CountingArena(arena, pieces);
    pool = new PagePool(config.cacheShape(CacheType.F16), StateShape.NONE, scant, pages, 0);
    WorkerTeam team = new WorkerTeam(name, threads);
    Decoder decoder = decoder(config, team);
    Optional<DraftModel> drafted =
        draft.map(
            small ->
                new DraftModel(
                    decoder(small, team), pool(small, pages), config.contextLength(), common));
    scheduler = new Scheduler(name, decoder, drafted, team, pool, queue);
  }

  private PagePool pool(ModelConfig of, int pages) {
    return new PagePool(of.cacheShape(CacheType.F16), StateShape.NONE, arena, pages, 0);
  }

  private Decoder decoder(ModelConfig of, WorkerTeam team) {
    return new Decoder(of, weights(of), team, Kernels.scalar(), true);
  }

  /** A model that evaluates a token in less than a millisecond. */
  static TinyModel small(String name, int threads) {
    return small(name, threads, Integer.MAX_VALUE, Integer.MAX_VALUE);
  }

  /** The same, with a limit on pages and on tasks that wait. */
  static TinyModel small(String name, int threads, int pages, int queue) {
    return new TinyModel(name, threads, SMALL, Optional.empty(), 0, pages, queue, ENDLESS);
  }

  /** The same, on a system that has memory for so many pages only. */
  static TinyModel scant(String name, int pages) {
    return new TinyModel(name, 1, SMALL, Optional.empty(), 0, ENDLESS, ENDLESS, pages);
  }

  /**
   * The same, with a draft model.
   *
   * @param tokensOfDraft how many token ids it has, the first ones
   * @param common how many it is said to have in common with the large one
   */
  static TinyModel drafted(String name, int threads, int tokensOfDraft, int common) {
    ModelConfig draft = config(tokensOfDraft, 1, 64, 96, 4, 2);
    return new TinyModel(
        name, threads, SMALL, Optional.of(draft), common, ENDLESS, ENDLESS, ENDLESS);
  }

  /** A model that takes a second or so for a full batch. */
  static TinyModel slow(String name, int threads) {
    return new TinyModel(
        name,
        threads,
        config(VOCAB, 12, 256, 512, 8, 1),
        Optional.empty(),
        0,
        ENDLESS,
        ENDLESS,
        ENDLESS);
  }

  private static ModelConfig config(
      int vocab, int layers, int dim, int hiddenDim, int heads, int kvHeads) {
    int headDim = dim / heads;
    ModelConfig.Rope rope =
        new ModelConfig.Rope(
            RotaryEmbedding.Pairing.INTERLEAVED,
            headDim,
            10000,
            1,
            Optional.empty(),
            1,
            ModelConfig.Rope.Divisors.NONE);
    Mixer.Attention attention =
        new Mixer.Attention(heads, kvHeads, headDim, headDim, AttentionSpan.ALL, 0);
    ModelConfig.Layer layer =
        new ModelConfig.Layer(hiddenDim, Optional.empty(), attention, 0, Optional.empty());
    return new ModelConfig(
        "test",
        vocab,
        1 << 14,
        dim,
        new ModelConfig.Norm(ModelConfig.Norm.Kind.RMS, 1e-5f),
        ModelConfig.QueryKeyNorm.NONE,
        false,
        Activation.SILU,
        true,
        new ModelConfig.Scales(1, (float) (1 / Math.sqrt(headDim)), 1, 1, 0, 0, 0),
        List.of(rope),
        Collections.nCopies(layers, layer),
        ModelConfig.Streams.ONE,
        Set.of(ModelConfig.Part.PRE_NORM, ModelConfig.Part.OUTPUT_NORM),
        1,
        new ModelConfig.Head(Pooling.LAST, List.of(), Optional.empty()));
  }

  /** All blocks are the same one. */
  private Weights<PackedMatrix, float[]> weights(ModelConfig config) {
    float[] ones = new float[config.dim()];
    Arrays.fill(ones, 1);
    Weights.Norm<float[]> norm = new Weights.Norm<>(ones, Optional.empty());
    PackedMatrix embedding = matrix(config.vocab(), config.dim());
    Mixer.Attention shape = config.attention().findFirst().orElseThrow();
    MixerWeights.Attention<PackedMatrix, float[]> attention =
        new MixerWeights.Attention<>(
            linear(shape.queriesDim(), config.dim()),
            Optional.of(linear(shape.keysDim(), config.dim())),
            Optional.of(linear(shape.valuesDim(), config.dim())),
            linear(config.dim(), shape.outputDim()),
            List.of(),
            List.of(),
            Optional.empty());
    FeedForwardWeights.Dense<PackedMatrix, float[]> feedForward =
        new FeedForwardWeights.Dense<>(
            Optional.of(linear(config.mostHidden(), config.dim())),
            linear(config.mostHidden(), config.dim()),
            linear(config.dim(), config.mostHidden()));
    Weights.Block<PackedMatrix, float[]> block =
        new Weights.Block<>(
            Optional.of(norm),
            attention,
            Optional.empty(),
            Optional.of(norm),
            Optional.of(feedForward),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    return new Weights<>(
        embedding,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Collections.nCopies(config.layers().size(), block),
        Optional.of(norm),
        Optional.of(matrix(config.vocab(), config.dim())),
        Optional.empty(),
        List.of(Optional.empty()),
        List.of(),
        Optional.empty());
  }

  private Weights.Linear<PackedMatrix, float[]> linear(int rows, int cols) {
    return new Weights.Linear<>(matrix(rows, cols), Optional.empty());
  }

  private PackedMatrix matrix(int rows, int cols) {
    PackedMatrix matrix = PackedMatrix.allocate(TensorType.F32, rows, cols, arena);
    for (int group = 0; group < matrix.groups(); group++) {
      int count = Math.min(PackedMatrix.GROUP, rows - group * PackedMatrix.GROUP);
      MemorySegment data = MemorySegment.ofArray(new byte[4 * count * cols]);
      for (int i = 0; i < count * cols; i++) {
        data.setAtIndex(FLOAT, i, (random.nextFloat() - 0.5f) * 0.3f);
      }
      matrix.pack(group, new Matrix(TensorType.F32, count, cols, data));
    }
    return matrix;
  }

  /** Token ids. */
  int[] prompt(int length, long seed) {
    return new Random(seed).ints(length, 0, config.vocab()).toArray();
  }

  SequenceCache cache() {
    return new SequenceCache(pool);
  }

  /** Pages in use, as the scheduler's thread sees it. */
  int usedPages() throws InterruptedException, ExecutionException {
    return scheduler.evaluate(0, 0, decoder -> pool.used()).get();
  }

  @Override
  public void close() {
    scheduler.close();
    arena.close();
  }
}
