package dev.nomoat.model;

import dev.nomoat.math.CausalConvolution;

/** The convolutions of the layers that have one, over the runs of a batch. */
final class Convolutions {
  private final Step step;
  private final int blocks; // of channels, of which each is convolved by itself
  private final CausalConvolution[] ofLayer;
  private final float[][] scratch; // of each worker

  /**
   * Makes the scratch memory.
   *
   * @param step what is evaluated
   * @param channels of each convolution
   * @param length tokens that each sees
   */
  Convolutions(Step step, int channels, int length) {
    this.step = step;
    blocks = CausalConvolution.blocks(channels);
    ofLayer = new CausalConvolution[step.config.layers().size()];
    scratch = new float[step.team.threads()][CausalConvolution.scratchSize(length)];
  }

  /** Says what a layer convolves with. */
  void put(int layer, CausalConvolution convolution) {
    ofLayer[layer] = convolution;
  }

  /** How many pieces of work a batch has: a block of channels of a run each. */
  int items() {
    return step.batch.runs() * blocks;
  }

  int block(int item) {
    return item % blocks;
  }

  int run(int item) {
    return item / blocks;
  }

  /**
   * Convolves in place.
   *
   * @param item which piece
   * @param worker who computes
   * @param x shape [tokens, stride]
   * @param at where the channels of a token begin
   * @param stride from one token to the next
   */
  void apply(int item, int worker, float[] x, int at, int stride) {
    int first = step.batch.runFirst(run(item));
    ofLayer[step.layer].apply(
        step.batch.sequences[first],
        step.layer,
        block(item),
        x,
        first * stride + at,
        stride,
        step.batch.runTokens(run(item)),
        scratch[worker],
        step.exponentials[worker]);
  }
}
