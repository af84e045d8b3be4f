package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.cache.SequenceCache;
import dev.nomoat.math.CausalConvolution;
import dev.nomoat.math.DeltaRule;
import dev.nomoat.math.FloatMath;
import dev.nomoat.math.HeadState;
import dev.nomoat.math.Norms;
import dev.nomoat.math.Reduction;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.util.Arrays;
import java.util.Optional;

/**
 * A gated delta net in place of attention: queries, keys and values, convolved; the recurrence; its
 * output, normalised and gated by z, projected back.
 */
final class DeltaNetGraph {
  /** Added to the square of a query's or key's length. */
  private static final float EPSILON = 1e-6f;

  private final Step step;
  private final Recurrent.DeltaNet shape;
  private final Convolutions convolutions;
  private final DeltaRule[] rules; // of each worker
  private final int stride; // of a token in what is convolved
  private final float[] projected; // [tokens, stride]: queries, keys, values
  private final float[] z; // [tokens, padded valueHeads · valueDim]
  private final float[] raw; // [tokens, padded]: what rates and decays are computed of
  private final float[] rawDecays; // the same of decays, when they have a projection of their own
  private final float[] rates; // [tokens, valueHeads]
  private final float[] decays; // [tokens, valueHeads]
  private final ProjectionInput mixed;

  // what the chunks of the running loop work on
  private MixerWeights.DeltaNet<PackedMatrix, float[]> weights;

  // made once, because a lambda at each loop would be garbage at each token
  private final WorkerTeam.Chunk convolveBlock = this::convolve;
  private final WorkerTeam.Chunk prepareToken = this::prepare;
  private final WorkerTeam.Chunk scanChunk = this::scan;
  private final WorkerTeam.Chunk gateToken = this::gate;

  /**
   * Makes the buffers.
   *
   * @param step where input comes from and what is added goes to; at a layer with a delta net, and
   *     all that have one have the same sizes
   * @param all the model's weights
   * @param any those of a layer
   */
  DeltaNetGraph(
      Step step,
      Weights<PackedMatrix, float[]> all,
      MixerWeights.DeltaNet<PackedMatrix, float[]> any) {
    this.step = step;
    this.shape = step.mixer(Recurrent.DeltaNet.class);
    this.weights = any;
    convolutions = new Convolutions(step, shape.convolved(), shape.length());
    for (int layer = 0; layer < all.blocks().size(); layer++) {
      if (all.blocks().get(layer).mixer()
          instanceof MixerWeights.DeltaNet<PackedMatrix, float[]> w) {
        convolutions.put(
            layer, new CausalConvolution(shape.convolved(), w.taps(), Optional.empty(), true));
      }
    }
    int threads = step.team.threads();
    rules = new DeltaRule[threads];
    Arrays.setAll(rules, i -> new DeltaRule(shape.keyDim(), step.kernels));
    int tokens = Batch.CAPACITY;
    int heads = shape.valueHeads();
    stride = padded(shape.convolved());
    projected = new float[tokens * stride];
    z = new float[tokens * padded(shape.valuesDim())];
    raw = new float[tokens * padded(any.decay().isPresent() ? heads : 2 * heads)];
    rawDecays = new float[any.decay().isPresent() ? tokens * padded(heads) : 0];
    rates = new float[tokens * heads];
    decays = new float[tokens * heads];
    mixed = new ProjectionInput(step.levels());
  }

  /** Says which forms of the input are needed. */
  void want(MixerWeights.DeltaNet<PackedMatrix, float[]> w) {
    step.input.want(w.input());
    step.input.want(w.gate());
    step.input.want(w.rate());
    if (w.decay().isPresent()) {
      step.input.want(w.decay().get());
    }
  }

  /** From the step's input to what the delta net adds, without the bias; false when aborted. */
  boolean run(MixerWeights.DeltaNet<PackedMatrix, float[]> w) {
    weights = w;
    int runs = step.batch.runs();
    int chunks = shape.valueHeads() * HeadState.chunks(shape.valueDim());
    mixed.reset(step.tokens(), shape.valuesDim());
    mixed.want(w.output().weight());
    Projections inputs =
        step.projections
            .of(step.input)
            .add(w.input(), projected)
            .add(w.gate(), z)
            .add(w.rate(), raw);
    if (w.decay().isPresent()) {
      inputs.add(w.decay().get(), rawDecays);
    }
    return inputs.run()
        && step.team.run(convolutions.items(), convolveBlock)
        && step.team.run(step.tokens(), prepareToken)
        && step.team.run(runs * chunks, scanChunk)
        && step.team.run(step.tokens(), gateToken)
        && step.projections.of(mixed).add(w.output().weight(), step.mixed).run();
  }

  private void convolve(int item, int worker) {
    convolutions.apply(item, worker, projected, 0, stride);
  }

  /** Gives queries and keys length 1, and computes rates and decays. */
  private void prepare(int token, int worker) {
    int keyDim = shape.keyDim();
    float scale = (float) (1 / Math.sqrt(keyDim));
    for (int head = 0; head < 2 * shape.keyHeads(); head++) {
      int at = token * stride + head * keyDim;
      float squares = Reduction.sumOfSquares(projected, at, keyDim, step.partial[worker]);
      float factor = (float) (1 / Math.sqrt(squares + EPSILON));
      float scaled = head < shape.keyHeads() ? scale * factor : factor;
      for (int i = at; i < at + keyDim; i++) {
        projected[i] *= scaled;
      }
    }
    int heads = shape.valueHeads();
    int group = heads / shape.keyHeads();
    boolean together = weights.decay().isEmpty();
    float[] decay = together ? raw : rawDecays;
    for (int head = 0; head < heads; head++) {
      // together: for each key head the rates of its value heads, then their decays
      int rateAt =
          together
              ? token * padded(2 * heads) + head / group * 2 * group + head % group
              : token * padded(heads) + head;
      int decayAt = together ? rateAt + group : rateAt;
      float length = FloatMath.softplus(decay[decayAt] + weights.decayBias()[head]);
      rates[token * heads + head] = FloatMath.sigmoid(raw[rateAt]);
      decays[token * heads + head] = FloatMath.exp(weights.decayFactor()[head] * length);
    }
  }

  private void scan(int item, int worker) {
    int heads = shape.valueHeads();
    int chunks = HeadState.chunks(shape.valueDim());
    int perRun = heads * chunks;
    int first = step.batch.runFirst(item / perRun);
    int tokens = step.batch.runTokens(item / perRun);
    int head = item % perRun / chunks;
    int channel = item % chunks * HeadState.CHUNK;
    int channels = Math.min(HeadState.CHUNK, shape.valueDim() - channel);
    int stateAt =
        CausalConvolution.stateSize(shape.convolved(), shape.length())
            + item % perRun * shape.keyDim() * HeadState.CHUNK;
    int q = shape.keyHead(head) * shape.keyDim();
    int k = q + shape.keysDim();
    int v = 2 * shape.keysDim() + head * shape.valueDim() + channel;
    int zAt = head * shape.valueDim() + channel;
    DeltaRule rule = rules[worker];
    SequenceCache sequence = step.batch.sequences[first];
    rule.state().load(sequence, step.layer, stateAt);
    for (int token = first; token < first + tokens; token++) {
      int at = token * stride;
      float decay = decays[token * heads + head];
      float rate = rates[token * heads + head];
      rule.next(decay, rate, projected, at + q, at + k, at + v, channels);
      step.exponentials[worker].silu(z, token * padded(shape.valuesDim()) + zAt, channels);
    }
    rule.state().store(sequence, step.layer, stateAt);
  }

  /** Normalises each head, and gates. */
  private void gate(int token, int worker) {
    int values = shape.valuesDim();
    int from = token * stride + 2 * shape.keysDim();
    int gates = token * padded(values);
    int to = token * values;
    float epsilon = step.config.norm().epsilon();
    float[] out = mixed.values();
    for (int at = 0; at < values; at += shape.valueDim()) {
      Norms.rms(projected, from + at, weights.norm(), epsilon, out, to + at, step.partial[worker]);
    }
    for (int i = 0; i < values; i++) {
      out[to + i] *= z[gates + i];
    }
    mixed.finish(token);
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(Recurrent.DeltaNet shape) {
    // an input is kept in f32, as integers and as factors
    return shape.convolved() + 4L * shape.valuesDim() + 4L * shape.valueHeads();
  }
}
