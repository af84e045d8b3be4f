package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.math.FloatMath;
import dev.nomoat.math.Reduction;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.util.Arrays;

/**
 * Alternating updates: a token has several streams, of which the blocks read and write the first.
 * Before a block each stream is predicted from all of them; behind it each is corrected by what the
 * block has changed in the first.
 *
 * <p>Source: Baykal et al., "Alternating Updates for Efficient Transformers", 2023.
 */
final class AltUpGraph {
  /** The least mean square that a projected stream is divided by. */
  private static final float LEAST = 1e-5f;

  private final Step step;
  private final Weights.Streams<PackedMatrix> streams;
  private final int count;
  private final float[][] others; // of each stream but the first: [tokens, padded dim]
  private final float[] predicted; // the first stream before the block: [tokens, dim]
  private final float[] scores; // [tokens, padded streams]
  private final float[][] factors; // of each worker: [streams], then [streams, streams]
  private final float[][] rows; // of each worker: [streams, dim]

  // what the chunks of the running loop work on
  private Weights.AltUp<PackedMatrix, float[]> weights;
  private float[] from;
  private int stride;
  private Weights.Norm<float[]> norm;
  private final WorkerTeam.Chunk copyToken = this::copy;
  private final WorkerTeam.Chunk beginToken = this::begin;
  private final WorkerTeam.Chunk endToken = this::end;
  private final WorkerTeam.Chunk routeToken = this::route;
  private final WorkerTeam.Chunk predictToken = this::predict;
  private final WorkerTeam.Chunk correctToken = this::correct;
  private final WorkerTeam.Chunk addToken = this::add;

  /**
   * Makes the buffers.
   *
   * @param step where the first stream is
   * @param streams where the others come from
   * @param any the weights of a layer
   */
  AltUpGraph(
      Step step, Weights.Streams<PackedMatrix> streams, Weights.AltUp<PackedMatrix, float[]> any) {
    this.step = step;
    this.streams = streams;
    weights = any;
    norm = any.routerNorm();
    from = step.stream;
    count = 1 + streams.projections().size();
    int dim = step.config.dim();
    others = new float[count - 1][Batch.CAPACITY * padded(dim)];
    predicted = step.newStream();
    scores = new float[Batch.CAPACITY * padded(count)];
    factors = new float[step.team.threads()][count + count * count];
    rows = new float[step.team.threads()][count * dim];
  }

  /** From the embedded tokens to their streams; false when aborted. */
  boolean begin() {
    int tokens = step.tokens();
    step.input.reset(tokens, step.config.dim());
    streams.projections().forEach(step.input::want);
    from = step.stream;
    stride = step.config.dim();
    if (!step.team.run(tokens, copyToken)) {
      return false;
    }
    Projections all = step.projections.of(step.input);
    for (int i = 0; i < others.length; i++) {
      all.add(streams.projections().get(i), others[i]);
    }
    return all.run() && step.team.run(tokens, beginToken);
  }

  /** Makes one stream of all; false when aborted. */
  boolean end() {
    int tokens = step.tokens();
    stride = padded(step.config.dim());
    for (int i = 0; i < others.length; i++) {
      PackedMatrix back = streams.unprojections().get(i);
      step.input.reset(tokens, step.config.dim());
      step.input.want(back);
      from = others[i];
      if (!step.team.run(tokens, copyToken)
          || !step.projections.of(step.input).add(back, others[i]).run()) {
        return false;
      }
    }
    return step.team.run(tokens, endToken);
  }

  /** Before a block; false when aborted. */
  boolean predict(Weights.AltUp<PackedMatrix, float[]> w) {
    return route(w) && step.team.run(step.tokens(), predictToken);
  }

  /** Behind a block; false when aborted. */
  boolean correct(Weights.AltUp<PackedMatrix, float[]> w) {
    return route(w) && step.team.run(step.tokens(), correctToken);
  }

  /** Adds what the step holds to all streams but the first, normalised; false when aborted. */
  boolean add(Weights.Norm<float[]> of) {
    norm = of;
    return step.team.run(step.tokens(), addToken);
  }

  private boolean route(Weights.AltUp<PackedMatrix, float[]> w) {
    weights = w;
    step.input.reset(step.tokens(), step.config.dim());
    step.input.want(w.router());
    return step.team.run(step.tokens(), routeToken)
        && step.projections.of(step.input).add(w.router(), scores).run();
  }

  private void copy(int token, int worker) {
    int dim = step.config.dim();
    System.arraycopy(from, token * stride, step.input.values(), token * dim, dim);
    step.input.finish(token);
  }

  /** Gives the projections the magnitude of the first stream. */
  private void begin(int token, int worker) {
    int dim = step.config.dim();
    float magnitude = magnitude(step.stream, token * dim, 0, worker);
    int to = token * padded(dim);
    for (float[] stream : others) {
      float factor = magnitude / magnitude(stream, to, LEAST, worker);
      for (int i = to; i < to + dim; i++) {
        stream[i] *= factor;
      }
    }
  }

  private void end(int token, int worker) {
    int dim = step.config.dim();
    int to = token * dim;
    int at = token * padded(dim);
    float magnitude = magnitude(step.stream, to, 0, worker);
    for (float[] stream : others) {
      float factor = magnitude / magnitude(stream, at, LEAST, worker);
      for (int i = 0; i < dim; i++) {
        step.stream[to + i] += factor * stream[at + i];
      }
    }
    for (int i = to; i < to + dim; i++) {
      step.stream[i] /= count;
    }
  }

  private float magnitude(float[] x, int at, float least, int worker) {
    int dim = step.config.dim();
    float mean = Reduction.sumOfSquares(x, at, dim, step.partial[worker]) / dim;
    return (float) Math.sqrt(Math.max(mean, least));
  }

  private void route(int token, int worker) {
    int dim = step.config.dim();
    int at = token * dim;
    float[] to = step.input.values();
    step.norm(weights.routerNorm(), step.stream, at, to, at, worker);
    for (int i = at; i < at + dim; i++) {
      to[i] /= dim;
    }
    step.input.finish(token);
  }

  private void predict(int token, int worker) {
    int dim = step.config.dim();
    float[] coefficients = coefficients(weights.prediction(), count * count, token, worker);
    float[] row = rows[worker];
    for (int to = 0; to < count; to++) {
      Arrays.fill(row, to * dim, (to + 1) * dim, 0);
      for (int of = 0; of < count; of++) {
        float[] x = of == 0 ? step.stream : others[of - 1];
        int at = of == 0 ? token * dim : token * padded(dim);
        float part = coefficients[count + to * count + of];
        for (int i = 0; i < dim; i++) {
          row[to * dim + i] += part * x[at + i];
        }
      }
    }
    for (int i = 0; i < dim; i++) {
      step.stream[token * dim + i] += row[i];
    }
    System.arraycopy(step.stream, token * dim, predicted, token * dim, dim);
    for (int to = 1; to < count; to++) {
      for (int i = 0; i < dim; i++) {
        others[to - 1][token * padded(dim) + i] += row[to * dim + i];
      }
    }
  }

  private void correct(int token, int worker) {
    int dim = step.config.dim();
    float[] coefficients = coefficients(weights.correction(), count, token, worker);
    float[] change = rows[worker];
    float[] x = step.stream;
    int at = token * dim;
    for (int i = 0; i < dim; i++) {
      change[i] = x[at + i] - predicted[at + i];
      x[at + i] = predicted[at + i] + (coefficients[count] + 1) * change[i];
    }
    for (int to = 1; to < count; to++) {
      float part = coefficients[count + to] + 1;
      for (int i = 0; i < dim; i++) {
        others[to - 1][token * padded(dim) + i] += part * change[i];
      }
    }
  }

  /** Behind {@code count} scores of the token, what a matrix makes of them. */
  private float[] coefficients(float[] matrix, int size, int token, int worker) {
    float[] all = factors[worker];
    for (int i = 0; i < count; i++) {
      all[i] = FloatMath.tanh(scores[token * padded(count) + i]);
    }
    for (int row = 0; row < size; row++) {
      float sum = 0;
      for (int i = 0; i < count; i++) {
        sum += matrix[row * count + i] * all[i];
      }
      all[count + row] = sum;
    }
    return all;
  }

  private void add(int token, int worker) {
    int dim = step.config.dim();
    int at = token * padded(dim);
    step.norm(norm, step.mixed, at, step.mixed, at, worker);
    for (float[] stream : others) {
      for (int i = at; i < at + dim; i++) {
        stream[i] += step.mixed[i];
      }
    }
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(ModelConfig config) {
    int streams = config.streams().count();
    return streams == 1 ? 0 : (long) streams * config.dim() + streams;
  }
}
