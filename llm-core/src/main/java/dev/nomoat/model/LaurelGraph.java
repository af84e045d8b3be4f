package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;

/**
 * A learned augmented residual layer: beside the mixer, the block's input and its normalised
 * projection to few numbers and back are added, and the sum is divided by √2.
 *
 * <p>Source: Menghani et al., "LAuReL: Learned Augmented Residual Layer", 2024.
 */
final class LaurelGraph {
  private static final float HALF = (float) Math.sqrt(0.5);

  private final Step step;
  private final float[] narrow; // [tokens, padded rank]
  private final float[] wide; // [tokens, padded dim]
  private final ProjectionInput input;
  private Weights.Laurel<PackedMatrix, float[]> weights;
  private final WorkerTeam.Chunk copyToken = this::copy;
  private final WorkerTeam.Chunk sumToken = this::sum;
  private final WorkerTeam.Chunk addToken = this::add;

  LaurelGraph(Step step, Weights.Laurel<PackedMatrix, float[]> any) {
    this.step = step;
    weights = any;
    narrow = new float[Batch.CAPACITY * padded(any.down().rows())];
    wide = new float[Batch.CAPACITY * padded(step.config.dim())];
    input = new ProjectionInput(step.levels());
  }

  /** Says which forms of the step's input are needed. */
  void want(Weights.Laurel<PackedMatrix, float[]> w) {
    step.input.want(w.down());
  }

  /** From the step's input to what will be added; false when aborted. */
  boolean run(Weights.Laurel<PackedMatrix, float[]> w) {
    weights = w;
    int tokens = step.tokens();
    input.reset(tokens, w.down().rows());
    input.want(w.up());
    return step.projections.of(step.input).add(w.down(), narrow).run()
        && step.team.run(tokens, copyToken)
        && step.projections.of(input).add(w.up(), wide).run()
        && step.team.run(tokens, sumToken);
  }

  /** Adds it to the stream; false when aborted. */
  boolean add() {
    return step.team.run(step.tokens(), addToken);
  }

  private void copy(int token, int worker) {
    int rank = weights.down().rows();
    System.arraycopy(narrow, token * padded(rank), input.values(), token * rank, rank);
    input.finish(token);
  }

  private void sum(int token, int worker) {
    int dim = step.config.dim();
    int at = token * padded(dim);
    step.norm(weights.norm(), wide, at, wide, at, worker);
    float[] x = step.input.values();
    for (int i = 0; i < dim; i++) {
      wide[at + i] += x[token * dim + i];
    }
  }

  private void add(int token, int worker) {
    int dim = step.config.dim();
    int at = token * padded(dim);
    int to = token * dim;
    for (int i = 0; i < dim; i++) {
      step.stream[to + i] = (step.stream[to + i] + wide[at + i]) * HALF;
    }
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(ModelConfig config) {
    // an input is kept in f32, as integers and as factors
    int rank = config.streams().laurelRank();
    return rank == 0 ? 0 : config.dim() + 4L * rank;
  }
}
