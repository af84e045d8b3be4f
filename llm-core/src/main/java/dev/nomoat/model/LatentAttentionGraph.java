package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.quant.Activations;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Attention to latents. Of a token the cache keeps the latent and the part of the key that is
 * turned. A head's key would be a product of the latent, and its score one of query and key: so the
 * query is brought to where the latents are instead, once, and the heads' values are made of what
 * the heads have seen of the latents.
 */
final class LatentAttentionGraph {
  private final Step step;
  private final AttentionCore core;
  private final LatentAttention shape;
  private final Mixer.Attention absorbed;
  private final float[] down; // [tokens, padded queryRank]
  private final ProjectionInput queryInput; // [tokens, queryRank]
  private final float[] query; // [tokens, padded heads · queryDim]
  private final float[] latent; // [tokens, padded latentDim + turnedDim]
  private final ProjectionInput plain; // [heads, tokens, plainDim]
  private final float[] broughtOver; // [heads, tokens, padded latentDim]
  private final float[] queries; // [tokens, heads · (latentDim + turnedDim)]
  private final float[] seen; // [tokens, heads · latentDim]
  private final ProjectionInput seenOfHead; // [heads, tokens, latentDim]
  private final float[] values; // [heads, tokens, padded valueDim]
  private final ProjectionInput attended; // [tokens, heads · valueDim]
  private final float[][] panels; // of each worker: [chunks of a latent, plainDim, 64]
  private final float[][] rows; // of each worker: [latentDim]

  // what the chunks of the running loop work on
  private MixerWeights.LatentAttention<PackedMatrix, float[]> weights;

  private final WorkerTeam.Chunk normalizeQuery = this::normalizeQuery;
  private final WorkerTeam.Chunk storeToken = this::turnAndStore;
  private final WorkerTeam.Chunk bringHeadOver = this::bringOver;
  private final WorkerTeam.Chunk assembleQuery = this::assemble;
  private final WorkerTeam.Chunk attendRun = this::attend;
  private final WorkerTeam.Chunk separateToken = this::separate;
  private final WorkerTeam.Chunk joinToken = this::join;

  /**
   * Makes the buffers.
   *
   * @param step where input comes from and what is added goes to
   * @param core angles, and what is seen in the cache
   * @param any the weights of a layer
   */
  LatentAttentionGraph(
      Step step, AttentionCore core, MixerWeights.LatentAttention<PackedMatrix, float[]> any) {
    this.step = step;
    this.core = core;
    this.shape = step.mixer(LatentAttention.class); // the same in all layers
    this.weights = any;
    absorbed = shape.absorbed();
    int tokens = Batch.CAPACITY;
    int uses = tokens * shape.heads();
    down = new float[tokens * padded(shape.queryRank())];
    queryInput = new ProjectionInput(step.levels());
    query = new float[tokens * padded(shape.heads() * shape.queryDim())];
    latent = new float[tokens * padded(absorbed.keyDim())];
    plain = new ProjectionInput(step.levels());
    broughtOver = new float[uses * padded(shape.latentDim())];
    queries = new float[uses * absorbed.keyDim()];
    seen = new float[uses * shape.latentDim()];
    seenOfHead = new ProjectionInput(step.levels());
    values = new float[uses * padded(shape.valueDim())];
    attended = new ProjectionInput(step.levels());
    int workers = any.keysFromLatent() ? step.team.threads() : 0;
    panels = new float[workers][padded(shape.latentDim()) * shape.plainDim()];
    rows = new float[workers][shape.latentDim()];
  }

  /** Says which forms of the input are needed. */
  void want(MixerWeights.LatentAttention<PackedMatrix, float[]> w) {
    step.input.want(w.queryDown().orElse(w.query()).weight());
    step.input.want(w.latent().weight());
  }

  /** From the step's input to what attention adds, without the bias; false when aborted. */
  boolean run(MixerWeights.LatentAttention<PackedMatrix, float[]> w) {
    weights = w;
    int tokens = step.tokens();
    plain.reset(shape.heads() * tokens, shape.plainDim(), Activations.few(tokens));
    if (!w.keysFromLatent()) {
      w.keys().forEach(plain::want);
    }
    return project(tokens)
        && step.team.run(tokens, storeToken)
        && (w.keysFromLatent() ? bringOver(tokens) : ofHeads(plain, w.keys(), broughtOver))
        && step.team.run(tokens, assembleQuery)
        && step.team.run(core.runs(), attendRun)
        && output(tokens);
  }

  private boolean project(int tokens) {
    Projections inputs = step.projections.of(step.input).add(weights.latent().weight(), latent);
    if (weights.queryDown().isEmpty()) {
      return inputs.add(weights.query().weight(), query).run();
    }
    queryInput.reset(tokens, shape.queryRank());
    queryInput.want(weights.query().weight());
    return inputs.add(weights.queryDown().get().weight(), down).run()
        && step.team.run(tokens, normalizeQuery)
        && step.projections.of(queryInput).add(weights.query().weight(), query).run();
  }

  /** Multiplies the inputs of each head with a matrix of its own. */
  private boolean ofHeads(ProjectionInput input, List<PackedMatrix> matrices, float[] out) {
    int tokens = step.tokens();
    Projections products = step.projections.of(input);
    for (int head = 0; head < matrices.size(); head++) {
      products.add(matrices.get(head), out, head * tokens, tokens);
    }
    return products.run();
  }

  private boolean output(int tokens) {
    seenOfHead.reset(shape.heads() * tokens, shape.latentDim(), Activations.few(tokens));
    weights.values().forEach(seenOfHead::want);
    attended.reset(tokens, shape.heads() * shape.valueDim());
    attended.want(weights.output().weight());
    return step.team.run(tokens, separateToken)
        && ofHeads(seenOfHead, weights.values(), values)
        && step.team.run(tokens, joinToken)
        && step.projections.of(attended).add(weights.output().weight(), step.mixed).run();
  }

  private void normalizeQuery(int token, int worker) {
    int from = token * padded(shape.queryRank());
    Step.addBias(weights.queryDown().flatMap(Weights.Linear::bias), down, from);
    int to = token * shape.queryRank();
    step.norm(weights.queryNorm().orElseThrow(), down, from, queryInput.values(), to, worker);
    queryInput.finish(token);
  }

  private void turnAndStore(int token, int worker) {
    int key = token * padded(absorbed.keyDim());
    Step.addBias(weights.latent().bias(), latent, key);
    step.norm(weights.latentNorm(), latent, key, latent, key, worker);
    core.turn(shape.rope(), token, latent, key + shape.latentDim());
    int position = step.batch.positions[token];
    step.batch.sequences[token].store(step.layer, 0, position, latent, key, latent, key);
    int from = token * padded(shape.heads() * shape.queryDim());
    Step.addBias(weights.query().bias(), query, from);
    core.heat(token, shape.temperature(), query, from, shape.heads() * shape.queryDim());
    for (int head = 0; head < shape.heads(); head++) {
      int row = head * step.tokens() + token;
      int at = from + head * shape.queryDim();
      System.arraycopy(query, at, plain.values(), row * shape.plainDim(), shape.plainDim());
      plain.finish(row);
      int to = (token * shape.heads() + head) * absorbed.keyDim() + shape.latentDim();
      System.arraycopy(query, at + shape.plainDim(), queries, to, shape.turnedDim());
      core.turn(shape.rope(), token, queries, to);
    }
  }

  /** Of the matrix that makes keys and values of latents, the inputs are the latents. */
  private boolean bringOver(int tokens) {
    PackedMatrix first = weights.keys().getFirst(); // stands for all of them
    step.projections.show(first, latent, padded(absorbed.keyDim()), tokens);
    return step.team.run(shape.heads(), bringHeadOver);
  }

  /** A head's queries times the matrix that would make keys of latents, transposed. */
  private void bringOver(int head, int worker) {
    PackedMatrix keys = weights.keys().get(head);
    float[] panel = panels[worker];
    float[] row = rows[worker];
    int group = PackedMatrix.GROUP;
    int chunks = padded(shape.latentDim()) / group;
    for (int k = 0; k < shape.plainDim(); k++) {
      keys.readRow(k, row, 0, step.workspaces[worker]);
      for (int chunk = 0; chunk < chunks; chunk++) {
        int count = Math.min(group, row.length - chunk * group);
        System.arraycopy(row, chunk * group, panel, (chunk * shape.plainDim() + k) * group, count);
      }
    }
    int tokens = step.tokens();
    int stride = padded(shape.latentDim());
    int to = head * tokens * stride;
    Arrays.fill(broughtOver, to, to + tokens * stride, 0f);
    for (int chunk = 0; chunk < chunks; chunk++) {
      step.kernels.accumulate(
          panel,
          chunk * shape.plainDim() * group,
          shape.plainDim(),
          plain.values(),
          head * tokens * shape.plainDim(),
          shape.plainDim(),
          tokens,
          broughtOver,
          to + chunk * group,
          stride);
    }
  }

  private void assemble(int token, int worker) {
    for (int head = 0; head < shape.heads(); head++) {
      int from = (head * step.tokens() + token) * padded(shape.latentDim());
      int to = (token * shape.heads() + head) * absorbed.keyDim();
      System.arraycopy(broughtOver, from, queries, to, shape.latentDim());
    }
  }

  private void attend(int run, int worker) {
    core.attend(run, worker, absorbed, Optional.empty(), queries, absorbed.queriesDim(), seen);
  }

  private void separate(int token, int worker) {
    int dim = shape.latentDim();
    for (int head = 0; head < shape.heads(); head++) {
      int row = head * step.tokens() + token;
      int from = (token * shape.heads() + head) * dim;
      System.arraycopy(seen, from, seenOfHead.values(), row * dim, dim);
      seenOfHead.finish(row);
    }
  }

  private void join(int token, int worker) {
    int dim = shape.valueDim();
    for (int head = 0; head < shape.heads(); head++) {
      int from = (head * step.tokens() + token) * padded(dim);
      int to = (token * shape.heads() + head) * dim;
      System.arraycopy(values, from, attended.values(), to, dim);
    }
    attended.finish(token);
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(LatentAttention shape) {
    // an input is kept in f32, as integers and as factors
    long ofHead =
        shape.queryDim()
            + 3L * shape.plainDim()
            + 3L * shape.latentDim()
            + shape.turnedDim()
            + 3L * shape.latentDim()
            + 4L * shape.valueDim();
    return 4L * shape.queryRank() + shape.latentDim() + shape.turnedDim() + shape.heads() * ofHead;
  }
}
