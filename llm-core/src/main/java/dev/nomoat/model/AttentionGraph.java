package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.cache.SequenceCache;
import dev.nomoat.math.Norms;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.util.Arrays;
import java.util.List;

/**
 * Attention of a block: query, key and value of each token, normalised and turned; keys and values
 * go to the cache; what the tokens see there, projected back.
 */
final class AttentionGraph {
  private final Step step;
  private final ModelConfig config;
  private final AttentionCore core;
  private final boolean gated;
  private final float[] queryGate; // [tokens, padded]: query and gate of each head, when gated
  private final float[] query; // [tokens, padded heads · keyDim]
  private final float[] key; // [tokens, padded kvHeads · keyDim]
  private final float[] value; // [tokens, padded kvHeads · valueDim]
  private final ProjectionInput attended;
  private final float[][] ones; // of each layer: [keyDim], where a head has no gain

  // what the chunks of the running loop work on
  private MixerWeights.Attention<PackedMatrix, float[]> weights;
  private Mixer.Attention shape;

  // made once, because a lambda at each loop would be garbage at each token
  private final WorkerTeam.Chunk storeAndTurnToken = this::storeAndTurn;
  private final WorkerTeam.Chunk storeToken = this::store;
  private final WorkerTeam.Chunk turnToken = this::turnQuery;
  private final WorkerTeam.Chunk attendRun = this::attend;
  private final WorkerTeam.Chunk prepareToken = this::prepare;

  /**
   * Makes the buffers.
   *
   * @param step where input comes from and what is added goes to
   * @param core angles, and what is seen in the cache
   * @param any the weights of a layer
   */
  AttentionGraph(Step step, AttentionCore core, MixerWeights.Attention<PackedMatrix, float[]> any) {
    this.step = step;
    this.core = core;
    this.config = step.config;
    this.weights = any;
    this.shape = config.attention().findFirst().orElseThrow();
    int tokens = Batch.CAPACITY;
    gated = config.has(ModelConfig.Part.QUERY_GATE);
    int gates = config.most(Mixer.Attention::queriesAndGatesDim);
    queryGate = new float[gated ? tokens * padded(gates) : 0];
    query = new float[tokens * padded(config.most(Mixer.Attention::queriesDim))];
    key = new float[tokens * padded(config.most(Mixer.Attention::keysDim))];
    value = new float[tokens * padded(config.most(Mixer.Attention::valuesDim))];
    attended = new ProjectionInput(step.levels());
    ones = new float[config.layers().size()][];
    for (int i = 0; i < ones.length; i++) {
      boolean heads = config.layers().get(i).mixer() instanceof Mixer.Attention;
      ones[i] = new float[heads ? step.mixer(i, Mixer.Attention.class).keyDim() : 0];
      Arrays.fill(ones[i], 1f);
    }
  }

  /** Says which forms of the input are needed. */
  void want(MixerWeights.Attention<PackedMatrix, float[]> w) {
    step.input.want(w.query().weight());
    w.key().ifPresent(key -> step.input.want(key.weight()));
    w.value().ifPresent(value -> step.input.want(value.weight()));
  }

  /** From the step's input to what attention adds, without the bias; false when aborted. */
  boolean run(MixerWeights.Attention<PackedMatrix, float[]> w) {
    shape = step.mixer(Mixer.Attention.class);
    weights = w;
    return shape.span().causal() ? runAll(w) : runStored(w);
  }

  private boolean runAll(MixerWeights.Attention<PackedMatrix, float[]> w) {
    int tokens = step.tokens();
    step.projections.of(step.input).add(w.query().weight(), gated ? queryGate : query);
    return addKeys(w).run() && step.team.run(tokens, storeAndTurnToken) && attendAll(tokens);
  }

  /** Stores keys and values of the step's tokens and does no more; false when aborted. */
  boolean store(MixerWeights.Attention<PackedMatrix, float[]> w) {
    shape = step.mixer(Mixer.Attention.class);
    weights = w;
    step.projections.of(step.input);
    return addKeys(w).run() && step.team.run(step.tokens(), storeToken);
  }

  /** To the projections of a step those of keys and values, where the layer has its own. */
  private Projections addKeys(MixerWeights.Attention<PackedMatrix, float[]> w) {
    Projections inputs = step.projections;
    if (w.key().isPresent()) {
      inputs.add(w.key().get().weight(), key);
    }
    if (w.value().isPresent()) {
      inputs.add(w.value().get().weight(), value);
    }
    return inputs;
  }

  /** In an encoder the keys and values are stored already. */
  private boolean runStored(MixerWeights.Attention<PackedMatrix, float[]> w) {
    int tokens = step.tokens();
    return step.projections.of(step.input).add(w.query().weight(), gated ? queryGate : query).run()
        && step.team.run(tokens, turnToken)
        && attendAll(tokens);
  }

  private boolean attendAll(int tokens) {
    attended.reset(tokens, shape.outputDim());
    attended.want(weights.output().weight());
    return step.team.run(core.runs() * shape.kvHeads(), attendRun)
        && step.team.run(tokens, prepareToken)
        && step.projections.of(attended).add(weights.output().weight(), step.mixed).run();
  }

  private void storeAndTurn(int token, int worker) {
    if (!shape.sharesKeys()) {
      store(token, worker);
    }
    turnQuery(token, worker);
  }

  private void turnQuery(int token, int worker) {
    int from = token * padded(shape.queriesDim());
    if (gated) {
      splitGate(token, from);
    } else {
      Step.addBias(weights.query().bias(), query, from);
    }
    turn(token, weights.queryNorms(), query, from, shape.heads(), worker);
    core.heat(token, shape.temperature(), query, from, shape.queriesDim());
  }

  /** Takes the queries out of what is query and gate of each head in turn. */
  private void splitGate(int token, int queries) {
    int from = token * padded(shape.queriesAndGatesDim());
    Step.addBias(weights.query().bias(), queryGate, from);
    for (int head = 0; head < shape.heads(); head++) {
      int to = queries + head * shape.keyDim();
      System.arraycopy(queryGate, from, query, to, shape.keyDim());
      from += shape.keyDim() + shape.valueDim();
    }
  }

  private void store(int token, int worker) {
    int keys = token * padded(shape.keysDim());
    int values = token * padded(shape.valuesDim());
    Step.addBias(weights.key().flatMap(Weights.Linear::bias), key, keys);
    Step.addBias(weights.value().flatMap(Weights.Linear::bias), value, values);
    switch (shape.values()) {
      case PROJECTED -> {}
      case NORMALIZED -> unit(value, values, shape.valuesDim(), worker);
      case OF_KEYS -> {
        System.arraycopy(key, keys, value, values, shape.valuesDim());
        unit(value, values, shape.valuesDim(), worker);
      }
    }
    turn(token, weights.keyNorms(), key, keys, shape.kvHeads(), worker);
    SequenceCache sequence = step.batch.sequences[token];
    int position = step.batch.positions[token];
    for (int head = 0; head < shape.kvHeads(); head++) {
      int keyAt = keys + head * shape.keyDim();
      int valueAt = values + head * shape.valueDim();
      sequence.store(core.cacheLayer(shape), head, position, key, keyAt, value, valueAt);
    }
  }

  /** Normalises heads and turns them, in layers that turn. */
  private void turn(
      int token, List<Weights.Norm<float[]>> norms, float[] x, int from, int heads, int worker) {
    int count = heads * shape.keyDim();
    boolean turns = shape.rope() >= 0;
    QueryKeyNorm kind = config.queryKeyNorm();
    if (kind != QueryKeyNorm.TURNED_HEAD) {
      normalize(norms, x, from, count, worker);
    }
    for (int head = 0; turns && head < heads; head++) {
      core.turn(shape.rope(), token, x, from + head * shape.keyDim());
    }
    if (kind == QueryKeyNorm.TURNED_HEAD) {
      normalize(norms, x, from, count, worker);
    } else if (kind == QueryKeyNorm.TURNED && turns) {
      unit(x, from, count, worker);
    }
  }

  /** Each head, or all together: as many numbers at a time as the norm has gains. */
  private void normalize(
      List<Weights.Norm<float[]>> norms, float[] x, int from, int count, int worker) {
    int at = from;
    for (int part = 0; !norms.isEmpty() && at < from + count; part++) {
      Weights.Norm<float[]> norm = norms.get(part % norms.size());
      step.norm(norm, x, at, x, at, worker);
      at += norm.gain().length;
    }
  }

  /** Each head without a gain; its keys and values are of one length. */
  private void unit(float[] x, int from, int count, int worker) {
    float epsilon = config.norm().epsilon();
    float[] gain = ones[step.layer];
    for (int at = from; at < from + count; at += gain.length) {
      Norms.rms(x, at, gain, epsilon, x, at, step.partial[worker]);
    }
  }

  private void attend(int item, int worker) {
    int stride = padded(shape.queriesDim());
    core.attend(item, worker, shape, weights.sinks(), query, stride, attended.values());
  }

  private void prepare(int token, int worker) {
    if (gated) {
      gate(token, worker);
    }
    attended.finish(token);
  }

  /** Multiplies what each head attends to with its gate. */
  private void gate(int token, int worker) {
    float[] values = attended.values();
    int at = token * shape.outputDim();
    int gate = token * padded(shape.queriesAndGatesDim());
    for (int head = 0; head < shape.heads(); head++) {
      gate += shape.keyDim();
      step.exponentials[worker].sigmoid(queryGate, gate, shape.valueDim());
      for (int i = 0; i < shape.valueDim(); i++) {
        values[at++] *= queryGate[gate++];
      }
    }
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(ModelConfig config) {
    // an input is kept in f32, as integers and as factors
    boolean gated = config.has(ModelConfig.Part.QUERY_GATE);
    return (long) (gated ? config.most(Mixer.Attention::queriesAndGatesDim) : 0)
        + config.most(Mixer.Attention::queriesDim)
        + config.most(Mixer.Attention::keysDim)
        + config.most(Mixer.Attention::valuesDim)
        + 3L * config.most(Mixer.Attention::outputDim);
  }
}
