package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.cache.SequenceCache;
import dev.nomoat.math.CausalConvolution;
import dev.nomoat.math.FloatMath;
import dev.nomoat.math.HeadState;
import dev.nomoat.math.Norms;
import dev.nomoat.math.StateSpace;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.util.Arrays;

/**
 * A selective state space (Mamba 2) in place of attention: a projection to z, x, B, C and steps; a
 * convolution of x, B and C; the recurrence; its output, gated by z and normalised, projected back.
 */
final class StateSpaceGraph {
  private final Step step;
  private final Recurrent.StateSpace shape;
  private final Convolutions convolutions;
  private final StateSpace[] spaces; // of each worker
  private final int stride; // of a token in what the input is projected to
  private final float[] projected; // [tokens, stride]: z, x, B, C, steps
  private final float[] decays; // [tokens, heads]
  private final ProjectionInput mixed;

  // what the chunks of the running loop work on
  private MixerWeights.StateSpace<PackedMatrix, float[]> weights;

  // made once, because a lambda at each loop would be garbage at each token
  private final WorkerTeam.Chunk convolveBlock = this::convolve;
  private final WorkerTeam.Chunk prepareToken = this::prepare;
  private final WorkerTeam.Chunk scanChunk = this::scan;
  private final WorkerTeam.Chunk normalizeToken = this::normalize;

  /**
   * Makes the buffers.
   *
   * @param step where input comes from and what is added goes to; at a layer with a state space,
   *     and all that have one have the same sizes
   * @param all the model's weights
   * @param any those of a layer
   */
  StateSpaceGraph(
      Step step,
      Weights<PackedMatrix, float[]> all,
      MixerWeights.StateSpace<PackedMatrix, float[]> any) {
    this.step = step;
    this.shape = step.mixer(Recurrent.StateSpace.class);
    this.weights = any;
    convolutions = new Convolutions(step, shape.convolved(), shape.length());
    for (int layer = 0; layer < all.blocks().size(); layer++) {
      if (all.blocks().get(layer).mixer()
          instanceof MixerWeights.StateSpace<PackedMatrix, float[]> w) {
        convolutions.put(
            layer, new CausalConvolution(shape.convolved(), w.taps(), w.tapsBias(), true));
      }
    }
    int threads = step.team.threads();
    spaces = new StateSpace[threads];
    Arrays.setAll(spaces, i -> new StateSpace(shape.stateDim(), step.kernels));
    stride = padded(shape.projected());
    projected = new float[Batch.CAPACITY * stride];
    decays = new float[Batch.CAPACITY * shape.heads()];
    mixed = new ProjectionInput(step.levels());
  }

  /** Says which forms of the input are needed. */
  void want(MixerWeights.StateSpace<PackedMatrix, float[]> w) {
    step.input.want(w.input());
  }

  /** From the step's input to what the state space adds, without the bias; false when aborted. */
  boolean run(MixerWeights.StateSpace<PackedMatrix, float[]> w) {
    weights = w;
    int runs = step.batch.runs();
    int chunks = shape.heads() * HeadState.chunks(shape.headDim());
    mixed.reset(step.tokens(), shape.innerDim());
    mixed.want(w.output().weight());
    return step.projections.of(step.input).add(w.input(), projected).run()
        && step.team.run(convolutions.items(), convolveBlock)
        && step.team.run(step.tokens(), prepareToken)
        && step.team.run(runs * chunks, scanChunk)
        && step.team.run(step.tokens(), normalizeToken)
        && step.projections.of(mixed).add(w.output().weight(), step.mixed).run();
  }

  private void convolve(int item, int worker) {
    convolutions.apply(item, worker, projected, shape.innerDim(), stride);
  }

  /** Computes steps and decays. */
  private void prepare(int token, int worker) {
    int steps = token * stride + shape.innerDim() + shape.convolved();
    for (int head = 0; head < shape.heads(); head++) {
      float length = FloatMath.softplus(projected[steps + head] + weights.stepBias()[head]);
      projected[steps + head] = length;
      decays[token * shape.heads() + head] = FloatMath.exp(length * weights.decay()[head]);
    }
  }

  private void scan(int item, int worker) {
    int chunks = HeadState.chunks(shape.headDim());
    int perRun = shape.heads() * chunks;
    int first = step.batch.runFirst(item / perRun);
    int tokens = step.batch.runTokens(item / perRun);
    int head = item % perRun / chunks;
    int channel = item % chunks * HeadState.CHUNK;
    int channels = Math.min(HeadState.CHUNK, shape.headDim() - channel);
    int stateAt =
        CausalConvolution.stateSize(shape.convolved(), shape.length())
            + item % perRun * shape.stateDim() * HeadState.CHUNK;
    int inner = shape.innerDim();
    int group = head / (shape.heads() / shape.groups());
    int x = inner + head * shape.headDim() + channel;
    int b = 2 * inner + group * shape.stateDim();
    int c = b + shape.groups() * shape.stateDim();
    int steps = inner + shape.convolved() + head;
    float skip = weights.skip()[head];
    StateSpace space = spaces[worker];
    SequenceCache sequence = step.batch.sequences[first];
    space.state().load(sequence, step.layer, stateAt);
    for (int token = first; token < first + tokens; token++) {
      int at = token * stride;
      float decay = decays[token * shape.heads() + head];
      space.next(decay, projected[at + steps], skip, projected, at + b, at + c, at + x, channels);
      int z = at + head * shape.headDim() + channel;
      step.exponentials[worker].silu(projected, z, channels);
      for (int i = 0; i < channels; i++) {
        projected[at + x + i] *= projected[z + i];
      }
    }
    space.state().store(sequence, step.layer, stateAt);
  }

  /** Normalises each group. */
  private void normalize(int token, int worker) {
    int inner = shape.innerDim();
    int y = token * stride + inner;
    int size = inner / shape.groups();
    float epsilon = step.config.norm().epsilon();
    for (int at = 0; at < inner; at += size) {
      Norms.rms(
          projected,
          y + at,
          weights.norm(),
          at,
          size,
          epsilon,
          mixed.values(),
          token * inner + at,
          step.partial[worker]);
    }
    mixed.finish(token);
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(Recurrent.StateSpace shape) {
    // an input is kept in f32, as integers and as factors
    return (long) shape.projected() + shape.heads() + 3L * shape.innerDim();
  }
}
