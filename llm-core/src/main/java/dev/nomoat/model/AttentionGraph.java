package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.cache.SequenceCache;
import dev.nomoat.math.FloatMath;
import dev.nomoat.math.Norms;
import dev.nomoat.model.ModelConfig.QueryKeyNorm;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.util.Arrays;
import java.util.Optional;

/**
 * Attention of a decoder block: query, key and value of each token, normalised and turned; keys and
 * values go to the cache; what the tokens see there, projected back.
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
  private final float[] ones; // [keyDim], where heads are normalised without a gain

  // what the chunks of the running loop work on
  private Weights.Attention<PackedMatrix, float[]> weights;
  private ModelConfig.Attention shape;

  // made once, because a lambda at each loop would be garbage at each token
  private final WorkerTeam.Chunk storeToken = this::turnAndStore;
  private final WorkerTeam.Chunk attendRun = this::attend;
  private final WorkerTeam.Chunk prepareToken = this::prepare;

  /**
   * Makes the buffers.
   *
   * @param step where input comes from and what is added goes to
   * @param core angles, and what is seen in the cache
   * @param any the weights of a layer
   */
  AttentionGraph(Step step, AttentionCore core, Weights.Attention<PackedMatrix, float[]> any) {
    this.step = step;
    this.core = core;
    this.config = step.config;
    this.weights = any;
    this.shape = config.attention().findFirst().orElseThrow();
    int tokens = Batch.CAPACITY;
    gated = config.has(ModelConfig.Part.QUERY_GATE);
    int gates = config.most(ModelConfig.Attention::queriesAndGatesDim);
    queryGate = new float[gated ? tokens * padded(gates) : 0];
    query = new float[tokens * padded(config.most(ModelConfig.Attention::queriesDim))];
    key = new float[tokens * padded(config.most(ModelConfig.Attention::keysDim))];
    value = new float[tokens * padded(config.most(ModelConfig.Attention::valuesDim))];
    attended = new ProjectionInput(step.levels());
    boolean unit = config.queryKeyNorm() == QueryKeyNorm.TURNED;
    ones = new float[unit ? config.most(ModelConfig.Attention::keyDim) : 0];
    Arrays.fill(ones, 1f);
  }

  /** Says which forms of the input are needed. */
  void want(Weights.Attention<PackedMatrix, float[]> w) {
    step.input.want(w.query().weight());
    step.input.want(w.key().weight());
    step.input.want(w.value().weight());
  }

  /** From the step's input to what attention adds, without the bias; false when aborted. */
  boolean run(Weights.Attention<PackedMatrix, float[]> w) {
    shape = step.mixer(ModelConfig.Attention.class);
    weights = w;
    int tokens = step.tokens();
    return step.projections
            .of(step.input)
            .add(w.query().weight(), gated ? queryGate : query)
            .add(w.key().weight(), key)
            .add(w.value().weight(), value)
            .run()
        && step.team.run(tokens, storeToken)
        && attendAll(tokens)
        && step.projections.of(attended).add(w.output().weight(), step.mixed).run();
  }

  private boolean attendAll(int tokens) {
    attended.reset(tokens, shape.outputDim());
    attended.want(weights.output().weight());
    return step.team.run(core.runs() * shape.kvHeads(), attendRun)
        && step.team.run(tokens, prepareToken);
  }

  private void turnAndStore(int token, int worker) {
    int queries = token * padded(shape.queriesDim());
    int keys = token * padded(shape.keysDim());
    int values = token * padded(shape.valuesDim());
    if (gated) {
      int from = token * padded(shape.queriesAndGatesDim());
      Step.addBias(weights.query().bias(), queryGate, from);
      for (int head = 0; head < shape.heads(); head++) {
        int to = queries + head * shape.keyDim();
        System.arraycopy(queryGate, from, query, to, shape.keyDim());
        from += shape.keyDim() + shape.valueDim();
      }
    } else {
      Step.addBias(weights.query().bias(), query, queries);
    }
    Step.addBias(weights.key().bias(), key, keys);
    Step.addBias(weights.value().bias(), value, values);
    normalize(weights.queryNorm(), query, queries, shape.queriesDim(), worker);
    normalize(weights.keyNorm(), key, keys, shape.keysDim(), worker);
    int keyDim = shape.keyDim();
    int rope = shape.rope();
    if (rope >= 0) {
      for (int head = 0; head < shape.heads(); head++) {
        core.turn(rope, token, query, queries + head * keyDim);
      }
      for (int head = 0; head < shape.kvHeads(); head++) {
        core.turn(rope, token, key, keys + head * keyDim);
      }
    }
    if (config.queryKeyNorm() == QueryKeyNorm.TURNED && rope >= 0) {
      unit(query, queries, shape.queriesDim(), worker);
      unit(key, keys, shape.keysDim(), worker);
    }
    core.heat(token, shape.temperature(), query, queries, shape.queriesDim());
    SequenceCache sequence = step.batch.sequences[token];
    int position = step.batch.positions[token];
    for (int head = 0; head < shape.kvHeads(); head++) {
      int keyAt = keys + head * keyDim;
      int valueAt = values + head * shape.valueDim();
      sequence.store(step.layer, head, position, key, keyAt, value, valueAt);
    }
  }

  /** Each head, or all together: as many numbers at a time as the norm has gains. */
  private void normalize(
      Optional<Weights.Norm<float[]>> norm, float[] x, int from, int count, int worker) {
    if (norm.isPresent()) {
      int size = norm.get().gain().length;
      for (int at = from; at < from + count; at += size) {
        step.norm(norm.get(), x, at, x, at, worker);
      }
    }
  }

  /** Each head without a gain. */
  private void unit(float[] x, int from, int count, int worker) {
    float epsilon = config.norm().epsilon();
    for (int at = from; at < from + count; at += shape.keyDim()) {
      Norms.rms(x, at, ones, epsilon, x, at, step.partial[worker]);
    }
  }

  private void attend(int item, int worker) {
    int stride = padded(shape.queriesDim());
    core.attend(item, worker, shape, weights.sinks(), query, stride, attended.values());
  }

  private void prepare(int token, int worker) {
    if (gated) {
      gate(token);
    }
    attended.finish(token);
  }

  /** Multiplies what each head attends to with its gate. */
  private void gate(int token) {
    float[] values = attended.values();
    int at = token * shape.outputDim();
    int gate = token * padded(shape.queriesAndGatesDim());
    for (int head = 0; head < shape.heads(); head++) {
      gate += shape.keyDim();
      for (int i = 0; i < shape.valueDim(); i++) {
        values[at++] *= FloatMath.sigmoid(queryGate[gate++]);
      }
    }
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(ModelConfig config) {
    // an input is kept in f32, as integers and as factors
    boolean gated = config.has(ModelConfig.Part.QUERY_GATE);
    return (long) (gated ? config.most(ModelConfig.Attention::queriesAndGatesDim) : 0)
        + config.most(ModelConfig.Attention::queriesDim)
        + config.most(ModelConfig.Attention::keysDim)
        + config.most(ModelConfig.Attention::valuesDim)
        + 3L * config.most(ModelConfig.Attention::outputDim);
  }
}
