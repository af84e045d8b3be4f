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
  private final CausalConvolution[] convolutions; // of each layer that has one
  private final float[][] scratch; // of each worker
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
    convolutions = new CausalConvolution[all.blocks().size()];
    for (int layer = 0; layer < convolutions.length; layer++) {
      if (all.blocks().get(layer).mixer()
          instanceof Weights.ShortConvolution<PackedMatrix, float[]> w) {
        convolutions[layer] =
            new CausalConvolution(shape.channels(), w.taps(), Optional.empty(), false);
      }
    }
    scratch = new float[step.team.threads()][CausalConvolution.scratchSize(shape.length())];
    projected = new float[Batch.CAPACITY * padded(3 * shape.channels())];
    mixed = new ProjectionInput(step.levels());
  }

  /** Says which forms of the input are needed. */
  void want(Weights.ShortConvolution<PackedMatrix, float[]> w) {
    step.input.want(w.input());
  }

  /** From the step's input to what the convolution adds, without the bias; false when aborted. */
  boolean run(Weights.ShortConvolution<PackedMatrix, float[]> w) {
    mixed.reset(step.tokens(), shape.channels());
    mixed.want(w.output().weight());
    int blocks = CausalConvolution.blocks(shape.channels());
    return step.projections.of(step.input).add(w.input(), projected).run()
        && step.team.run(step.batch.runs() * blocks, convolveBlock)
        && step.team.run(step.tokens(), finishToken)
        && step.projections.of(mixed).add(w.output().weight(), step.mixed).run();
  }

  private void convolve(int item, int worker) {
    int channels = shape.channels();
    int blocks = CausalConvolution.blocks(channels);
    int block = item % blocks;
    int first = step.batch.runFirst(item / blocks);
    int tokens = step.batch.runTokens(item / blocks);
    int stride = padded(3 * channels);
    int from = block * CausalConvolution.BLOCK;
    int count = Math.min(CausalConvolution.BLOCK, channels - from);
    int x = first * stride + 2 * channels;
    for (int t = 0; t < tokens; t++) {
      int at = (first + t) * stride + from;
      multiply(projected, at, projected, at + 2 * channels, projected, at + 2 * channels, count);
    }
    convolutions[step.layer].apply(
        step.batch.sequences[first],
        step.layer,
        block,
        projected,
        x,
        stride,
        tokens,
        scratch[worker],
        step.exponentials[worker]);
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
