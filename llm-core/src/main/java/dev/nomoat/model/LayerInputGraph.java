package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;

/**
 * Inputs that layers have of their own (per-layer embeddings): for each token and layer a few
 * numbers, half from the token's id and half from its embedding, that are added behind the block
 * through a gate.
 */
final class LayerInputGraph {
  private final Step step;
  private final Weights.LayerInputs<PackedMatrix, float[]> inputs;
  private final int inputDim;
  private final int all; // of all layers
  private final float[] projected; // [tokens, padded layers · inputDim]
  private final float[][] embedded; // of each worker: [layers · inputDim]
  private final float[] gate; // [tokens, padded inputDim]
  private final ProjectionInput gated;
  private float[] factors = {}; // of the layer's input
  private final WorkerTeam.Chunk copyToken = this::copy;
  private final WorkerTeam.Chunk scaleToken = this::scale;
  private final WorkerTeam.Chunk combineToken = this::combine;
  private final WorkerTeam.Chunk activateToken = this::activate;

  /**
   * Makes the buffers.
   *
   * @param step where the tokens come from and what is added goes to
   * @param inputs where the inputs come from
   * @param any how one of the layers adds its own
   */
  LayerInputGraph(
      Step step,
      Weights.LayerInputs<PackedMatrix, float[]> inputs,
      Weights.LayerInput<PackedMatrix, float[]> any) {
    this.step = step;
    this.inputs = inputs;
    inputDim = any.gate().rows();
    all = inputs.projection().rows();
    projected = new float[Batch.CAPACITY * padded(all)];
    embedded = new float[step.team.threads()][all];
    gate = new float[Batch.CAPACITY * padded(inputDim)];
    gated = new ProjectionInput(step.levels());
  }

  /** From the embedded tokens to the inputs of all layers; false when aborted. */
  boolean begin() {
    step.input.reset(step.tokens(), step.config.dim());
    step.input.want(inputs.projection());
    return step.team.run(step.tokens(), copyToken)
        && step.projections.of(step.input).add(inputs.projection(), projected).run()
        && step.team.run(step.tokens(), combineToken);
  }

  /** From the stream to what the layer's input adds, before the norm; false when aborted. */
  boolean run(Weights.LayerInput<PackedMatrix, float[]> w) {
    int tokens = step.tokens();
    step.input.reset(tokens, step.config.dim());
    step.input.want(w.gate());
    gated.reset(tokens, inputDim);
    gated.want(w.projection());
    boolean scales = w.scale().isPresent();
    factors = scales ? w.scale().get() : factors;
    return step.team.run(tokens, scales ? scaleToken : copyToken)
        && step.projections.of(step.input).add(w.gate(), gate).run()
        && step.team.run(tokens, activateToken)
        && step.projections.of(gated).add(w.projection(), step.mixed).run();
  }

  private void copy(int token, int worker) {
    int dim = step.config.dim();
    System.arraycopy(step.stream, token * dim, step.input.values(), token * dim, dim);
    step.input.finish(token);
  }

  private void scale(int token, int worker) {
    int at = token * step.config.dim();
    float[] to = step.input.values();
    for (int i = 0; i < factors.length; i++) {
      to[at + i] = step.stream[at + i] * factors[i];
    }
    step.input.finish(token);
  }

  private void combine(int token, int worker) {
    float[] row = embedded[worker];
    inputs.embedding().readRow(step.batch.ids[token], row, 0, step.workspaces[worker]);
    float ofEmbedding = (float) Math.sqrt(inputDim);
    float ofProjection = (float) (1 / Math.sqrt(step.config.dim()));
    float half = (float) Math.sqrt(0.5);
    int from = token * padded(all);
    for (int i = 0; i < all; i++) {
      projected[from + i] *= ofProjection;
    }
    for (int at = from; at < from + all; at += inputDim) {
      step.norm(inputs.norm(), projected, at, projected, at, worker);
    }
    for (int i = 0; i < all; i++) {
      projected[from + i] = (projected[from + i] + row[i] * ofEmbedding) * half;
    }
  }

  private void activate(int token, int worker) {
    int from = token * padded(inputDim);
    int input = token * padded(all) + step.layer * inputDim;
    float[] out = gated.values();
    Activation activation = step.config.activation();
    for (int i = 0; i < inputDim; i++) {
      out[token * inputDim + i] = activation.gate(gate[from + i], projected[input + i]);
    }
    gated.finish(token);
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(ModelConfig config) {
    int inputDim = config.layers().getFirst().inputDim();
    // an input is kept in f32, as integers and as factors
    return (config.layers().size() + 4L) * inputDim;
  }
}
