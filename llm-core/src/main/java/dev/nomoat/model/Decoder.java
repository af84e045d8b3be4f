package dev.nomoat.model;

import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The graph of a transformer that has decoder blocks only, or encoder blocks only. Evaluates
 * batches one at a time: it owns the buffers of a step, so it belongs to one thread, which the team
 * helps.
 *
 * <p>A step, for each token: embedding; one block after the other; a last norm; the output head for
 * the tokens that want logits.
 *
 * <p>In an encoder a token sees what follows it, so all batches of a sequence are taken through one
 * layer before the next: first keys and values of all, then the rest of the block.
 */
public final class Decoder {
  private final ModelConfig config;
  private final Weights<PackedMatrix, float[]> weights;
  private final Step step;
  private final WorkerTeam team;
  private final EmbeddingGraph embedding;
  private final BlockGraph block;
  private final OutputGraph output;
  private final Optional<LayerInputGraph> layerInputs;
  private final Optional<AltUpGraph> altUp;
  private final boolean causal;
  private int selected; // of the batches of an encoder, that which the step is at
  private float blockScale; // of the running loop

  // made once, because a lambda at each loop would be garbage at each token
  private final WorkerTeam.Chunk embedToken = this::embed;
  private final WorkerTeam.Chunk beginToken = this::begin;
  private final WorkerTeam.Chunk scaleToken = this::scale;

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
    embedding = new EmbeddingGraph(step, weights);
    block = new BlockGraph(step, weights);
    output = new OutputGraph(step, weights);
    causal = config.causal();
    Weights.Block<PackedMatrix, float[]> any = weights.blocks().getFirst();
    layerInputs =
        weights
            .layerInputs()
            .map(inputs -> new LayerInputGraph(step, inputs, any.layerInput().orElseThrow()));
    altUp =
        weights.streams().map(streams -> new AltUpGraph(step, streams, any.altUp().orElseThrow()));
  }

  /**
   * Memory that the buffers of a step take, without the logits.
   *
   * @param config what the model is made of
   * @return bytes
   */
  public static long bufferBytes(ModelConfig config) {
    long numbers =
        4L * config.dim()
            + BlockGraph.numbers(config)
            + LayerInputGraph.numbers(config)
            + AltUpGraph.numbers(config);
    return 4L * Batch.CAPACITY * numbers;
  }

  /**
   * Whether a token sees nothing that follows it.
   *
   * @return false for an encoder, to which whole sequences are given
   */
  public boolean causal() {
    return causal;
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
    return blocks(batch) && (batch.outputCount() == 0 || output.run());
  }

  /**
   * Sets who sees what the matrices are multiplied by in the evaluations that follow.
   *
   * @param observer who; or nobody
   */
  public void observe(Optional<InputObserver> observer) {
    step.projections.observe(observer);
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
   * @param batches tokens, at least one in each; all of the sequences, with room for them, when
   *     this is an encoder, else with room for the first
   * @param states gets the states of one batch after the other, and makes room for the next
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
      Weights.Block<PackedMatrix, float[]> w = weights.blocks().get(layer);
      for (int i = 0; alive && i < batches.size(); i++) {
        alive = select(i, batches, streams) && block.store(w);
      }
      for (int i = 0; alive && i < batches.size(); i++) {
        alive = select(i, batches, streams) && block.run(w);
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
    return team.run(step.tokens(), beginToken);
  }

  private void begin(Batch batch, float[] stream) {
    step.stream = stream;
    step.batch = batch;
    block.begin();
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
      Weights.Block<PackedMatrix, float[]> w = weights.blocks().get(layer);
      alive =
          (altUp.isEmpty() || altUp.get().predict(w.altUp().orElseThrow()))
              && block.run(w)
              && finish(w);
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

  /** What follows the feed-forward network, in models that have it. */
  private boolean finish(Weights.Block<PackedMatrix, float[]> w) {
    if (altUp.isPresent() && !altUp.get().correct(w.altUp().orElseThrow())) {
      return false;
    }
    if (w.layerInput().isPresent() && !addInput(w.layerInput().get())) {
      return false;
    }
    if (w.scale().isEmpty()) {
      return true;
    }
    blockScale = w.scale().get()[0];
    return team.run(step.tokens(), scaleToken);
  }

  /** A layer's own input is added to the stream, or where there are several to the others. */
  private boolean addInput(Weights.LayerInput<PackedMatrix, float[]> input) {
    if (!layerInputs.orElseThrow().run(input)) {
      return false;
    }
    return altUp.isPresent()
        ? altUp.get().add(input.norm())
        : block.add(Optional.empty(), Optional.of(input.norm()));
  }

  private void scale(int token, int worker) {
    int dim = config.dim();
    for (int i = token * dim; i < (token + 1) * dim; i++) {
      step.stream[i] *= blockScale;
    }
  }

  private boolean states(HiddenStates states) {
    if (!output.normalize()) {
      return false;
    }
    states.accept(step.batch, output.states());
    return true;
  }

  /**
   * The logits of the last evaluation, row-major with {@link #logitsStride()} numbers a row; of a
   * row the first {@code vocab} count. Valid until the next evaluation.
   *
   * @return the array
   */
  public float[] logits() {
    return output.logits();
  }

  /**
   * From one row of the logits to the next.
   *
   * @return numbers
   */
  public int logitsStride() {
    return output.stride();
  }

  private void embed(int token, int worker) {
    embedding.embed(token, worker);
    block.begin(token);
  }

  private void begin(int token, int worker) {
    block.begin(token);
  }
}
