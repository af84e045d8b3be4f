package dev.nomoat.model;

import dev.nomoat.math.FloatMath;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;

/**
 * What follows the last block, for the tokens whose results are wanted: the last norm, which gives
 * hidden states, and the output head, which gives logits.
 */
final class OutputGraph {
  private final Step step;
  private final Weights<PackedMatrix, float[]> weights;
  private final boolean plain; // whether logits are the products with the head, and no more
  private final ProjectionInput states;
  private float[] logits = {}; // [outputs, padded vocab]
  private final WorkerTeam.Chunk normalizeRow = this::normalize;
  private final WorkerTeam.Chunk finishRow = this::finish;

  OutputGraph(Step step, Weights<PackedMatrix, float[]> weights) {
    this.step = step;
    this.weights = weights;
    ModelConfig.Scales scales = step.config.scales();
    plain = scales.logits() == 1 && scales.logitSoftCap() == 0 && weights.outputBias().isEmpty();
    // in 16 bits: rounding them to 8 would double the number of tokens that change
    states = new ProjectionInput(step.eightBit ? 2 : 0);
  }

  /** From the stream to hidden states, of which there may be none; false when aborted. */
  boolean normalize() {
    int outputs = step.batch.outputCount();
    if (outputs == 0) {
      return true;
    }
    states.reset(outputs, step.config.dim());
    return step.team.run(outputs, normalizeRow);
  }

  /** The hidden states, shape [outputs, dim]. */
  float[] states() {
    return states.values();
  }

  /** From the stream to logits, of at least one token; false when aborted. */
  boolean run() {
    PackedMatrix matrix = weights.head();
    int outputs = step.batch.outputCount();
    int needed = Math.multiplyExact(outputs, matrix.paddedRows());
    if (logits.length < needed) {
      logits = new float[needed];
    }
    states.reset(outputs, step.config.dim());
    states.want(matrix);
    return step.team.run(outputs, normalizeRow)
        && step.projections.of(states).add(matrix, logits).run()
        && (plain || step.team.run(outputs, finishRow));
  }

  /** The logits, shape [outputs, {@link #stride()}]; of a row the first {@code vocab} count. */
  float[] logits() {
    return logits;
  }

  /** From one row of the logits to the next. */
  int stride() {
    return weights.head().paddedRows();
  }

  private void normalize(int row, int worker) {
    step.normalize(weights.outputNorm(), step.batch.outputs[row], states, row, worker);
  }

  private void finish(int row, int worker) {
    int from = row * stride();
    Step.addBias(weights.outputBias(), logits, from);
    float scale = step.config.scales().logits();
    float cap = step.config.scales().logitSoftCap();
    for (int i = from; i < from + step.config.vocab(); i++) {
      float v = scale * logits[i];
      logits[i] = cap == 0 ? v : cap * FloatMath.tanh(v / cap);
    }
  }
}
