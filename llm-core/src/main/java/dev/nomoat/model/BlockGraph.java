package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.util.Optional;

/**
 * One block: {@code x += mixer(norm(x))} and {@code x += feedForward(norm(x))}, or both of the same
 * x, with the norms that the family has.
 */
final class BlockGraph {
  private final Step step;
  private final MixerGraph mixer;
  private final Optional<LaurelGraph> laurel;
  private final FeedForwardGraph feedForward;

  // what the chunks of the running loop work on; written before a loop starts, read inside
  private Optional<Weights.Norm<float[]>> norm = Optional.empty();
  private Optional<float[]> bias = Optional.empty();

  // made once, because a lambda at each loop would be garbage at each token
  private final WorkerTeam.Chunk prepareToken = this::prepare;
  private final WorkerTeam.Chunk addToken = this::add;

  /**
   * Makes the buffers that the blocks share.
   *
   * @param step where the stream is
   * @param weights the model's
   */
  BlockGraph(Step step, Weights<PackedMatrix, float[]> weights) {
    this.step = step;
    feedForward = new FeedForwardGraph(step, weights);
    mixer = new MixerGraph(step, weights);
    laurel = weights.blocks().getFirst().laurel().map(w -> new LaurelGraph(step, w));
  }

  /** Prepares for a batch. */
  void begin() {
    mixer.begin();
  }

  /** Prepares for a token of the batch. */
  void begin(int token) {
    mixer.begin(token);
  }

  /** Stores a block's keys and values, and does no more; false when aborted. */
  boolean store(Weights.Block<PackedMatrix, float[]> block) {
    step.input.reset(step.tokens(), step.config.dim());
    mixer.want(block.mixer());
    return prepare(block.attentionNorm()) && mixer.store(block.mixer());
  }

  /** Takes the stream through a block; false when aborted. */
  boolean run(Weights.Block<PackedMatrix, float[]> block) {
    Optional<FeedForwardWeights<PackedMatrix, float[]>> next = block.feedForward();
    boolean parallel = step.config.parallel();
    boolean sameInput = parallel && block.feedForwardNorm().isEmpty();
    step.input.reset(step.tokens(), step.config.dim());
    mixer.want(block.mixer());
    if (block.laurel().isPresent()) {
      laurel.orElseThrow().want(block.laurel().get());
    }
    if (sameInput) {
      feedForward.want(next.orElseThrow());
    }
    if (!prepare(block.attentionNorm())
        || (block.laurel().isPresent() && !laurel.orElseThrow().run(block.laurel().get()))
        || !mixer.run(block.mixer())) {
      return false;
    }
    Optional<float[]> mixerBias = block.mixer().output().bias();
    if (next.isEmpty()) {
      return add(mixerBias, block.postAttentionNorm());
    }
    FeedForwardWeights<PackedMatrix, float[]> network = next.get();
    if (parallel) {
      return (sameInput || prepare(block.feedForwardNorm(), network))
          && add(mixerBias, block.postAttentionNorm())
          && feedForward.run(network)
          && add(FeedForwardGraph.bias(network), block.postFeedForwardNorm());
    }
    return add(mixerBias, block.postAttentionNorm())
        && (block.laurel().isEmpty() || laurel.orElseThrow().add())
        && prepare(block.feedForwardNorm(), network)
        && feedForward.run(network)
        && add(FeedForwardGraph.bias(network), block.postFeedForwardNorm());
  }

  private boolean prepare(
      Optional<Weights.Norm<float[]>> before, FeedForwardWeights<PackedMatrix, float[]> next) {
    step.input.reset(step.tokens(), step.config.dim());
    feedForward.want(next);
    return prepare(before);
  }

  private boolean prepare(Optional<Weights.Norm<float[]>> before) {
    norm = before;
    return step.team.run(step.tokens(), prepareToken);
  }

  /** Adds to the stream what a part has left in the step; false when aborted. */
  boolean add(Optional<float[]> bias, Optional<Weights.Norm<float[]>> after) {
    this.bias = bias;
    norm = after;
    return step.team.run(step.tokens(), addToken);
  }

  /** From the stream to what the next part reads. */
  private void prepare(int token, int worker) {
    step.normalize(norm, token, step.input, token, worker);
  }

  /** From what a part adds to the stream. */
  private void add(int token, int worker) {
    int dim = step.config.dim();
    float[] mixed = step.mixed;
    int from = token * padded(dim);
    int to = token * dim;
    Step.addBias(bias, mixed, from);
    boolean ofSum = step.config.has(ModelConfig.Part.SUM_NORM);
    if (norm.isPresent() && !ofSum) {
      step.norm(norm.get(), mixed, from, mixed, from, worker);
    }
    float scale = step.config.scales().residual();
    for (int i = 0; i < dim; i++) {
      step.stream[to + i] += scale * mixed[from + i];
    }
    if (norm.isPresent() && ofSum) {
      step.norm(norm.get(), step.stream, to, step.stream, to, worker);
    }
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(ModelConfig config) {
    return MixerGraph.numbers(config)
        + LaurelGraph.numbers(config)
        + FeedForwardGraph.numbers(config);
  }
}
