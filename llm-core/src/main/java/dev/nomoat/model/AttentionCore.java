package dev.nomoat.model;

import dev.nomoat.math.Attention;
import dev.nomoat.math.RotaryEmbedding;
import dev.nomoat.math.RotaryFrequencies;
import java.util.List;
import java.util.Optional;

/**
 * What all kinds of attention share: the angles by which tokens are turned, and what runs of
 * consecutive tokens see in the cache.
 */
final class AttentionCore {
  private static final float[] NONE = {};

  private final Step step;
  private final RotaryEmbedding[] ropes;
  private final Attention[] attention; // of each worker
  private final float[][] cos; // of each rope: [tokens, pairs]
  private final float[][] sin;
  private final int[] runFirst = new int[Batch.CAPACITY];
  private final int[] runTokens = new int[Batch.CAPACITY];
  private int runs;

  /**
   * Makes the scratch memory.
   *
   * @param step what is evaluated
   * @param divisors of the rotary frequencies, as in {@link Weights}
   */
  AttentionCore(Step step, List<Optional<float[]>> divisors) {
    this.step = step;
    ModelConfig config = step.config;
    attention = new Attention[step.team.threads()];
    Attention.Rules rules =
        new Attention.Rules(
            config.scales().attention(),
            config.scales().attentionSoftCap(),
            config.scales().maxAlibiBias());
    for (int i = 0; i < attention.length; i++) {
      attention[i] = new Attention(rules, step.kernels);
    }
    ropes = new RotaryEmbedding[config.ropes().size()];
    cos = new float[ropes.length][];
    sin = new float[ropes.length][];
    for (int i = 0; i < ropes.length; i++) {
      ropes[i] = rotary(config.ropes().get(i), divisors.get(i));
      cos[i] = new float[Batch.CAPACITY * ropes[i].pairs()];
      sin[i] = new float[Batch.CAPACITY * ropes[i].pairs()];
    }
  }

  private static RotaryEmbedding rotary(ModelConfig.Rope rope, Optional<float[]> divisors) {
    float[] frequencies =
        rope.yarn().isPresent()
            ? RotaryFrequencies.yarn(rope.dim(), rope.base(), rope.yarn().get())
            : RotaryFrequencies.scaled(
                rope.dim(), rope.base(), rope.scale(), divisors.orElse(NONE));
    return new RotaryEmbedding(rope.pairing(), frequencies, rope.magnitude());
  }

  /** Prepares for a batch: cuts its runs into those that are attended to at once. */
  void begin() {
    Batch batch = step.batch;
    runs = 0;
    for (int run = 0; run < batch.runs(); run++) {
      int end = batch.runFirst(run) + batch.runTokens(run);
      for (int t = batch.runFirst(run); t < end; t += Attention.TOKENS) {
        runFirst[runs] = t;
        runTokens[runs++] = Math.min(Attention.TOKENS, end - t);
      }
    }
  }

  /** Computes the angles of a token's position. */
  void angles(int token) {
    for (int i = 0; i < ropes.length; i++) {
      ropes[i].angles(step.batch.positions[token], cos[i], sin[i], token * ropes[i].pairs());
    }
  }

  /** Turns a head of a token in place. */
  void turn(int rope, int token, float[] x, int at) {
    ropes[rope].turn(x, at, cos[rope], sin[rope], token * ropes[rope].pairs());
  }

  /** Multiplies a token's queries by what its position wants. */
  void heat(int token, Optional<Temperature> temperature, float[] x, int from, int count) {
    if (temperature.isPresent()) {
      float factor = temperature.get().at(step.batch.positions[token]);
      for (int i = from; i < from + count; i++) {
        x[i] *= factor;
      }
    }
  }

  /** Where the layer's keys and values are: an encoder keeps one layer at a time. */
  int cacheLayer(Mixer.Attention shape) {
    return shape.span().causal() ? step.layer : 0;
  }

  /** How many runs the batch has. */
  int runs() {
    return runs;
  }

  /**
   * What the heads that share one key/value head see, for a run of tokens.
   *
   * @param item which run and which key/value head: {@code run · kvHeads + kvHead}
   * @param worker who computes
   * @param shape the layer's attention
   * @param sinks as for {@link Attention#attend}
   * @param query shape [tokens, stride]
   * @param stride from one token's queries to the next's
   * @param out receives what is seen, shape [tokens, heads · valueDim]
   */
  void attend(
      int item,
      int worker,
      Mixer.Attention shape,
      Optional<float[]> sinks,
      float[] query,
      int stride,
      float[] out) {
    int run = item / shape.kvHeads();
    int first = runFirst[run];
    attention[worker].attend(
        step.batch.sequences[first],
        shape.sharesKeys() ? shape.keysOf() : cacheLayer(shape),
        item % shape.kvHeads(),
        shape.group(),
        step.batch.positions[first],
        runTokens[run],
        step.batch.lengths[first],
        shape.span(),
        sinks.orElse(NONE),
        query,
        first * stride,
        stride,
        out,
        first * shape.outputDim(),
        shape.outputDim());
  }
}
