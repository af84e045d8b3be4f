package dev.nomoat.model;

import dev.nomoat.cache.SequenceCache;
import dev.nomoat.math.Attention;
import dev.nomoat.math.FloatMath;
import dev.nomoat.math.Norms;
import dev.nomoat.math.Reduction;
import dev.nomoat.math.RotaryEmbedding;
import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.Workspace;
import dev.nomoat.schedule.WorkerTeam;

/**
 * The graph of a decoder-only transformer. Evaluates batches one at a time: it owns the buffers of
 * a step, so it belongs to one thread, which the team helps.
 *
 * <p>A step, for each token: embedding; for each block {@code x += Wo · attention(norm(x))} and
 * {@code x += Wdown · (silu(Wgate · norm(x)) ∘ Wup · norm(x))}; a last norm; the output head for
 * the tokens that want logits.
 */
public final class Decoder {
  private final ModelConfig config;
  private final Weights weights;
  private final WorkerTeam team;
  private final RotaryEmbedding rope;
  private final Scratch[] scratch;
  private final Projections projections;

  // what the chunks of the running loop work on; written before a loop starts, read inside
  private Batch batch = new Batch();
  private int layer;
  private int attentionRuns;

  private final float[] stream; // [tokens, dim]
  private final float[] cos; // [tokens, pairs]
  private final float[] sin;
  private final float[] query; // [tokens, padded heads · headDim]
  private final float[] key; // [tokens, padded kvHeads · headDim]
  private final float[] value;
  private final float[] mixed; // [tokens, padded dim]
  private final float[] gate; // [tokens, padded hiddenDim]
  private final float[] up;
  private float[] logits = {}; // [outputs, padded vocab]
  private final int[] runFirst = new int[Batch.CAPACITY];
  private final int[] runTokens = new int[Batch.CAPACITY];
  private final ProjectionInput input;
  private final ProjectionInput hidden;
  private final ProjectionInput head;

  // made once, because a lambda at each loop would be garbage at each token
  private final WorkerTeam.Chunk embedToken = this::embed;
  private final WorkerTeam.Chunk attentionNormToken = this::attentionNorm;
  private final WorkerTeam.Chunk storeToken = this::turnAndStore;
  private final WorkerTeam.Chunk attendRun = this::attend;
  private final WorkerTeam.Chunk prepareAttendedToken = this::prepareAttended;
  private final WorkerTeam.Chunk feedForwardNormToken = this::feedForwardNorm;
  private final WorkerTeam.Chunk activateToken = this::activate;
  private final WorkerTeam.Chunk addMixedToken = this::addMixed;
  private final WorkerTeam.Chunk outputNormToken = this::outputNorm;

  private static final class Scratch {
    final Workspace workspace = new Workspace();
    final float[] partial = new float[Reduction.LANES];
    final Attention attention;

    Scratch(ModelConfig config, Kernels kernels) {
      int group = config.heads() / config.kvHeads();
      float scale = (float) (1 / Math.sqrt(config.headDim()));
      attention = new Attention(config.headDim(), group, scale, kernels);
    }
  }

  /**
   * Makes the graph and its buffers.
   *
   * @param config what the model is made of
   * @param weights its weights; borrowed
   * @param team who computes; borrowed
   * @param kernels products
   * @param eightBit whether weights that allow it are multiplied with 8-bit activations
   */
  public Decoder(
      ModelConfig config, Weights weights, WorkerTeam team, Kernels kernels, boolean eightBit) {
    this.config = config;
    this.weights = weights;
    this.team = team;
    ModelConfig.Rope r = config.rope();
    this.rope =
        new RotaryEmbedding(r.pairing(), r.dim(), r.base(), r.scale(), weights.ropeFactors());
    this.scratch = new Scratch[team.threads()];
    Workspace[] workspaces = new Workspace[team.threads()];
    for (int i = 0; i < scratch.length; i++) {
      scratch[i] = new Scratch(config, kernels);
      workspaces[i] = scratch[i].workspace;
    }
    input = new ProjectionInput(eightBit ? 1 : 0);
    hidden = new ProjectionInput(eightBit ? 1 : 0);
    // the head's input in 16 bits: rounding it to 8 would double the number of tokens that change
    head = new ProjectionInput(eightBit ? 2 : 0);
    projections = new Projections(team, kernels, workspaces, input);
    int tokens = Batch.CAPACITY;
    stream = new float[tokens * config.dim()];
    cos = new float[tokens * rope.pairs()];
    sin = new float[tokens * rope.pairs()];
    query = new float[tokens * padded(config.queryDim())];
    key = new float[tokens * padded(config.kvDim())];
    value = new float[tokens * padded(config.kvDim())];
    mixed = new float[tokens * padded(config.dim())];
    gate = new float[tokens * padded(config.hiddenDim())];
    up = new float[tokens * padded(config.hiddenDim())];
  }

  private static int padded(int rows) {
    return Math.ceilDiv(rows, PackedMatrix.GROUP) * PackedMatrix.GROUP;
  }

  /**
   * Memory that the buffers of a step take, without the logits.
   *
   * @param config what the model is made of
   * @return bytes
   */
  public static long bufferBytes(ModelConfig config) {
    long numbers =
        4L * config.dim() + 2L * config.queryDim() + 3L * config.kvDim() + 6L * config.hiddenDim();
    return 4L * Batch.CAPACITY * numbers;
  }

  /**
   * Evaluates a batch: stores keys and values of all its tokens and computes the logits of those
   * that want them.
   *
   * @param batch tokens, at least one; sequences have room for them
   * @return false when the team was told to abort; then the cache of these positions and the logits
   *     are undefined
   */
  public boolean evaluate(Batch batch) {
    this.batch = batch;
    int tokens = batch.size();
    findRuns();
    boolean alive = team.run(tokens, embedToken);
    for (layer = 0; alive && layer < config.layers(); layer++) {
      alive =
          attention(weights.blocks().get(layer), tokens)
              && feedForward(weights.blocks().get(layer), tokens);
    }
    return alive && (batch.outputCount() == 0 || output(batch.outputCount()));
  }

  private boolean attention(Weights.Block block, int tokens) {
    input.reset(tokens, config.dim());
    input.want(block.query());
    input.want(block.key());
    input.want(block.value());
    return team.run(tokens, attentionNormToken)
        && projections
            .of(input)
            .add(block.query(), query)
            .add(block.key(), key)
            .add(block.value(), value)
            .run()
        && team.run(tokens, storeToken)
        && attend(tokens, block.attentionOutput())
        && projections.of(input).add(block.attentionOutput(), mixed).run()
        && team.run(tokens, addMixedToken);
  }

  private boolean attend(int tokens, PackedMatrix next) {
    input.reset(tokens, config.queryDim());
    input.want(next);
    return team.run(attentionRuns * config.kvHeads(), attendRun)
        && team.run(tokens, prepareAttendedToken);
  }

  private boolean feedForward(Weights.Block block, int tokens) {
    input.reset(tokens, config.dim());
    input.want(block.gate());
    input.want(block.up());
    hidden.reset(tokens, config.hiddenDim());
    hidden.want(block.down());
    return team.run(tokens, feedForwardNormToken)
        && projections.of(input).add(block.gate(), gate).add(block.up(), up).run()
        && team.run(tokens, activateToken)
        && projections.of(hidden).add(block.down(), mixed).run()
        && team.run(tokens, addMixedToken);
  }

  private boolean output(int outputs) {
    int needed = Math.multiplyExact(outputs, weights.output().paddedRows());
    if (logits.length < needed) {
      logits = new float[needed];
    }
    head.reset(outputs, config.dim());
    head.want(weights.output());
    return team.run(outputs, outputNormToken)
        && projections.of(head).add(weights.output(), logits).run();
  }

  /**
   * The logits of the last evaluation, row-major with {@link #logitsStride()} numbers a row; of a
   * row the first {@code vocab} count. Valid until the next evaluation.
   *
   * @return the array
   */
  public float[] logits() {
    return logits;
  }

  /**
   * From one row of the logits to the next.
   *
   * @return numbers
   */
  public int logitsStride() {
    return weights.output().paddedRows();
  }

  /**
   * Cuts the batch into runs of consecutive tokens of one sequence that share passes over its
   * cache.
   */
  private void findRuns() {
    attentionRuns = 0;
    int t = 0;
    while (t < batch.size()) {
      SequenceCache sequence = batch.sequences[t];
      int end = t + 1;
      while (end < batch.size() && end - t < Attention.TOKENS && batch.sequences[end] == sequence) {
        end++;
      }
      runFirst[attentionRuns] = t;
      runTokens[attentionRuns++] = end - t;
      t = end;
    }
  }

  private void embed(int token, int worker) {
    weights
        .embedding()
        .readRow(batch.ids[token], stream, token * config.dim(), scratch[worker].workspace);
    rope.angles(batch.positions[token], cos, sin, token * rope.pairs());
  }

  private void attentionNorm(int token, int worker) {
    norm(token, input, token, weights.blocks().get(layer).attentionNorm(), worker);
  }

  private void feedForwardNorm(int token, int worker) {
    norm(token, input, token, weights.blocks().get(layer).feedForwardNorm(), worker);
  }

  private void outputNorm(int row, int worker) {
    norm(batch.outputs[row], head, row, weights.outputNorm(), worker);
  }

  private void norm(int token, ProjectionInput target, int row, float[] gain, int worker) {
    int dim = config.dim();
    Norms.rms(
        stream,
        token * dim,
        gain,
        config.normEpsilon(),
        target.values(),
        row * dim,
        scratch[worker].partial);
    target.finish(row);
  }

  private void turnAndStore(int token, int worker) {
    int headDim = config.headDim();
    int queries = token * padded(config.queryDim());
    int keys = token * padded(config.kvDim());
    int angles = token * rope.pairs();
    for (int head = 0; head < config.heads(); head++) {
      rope.turn(query, queries + head * headDim, cos, sin, angles);
    }
    for (int head = 0; head < config.kvHeads(); head++) {
      int at = keys + head * headDim;
      rope.turn(key, at, cos, sin, angles);
      batch.sequences[token].store(layer, head, batch.positions[token], key, at, value, at);
    }
  }

  private void attend(int item, int worker) {
    int first = runFirst[item / config.kvHeads()];
    int stride = padded(config.queryDim());
    scratch[worker].attention.attend(
        batch.sequences[first],
        layer,
        item % config.kvHeads(),
        batch.positions[first],
        runTokens[item / config.kvHeads()],
        query,
        first * stride,
        stride,
        input.values(),
        first * config.queryDim(),
        config.queryDim());
  }

  private void prepareAttended(int token, int worker) {
    input.finish(token);
  }

  private void activate(int token, int worker) {
    int from = token * padded(config.hiddenDim());
    int to = token * config.hiddenDim();
    float[] out = hidden.values();
    for (int i = 0; i < config.hiddenDim(); i++) {
      out[to + i] = FloatMath.silu(gate[from + i]) * up[from + i];
    }
    hidden.finish(token);
  }

  private void addMixed(int token, int worker) {
    int from = token * padded(config.dim());
    int to = token * config.dim();
    for (int i = 0; i < config.dim(); i++) {
      stream[to + i] += mixed[from + i];
    }
  }
}
