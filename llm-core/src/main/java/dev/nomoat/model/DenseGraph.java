package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.math.Reduction;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.util.Optional;

/** A feed-forward network: two projections, or three with a gate, around an activation. */
final class DenseGraph {
  private final Step step;
  private final float[] gate; // [tokens, padded hiddenDim]
  private final float[] up;
  private final ProjectionInput hidden;
  private FeedForwardWeights.Dense<PackedMatrix, float[]> weights;
  private final WorkerTeam.Chunk activateToken = this::activate;

  /**
   * Makes the buffers.
   *
   * @param step where input comes from and what is added goes to
   * @param mostHidden numbers inside the widest of the networks that it will run
   * @param any one of them
   */
  DenseGraph(Step step, int mostHidden, FeedForwardWeights.Dense<PackedMatrix, float[]> any) {
    this.step = step;
    this.weights = any;
    int numbers = Batch.CAPACITY * padded(mostHidden);
    gate = new float[any.gate().isPresent() ? numbers : 0];
    up = new float[numbers];
    hidden = new ProjectionInput(step.levels());
  }

  /** Says which forms of the input are needed. */
  void want(FeedForwardWeights.Dense<PackedMatrix, float[]> w) {
    if (w.gate().isPresent()) {
      step.input.want(w.gate().get().weight());
    }
    step.input.want(w.up().weight());
  }

  /** From the step's input to what the network adds, without the bias; false when aborted. */
  boolean run(FeedForwardWeights.Dense<PackedMatrix, float[]> w) {
    weights = w;
    int tokens = step.tokens();
    hidden.reset(tokens, w.up().weight().rows());
    hidden.want(w.down().weight());
    Projections inputs = step.projections.of(step.input);
    if (w.gate().isPresent()) {
      inputs.add(w.gate().get().weight(), gate);
    }
    return inputs.add(w.up().weight(), up).run()
        && step.team.run(tokens, activateToken)
        && step.projections.of(hidden).add(w.down().weight(), step.mixed).run();
  }

  private void activate(int token, int worker) {
    PackedMatrix w = weights.up().weight();
    int from = token * w.paddedRows();
    activate(step, weights, gate, up, from, hidden, token, worker);
  }

  /** Activates one row of a hidden layer. */
  static void activate(
      Step step,
      FeedForwardWeights.Dense<PackedMatrix, float[]> w,
      float[] gate,
      float[] up,
      int from,
      ProjectionInput hidden,
      int row,
      int worker) {
    Activation activation = step.config.activation();
    int count = w.up().weight().rows();
    float[] out = hidden.values();
    int to = row * count;
    Step.addBias(w.up().bias(), up, from);
    if (w.gate().isPresent()) {
      Step.addBias(w.gate().get().bias(), gate, from);
      Optional<Float> cutoff = step.config.layers().get(step.layer).gateCutoff();
      if (cutoff.isPresent()) {
        cut(step, gate, from, count, cutoff.get(), worker);
      }
      if (activation == Activation.SILU) {
        step.exponentials[worker].siluTimes(gate, up, from, out, to, count);
      } else {
        for (int i = 0; i < count; i++) {
          out[to + i] = activation.gate(gate[from + i], up[from + i]);
        }
      }
    } else {
      for (int i = 0; i < count; i++) {
        out[to + i] = activation.of(up[from + i]);
      }
    }
    hidden.finish(row);
  }

  /** From gates to what they exceed their mean by, less so many standard deviations. */
  private static void cut(
      Step step, float[] gate, int from, int count, float deviations, int worker) {
    float[] partial = step.partial[worker];
    float mean = Reduction.sum(gate, from, count, partial) / count;
    for (int i = from; i < from + count; i++) {
      gate[i] -= mean;
    }
    double variance = Reduction.sumOfSquares(gate, from, count, partial) / count;
    float cutoff = (float) Math.sqrt(variance) * deviations;
    for (int i = from; i < from + count; i++) {
      gate[i] = Math.max(0, gate[i] - cutoff);
    }
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(int mostHidden) {
    // an input is kept in f32, as integers and as factors
    return 5L * mostHidden;
  }
}
