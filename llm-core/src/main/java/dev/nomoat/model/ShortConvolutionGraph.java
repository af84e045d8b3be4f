package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.math.CausalConvolution;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.util.Optional;

/** A short convolution between two gates in place of attention. */
final class ShortConvolutionGraph {
  private final Step step;
  private final Recurrent.ShortConvolution shape;
  private final Convolutions convolutions;
  private final float[] projected; // [tokens, padded 3 · channels]: B, C, x
  private final ProjectionInput mixed;
  private final WorkerTeam.Chunk convolveBlock = this::convolve;
  private final WorkerTeam.Chunk finishToken = this::finish;

  /**
   * Makes the buffers.
   *
   * @param step where input comes from and what is added goes to; at a layer with a convolution,
   *     and all that have one have the same sizes
   * @param all the model's weights
   */
  ShortConvolutionGraph(Step step, Weights<PackedMatrix, float[]> all) {
    this.step = step;
    this.shape = step.mixer(Recurrent.ShortConvolution.class);
    convolutions = new Convolutions(step, shape.channels(), shape.length());
    for (int layer = 0; layer < all.blocks().size(); layer++) {
      if (all.blocks().get(layer).mixer()
          instanceof MixerWeights.ShortConvolution<PackedMatrix, float[]> w) {
        convolutions.put(
            layer, new CausalConvolution(shape.channels(), w.taps(), Optional.empty(), false));
      }
    }
    projected = new float[Batch.CAPACITY * padded(3 * shape.channels())];
    mixed = new ProjectionInput(step.levels());
  }

  /** Says which forms of the input are needed. */
  void want(MixerWeights.ShortConvolution<PackedMatrix, float[]> w) {
    step.input.want(w.input());
  }

  /** From the step's input to what the convolution adds, without the bias; false when aborted. */
  boolean run(MixerWeights.ShortConvolution<PackedMatrix, float[]> w) {
    mixed.reset(step.tokens(), shape.channels());
    mixed.want(w.output().weight());
    return step.projections.of(step.input).add(w.input(), projected).run()
        && step.team.run(convolutions.items(), convolveBlock)
        && step.team.run(step.tokens(), finishToken)
        && step.projections.of(mixed).add(w.output().weight(), step.mixed).run();
  }

  private void convolve(int item, int worker) {
    int channels = shape.channels();
    int first = step.batch.runFirst(convolutions.run(item));
    int tokens = step.batch.runTokens(convolutions.run(item));
    int stride = padded(3 * channels);
    int from = convolutions.block(item) * CausalConvolution.BLOCK;
    int count = Math.min(CausalConvolution.BLOCK, channels - from);
    for (int t = 0; t < tokens; t++) {
      int at = (first + t) * stride + from;
      multiply(projected, at, projected, at + 2 * channels, projected, at + 2 * channels, count);
    }
    convolutions.apply(item, worker, projected, 2 * channels, stride);
    for (int t = 0; t < tokens; t++) {
      int at = (first + t) * stride + from + channels;
      int to = (first + t) * channels + from;
      multiply(projected, at, projected, at + channels, mixed.values(), to, count);
    }
  }

  private static void multiply(
      float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int count) {
    for (int i = 0; i < count; i++) {
      y[yAt + i] = a[aAt + i] * b[bAt + i];
    }
  }

  private void finish(int token, int worker) {
    mixed.finish(token);
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(Recurrent.ShortConvolution shape) {
    // an input is kept in f32, as integers and as factors
    return 6L * shape.channels();
  }
}
