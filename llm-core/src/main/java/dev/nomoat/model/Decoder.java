package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.math.FloatMath;
import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The graph of a transformer that has decoder blocks only, or encoder blocks only. Evaluates
 * batches one at a time: it owns the buffers of a step, so it belongs to one thread, which the team
 * helps.
 *
 * <p>A step, for each token: embedding; for each block {@code x += mixer(norm(x))} and {@code x +=
 * feedForward(norm(x))}, or both of the same x; a last norm; the output head for the tokens that
 * want logits.
 *
 * <p>In an encoder a token sees what follows it, so all batches of a sequence are taken through one
 * layer before the next: first keys and values of all, then the rest of the block.
 */
public final class Decoder {
  private final ModelConfig config;
  private final Weights<PackedMatrix, float[]> weights;
  private final Step step;
  private final WorkerTeam team;
  private final MixerGraph mixer;
  private final Optional<LayerInputGraph> layerInputs;
  private final Optional<AltUpGraph> altUp;
  private final Optional<LaurelGraph> laurel;
  private final Optional<DenseGraph> dense;
  private final Optional<ExpertGraph> experts;
  private final ProjectionInput head;
  private final float[] position; // [tokens, dim], when positions are learned
  private final boolean causal;
  private float[] logits = {}; // [outputs, padded vocab]
  private int selected; // of the batches of an encoder, that which the step is at

  // what the chunks of the running loop work on; written before a loop starts, read inside
  private Optional<Weights.Norm<float[]>> norm = Optional.empty();
  private Optional<float[]> bias = Optional.empty();
  private float blockScale;

  // made once, because a lambda at each loop would be garbage at each token
  private final WorkerTeam.Chunk embedToken = this::embed;
  private final WorkerTeam.Chunk angles = this::angles;
  private final WorkerTeam.Chunk prepareToken = this::prepare;
  private final WorkerTeam.Chunk addToken = this::add;
  private final WorkerTeam.Chunk scaleToken = this::scale;
  private final WorkerTeam.Chunk outputNormToken = this::outputNorm;
  private final WorkerTeam.Chunk finishRow = this::finish;

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
      ModelConfig config,
      Weights<PackedMatrix, float[]> weights,
      WorkerTeam team,
      Kernels kernels,
      boolean eightBit) {
    this.config = config;
    this.weights = weights;
    this.team = team;
    step = new Step(config, team, kernels, eightBit);
    @Nullable DenseGraph anyDense = null;
    @Nullable ExpertGraph anyExperts = null;
    for (int layer = 0; layer < config.layers().size(); layer++) {
      if (weights.blocks().get(layer).feedForward().isPresent()) {
        switch (weights.blocks().get(layer).feedForward().get()) {
          case FeedForwardWeights.Dense<PackedMatrix, float[]> w ->
              anyDense = anyDense != null ? anyDense : new DenseGraph(step, config.mostHidden(), w);
          case FeedForwardWeights.Experts<PackedMatrix, float[]> w ->
              anyExperts =
                  anyExperts != null
                      ? anyExperts
                      : new ExpertGraph(step, config.layers().get(layer), w);
        }
      }
    }
    mixer = new MixerGraph(step, weights);
    layerInputs =
        weights
            .layerInputs()
            .map(
                inputs ->
                    new LayerInputGraph(
                        step, inputs, weights.blocks().getFirst().layerInput().orElseThrow()));
    Weights.Block<PackedMatrix, float[]> any = weights.blocks().getFirst();
    altUp =
        weights.streams().map(streams -> new AltUpGraph(step, streams, any.altUp().orElseThrow()));
    laurel = any.laurel().map(w -> new LaurelGraph(step, w));
    dense = Optional.ofNullable(anyDense);
    experts = Optional.ofNullable(anyExperts);
    causal = config.causal();
    // the head's input in 16 bits: rounding it to 8 would double the number of tokens that change
    head = new ProjectionInput(eightBit ? 2 : 0);
    position = new float[weights.positions().isPresent() ? Batch.CAPACITY * config.dim() : 0];
  }

  /**
   * Memory that the buffers of a step take, without the logits.
   *
   * @param config what the model is made of
   * @return bytes
   */
  public static long bufferBytes(ModelConfig config) {
    long numbers = 4L * config.dim() + MixerGraph.numbers(config);
    numbers += DenseGraph.numbers(config.mostHidden()) + LayerInputGraph.numbers(config);
    numbers += AltUpGraph.numbers(config) + LaurelGraph.numbers(config);
    for (ModelConfig.Layer layer : config.layers()) {
      if (layer.experts().isPresent()) {
        numbers += ExpertGraph.numbers(config, layer);
        break;
      }
    }
    return 4L * Batch.CAPACITY * numbers;
  }

  /**
   * Evaluates a batch of a decoder: stores keys and values of all its tokens and computes the
   * logits of those that want them.
   *
   * @param batch tokens, at least one; sequences have room for them
   * @return false when the team was told to abort; then the cache of these positions and the logits
   *     are undefined
   * @throws IllegalStateException when the recurrent state of a sequence is not that of the tokens
   *     before its first one here
   */
  public boolean evaluate(Batch batch) {
    return blocks(batch) && (batch.outputCount() == 0 || output(batch.outputCount()));
  }

  /** Takes hidden states. */
  @FunctionalInterface
  public interface HiddenStates {
    /**
     * Takes those of a batch, also of one whose results are not wanted.
     *
     * @param batch the batch
     * @param states behind the last norm, of the tokens whose results are wanted, shape [outputs,
     *     dim]; valid during the call
     */
    void accept(Batch batch, float[] states);
  }

  /**
   * Evaluates whole sequences, which may go on from batch to batch, for their hidden states.
   *
   * @param batches tokens, at least one in each; all of the sequences, when this is an encoder
   * @param states gets the states of one batch after the other
   * @return false when the team was told to abort
   */
  public boolean hidden(List<Batch> batches, HiddenStates states) {
    if (!causal) {
      return encode(batches, states);
    }
    for (Batch batch : batches) {
      if (!blocks(batch) || !states(states)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Gives pooled hidden states their last form.
   *
   * @param vectors at least one, replaced by what the layers behind pooling make of them
   * @return false when the team was told to abort
   */
  public boolean project(float[][] vectors) {
    return new HeadGraph(step).project(weights.dense(), vectors);
  }

  /**
   * Scores pooled hidden states.
   *
   * @param vectors at least one, replaced by the logits of the labels
   * @return false when the team was told to abort
   */
  public boolean classify(float[][] vectors) {
    return new HeadGraph(step).classify(weights.classifier().orElseThrow(), vectors);
  }

  private boolean encode(List<Batch> batches, HiddenStates states) {
    List<float[]> streams = new ArrayList<>();
    boolean alive = true;
    for (int i = 0; alive && i < batches.size(); i++) {
      streams.add(i == 0 ? step.stream : step.newStream());
      begin(batches.get(i), streams.get(i));
      alive = team.run(step.tokens(), embedToken);
    }
    selected = batches.size() - 1;
    for (int layer = 0; alive && layer < config.layers().size(); layer++) {
      step.layer = layer;
      Weights.Block<PackedMatrix, float[]> block = weights.blocks().get(layer);
      for (int i = 0; alive && i < batches.size(); i++) {
        alive = select(i, batches, streams) && store(block);
      }
      for (int i = 0; alive && i < batches.size(); i++) {
        alive = select(i, batches, streams) && block(block);
      }
    }
    for (int i = 0; alive && i < batches.size(); i++) {
      alive = select(i, batches, streams) && states(states);
    }
    step.stream = streams.getFirst();
    return alive;
  }

  /** Goes on with another batch; false when aborted. */
  private boolean select(int index, List<Batch> batches, List<float[]> streams) {
    if (index == selected) {
      return true;
    }
    selected = index;
    begin(batches.get(index), streams.get(index));
    return team.run(step.tokens(), angles);
  }

  private void begin(Batch batch, float[] stream) {
    step.stream = stream;
    step.batch = batch;
    mixer.begin();
  }

  private boolean blocks(Batch batch) {
    for (int run = 0; run < batch.runs(); run++) {
      int first = batch.runFirst(run);
      batch.sequences[first].begin(batch.positions[first]);
    }
    begin(batch, step.stream);
    boolean alive = team.run(batch.size(), embedToken);
    if (alive && layerInputs.isPresent()) {
      alive = layerInputs.get().begin();
    }
    if (alive && altUp.isPresent()) {
      alive = altUp.get().begin();
    }
    for (int layer = 0; alive && layer < config.layers().size(); layer++) {
      step.layer = layer;
      Weights.Block<PackedMatrix, float[]> block = weights.blocks().get(layer);
      alive =
          (altUp.isEmpty() || altUp.get().predict(block.altUp().orElseThrow()))
              && block(block)
              && finish(block);
    }
    if (!alive || (altUp.isPresent() && !altUp.get().end())) {
      return false;
    }
    for (int run = 0; run < batch.runs(); run++) {
      int last = batch.runFirst(run) + batch.runTokens(run) - 1;
      batch.sequences[last].end(batch.positions[last] + 1);
    }
    return true;
  }

  private boolean store(Weights.Block<PackedMatrix, float[]> block) {
    step.input.reset(step.tokens(), config.dim());
    mixer.want(block.mixer());
    norm = block.attentionNorm();
    return team.run(step.tokens(), prepareToken) && mixer.store(block.mixer());
  }

  private boolean block(Weights.Block<PackedMatrix, float[]> block) {
    Optional<FeedForwardWeights<PackedMatrix, float[]>> next = block.feedForward();
    boolean sameInput = config.parallel() && block.feedForwardNorm().isEmpty();
    step.input.reset(step.tokens(), config.dim());
    mixer.want(block.mixer());
    block.laurel().ifPresent(w -> laurel.orElseThrow().want(w));
    if (sameInput) {
      want(next.orElseThrow());
    }
    norm = block.attentionNorm();
    if (!team.run(step.tokens(), prepareToken)
        || (block.laurel().isPresent() && !laurel.orElseThrow().run(block.laurel().get()))
        || !mixer.run(block.mixer())) {
      return false;
    }
    Optional<float[]> mixerBias = block.mixer().output().bias();
    if (next.isEmpty()) {
      return add(mixerBias, block.postAttentionNorm());
    }
    FeedForwardWeights<PackedMatrix, float[]> network = next.get();
    if (config.parallel()) {
      return (sameInput || prepare(block.feedForwardNorm(), network))
          && add(mixerBias, block.postAttentionNorm())
          && run(network)
          && add(bias(network), block.postFeedForwardNorm());
    }
    return add(mixerBias, block.postAttentionNorm())
        && (block.laurel().isEmpty() || laurel.orElseThrow().add())
        && prepare(block.feedForwardNorm(), network)
        && run(network)
        && add(bias(network), block.postFeedForwardNorm());
  }

  /** What follows the feed-forward network, in models that have it. */
  private boolean finish(Weights.Block<PackedMatrix, float[]> block) {
    if (altUp.isPresent() && !altUp.get().correct(block.altUp().orElseThrow())) {
      return false;
    }
    if (block.layerInput().isPresent() && !addInput(block.layerInput().get())) {
      return false;
    }
    if (block.scale().isEmpty()) {
      return true;
    }
    blockScale = block.scale().get()[0];
    return team.run(step.tokens(), scaleToken);
  }

  /** A layer's own input is added to the stream, or where there are several to the others. */
  private boolean addInput(Weights.LayerInput<PackedMatrix, float[]> input) {
    if (!layerInputs.orElseThrow().run(input)) {
      return false;
    }
    return altUp.isPresent()
        ? altUp.get().add(input.norm())
        : add(Optional.empty(), Optional.of(input.norm()));
  }

  private void scale(int token, int worker) {
    int dim = config.dim();
    for (int i = token * dim; i < (token + 1) * dim; i++) {
      step.stream[i] *= blockScale;
    }
  }

  private boolean prepare(
      Optional<Weights.Norm<float[]>> before, FeedForwardWeights<PackedMatrix, float[]> next) {
    step.input.reset(step.tokens(), config.dim());
    want(next);
    norm = before;
    return team.run(step.tokens(), prepareToken);
  }

  private void want(FeedForwardWeights<PackedMatrix, float[]> w) {
    switch (w) {
      case FeedForwardWeights.Dense<PackedMatrix, float[]> d -> dense.orElseThrow().want(d);
      case FeedForwardWeights.Experts<PackedMatrix, float[]> e -> experts.orElseThrow().want(e);
    }
  }

  private boolean run(FeedForwardWeights<PackedMatrix, float[]> w) {
    return switch (w) {
      case FeedForwardWeights.Dense<PackedMatrix, float[]> d -> dense.orElseThrow().run(d);
      case FeedForwardWeights.Experts<PackedMatrix, float[]> e -> experts.orElseThrow().run(e);
    };
  }

  private static Optional<float[]> bias(FeedForwardWeights<PackedMatrix, float[]> w) {
    return switch (w) {
      case FeedForwardWeights.Dense<PackedMatrix, float[]> d -> d.down().bias();
      case FeedForwardWeights.Experts<PackedMatrix, float[]> e ->
          Optional.empty(); // each has its own
    };
  }

  private boolean add(Optional<float[]> bias, Optional<Weights.Norm<float[]>> after) {
    this.bias = bias;
    norm = after;
    return team.run(step.tokens(), addToken);
  }

  private boolean states(HiddenStates states) {
    int outputs = step.batch.outputCount();
    if (outputs > 0) {
      head.reset(outputs, config.dim());
      norm = weights.outputNorm();
      if (!team.run(outputs, outputNormToken)) {
        return false;
      }
    }
    states.accept(step.batch, head.values());
    return true;
  }

  private boolean output(int outputs) {
    PackedMatrix matrix = weights.head();
    int needed = Math.multiplyExact(outputs, matrix.paddedRows());
    if (logits.length < needed) {
      logits = new float[needed];
    }
    head.reset(outputs, config.dim());
    head.want(matrix);
    norm = weights.outputNorm();
    boolean plain =
        config.scales().logits() == 1
            && config.scales().logitSoftCap() == 0
            && weights.outputBias().isEmpty();
    return team.run(outputs, outputNormToken)
        && step.projections.of(head).add(matrix, logits).run()
        && (plain || team.run(outputs, finishRow));
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
    return weights.head().paddedRows();
  }

  private void embed(int token, int worker) {
    int dim = config.dim();
    float[] stream = step.stream;
    int at = token * dim;
    weights.embedding().readRow(step.batch.ids[token], stream, at, step.workspaces[worker]);
    float scale = config.scales().embedding();
    for (int i = at; i < at + dim; i++) {
      stream[i] *= scale;
    }
    if (weights.positions().isPresent()) {
      int row = step.batch.positions[token];
      weights.positions().get().readRow(row, position, at, step.workspaces[worker]);
      for (int i = at; i < at + dim; i++) {
        stream[i] += position[i];
      }
    }
    if (weights.tokenType().isPresent()) {
      float[] type = weights.tokenType().get();
      for (int i = 0; i < dim; i++) {
        stream[at + i] += type[i];
      }
    }
    if (weights.embeddingNorm().isPresent()) {
      step.norm(weights.embeddingNorm().get(), stream, at, stream, at, worker);
    }
    mixer.begin(token);
  }

  private void angles(int token, int worker) {
    mixer.begin(token);
  }

  /** From the stream to what the next part reads. */
  private void prepare(int token, int worker) {
    normalize(token, step.input, token, worker);
  }

  private void outputNorm(int row, int worker) {
    normalize(step.batch.outputs[row], head, row, worker);
  }

  private void normalize(int token, ProjectionInput target, int row, int worker) {
    int dim = config.dim();
    if (norm.isPresent()) {
      step.norm(norm.get(), step.stream, token * dim, target.values(), row * dim, worker);
    } else {
      System.arraycopy(step.stream, token * dim, target.values(), row * dim, dim);
    }
    target.finish(row);
  }

  /** From what a part adds to the stream. */
  private void add(int token, int worker) {
    int dim = config.dim();
    float[] mixed = step.mixed;
    int from = token * padded(dim);
    int to = token * dim;
    Step.addBias(bias, mixed, from);
    boolean ofSum = config.has(ModelConfig.Part.SUM_NORM);
    if (norm.isPresent() && !ofSum) {
      step.norm(norm.get(), mixed, from, mixed, from, worker);
    }
    float scale = config.scales().residual();
    for (int i = 0; i < dim; i++) {
      step.stream[to + i] += scale * mixed[from + i];
    }
    if (norm.isPresent() && ofSum) {
      step.norm(norm.get(), step.stream, to, step.stream, to, worker);
    }
  }

  private void finish(int row, int worker) {
    int from = row * weights.head().paddedRows();
    Step.addBias(weights.outputBias(), logits, from);
    float scale = config.scales().logits();
    float cap = config.scales().logitSoftCap();
    for (int i = from; i < from + config.vocab(); i++) {
      float v = scale * logits[i];
      logits[i] = cap == 0 ? v : cap * FloatMath.tanh(v / cap);
    }
  }
}
