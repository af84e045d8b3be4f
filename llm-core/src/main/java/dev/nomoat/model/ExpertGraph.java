package dev.nomoat.model;

import static dev.nomoat.model.Step.padded;

import dev.nomoat.math.FloatMath;
import dev.nomoat.quant.Activations;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.schedule.WorkerTeam;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A mixture of experts: each token chooses some feed-forward networks, and their outputs are added,
 * weighted. The uses are sorted by expert, so that the weights of one are read once for all its
 * tokens, and those of an expert that nobody chose not at all.
 */
final class ExpertGraph {
  private final Step step;
  private final Optional<DenseGraph> shared;
  private final ExpertChoice[] choices; // of each worker

  private final float[] scores; // [tokens, padded experts]
  private final float[] sharedScore; // [tokens, one group]
  private final int[] chosen; // [tokens, used]
  private final float[] weight; // [tokens, used]
  private final int[] rowOf; // [tokens, used]: where a use is among those sorted by expert
  private final int[] useOf; // of a sorted one
  private final int[] expertOf;
  private final int[] first; // of each expert, the first of its uses
  private final float[] gate; // [uses, padded hiddenDim]
  private final float[] up;
  private final float[] out; // [uses, padded dim]
  private final float[][] sums; // of each worker: [dim], when experts have norms of their own
  private final ProjectionInput gathered;
  private final ProjectionInput hidden;

  // what the chunks of the running loop work on
  private FeedForwardWeights.Experts<PackedMatrix, float[]> weights;
  private ModelConfig.Experts rules;
  private Optional<Weights.Norm<float[]>> norm = Optional.empty();
  private float factor;
  private final WorkerTeam.Chunk chooseToken = this::choose;
  private final WorkerTeam.Chunk gatherUse = this::gather;
  private final WorkerTeam.Chunk activateUse = this::activate;
  private final WorkerTeam.Chunk combineToken = this::combine;
  private final WorkerTeam.Chunk normalizeToken = this::normalize;
  private final WorkerTeam.Chunk combineApartToken = this::combineApart;

  /**
   * Makes the buffers.
   *
   * @param step where input comes from and what is added goes to
   * @param layer a layer with experts; all that have some are of the same shape
   * @param any the weights of one
   */
  ExpertGraph(
      Step step, ModelConfig.Layer layer, FeedForwardWeights.Experts<PackedMatrix, float[]> any) {
    this.step = step;
    this.weights = any;
    this.rules = layer.experts().orElseThrow();
    shared = any.shared().map(dense -> new DenseGraph(step, rules.sharedDim(), dense));
    choices = new ExpertChoice[step.team.threads()];
    Arrays.setAll(choices, i -> new ExpertChoice(rules));
    int tokens = Batch.CAPACITY;
    int uses = tokens * rules.used();
    scores = new float[tokens * padded(rules.count())];
    sharedScore = new float[any.sharedGate().isPresent() ? tokens * padded(1) : 0];
    chosen = new int[uses];
    weight = new float[uses];
    rowOf = new int[uses];
    useOf = new int[uses];
    expertOf = new int[uses];
    first = new int[rules.count() + 1];
    gate = new float[uses * padded(layer.hiddenDim())];
    up = new float[uses * padded(layer.hiddenDim())];
    out = new float[uses * padded(step.config.dim())];
    sums = new float[step.team.threads()][any.apart().isPresent() ? step.config.dim() : 0];
    gathered = new ProjectionInput(step.levels());
    hidden = new ProjectionInput(step.levels());
  }

  /** Says which forms of the input are needed. */
  void want(FeedForwardWeights.Experts<PackedMatrix, float[]> w) {
    if (w.apart().isEmpty()) {
      step.input.want(w.router().weight());
    }
    if (w.sharedGate().isPresent()) {
      step.input.want(w.sharedGate().get());
    }
    if (w.shared().isPresent()) {
      shared.orElseThrow().want(w.shared().get());
    }
  }

  /** From the step's input to what the experts add; false when aborted. */
  boolean run(FeedForwardWeights.Experts<PackedMatrix, float[]> w) {
    weights = w;
    return w.apart().isPresent() ? runApart(w, w.apart().get()) : runTogether(w);
  }

  private boolean runTogether(FeedForwardWeights.Experts<PackedMatrix, float[]> w) {
    int tokens = step.tokens();
    Projections routing = step.projections.of(step.input).add(w.router().weight(), scores);
    if (w.sharedGate().isPresent()) {
      routing.add(w.sharedGate().get(), sharedScore);
    }
    return routing.run()
        && step.team.run(tokens, chooseToken)
        && runChosen(tokens * rules.used())
        && (w.shared().isEmpty() || shared.orElseThrow().run(w.shared().get()))
        && step.team.run(tokens, combineToken);
  }

  /** The shared network reads the step's input; router and experts read norms of their own. */
  private boolean runApart(
      FeedForwardWeights.Experts<PackedMatrix, float[]> w,
      FeedForwardWeights.ApartNorms<float[]> norms) {
    int tokens = step.tokens();
    if (!shared.orElseThrow().run(w.shared().orElseThrow())) {
      return false;
    }
    step.input.reset(tokens, step.config.dim());
    step.input.want(w.router().weight());
    norm = Optional.of(norms.router());
    factor = (float) (1 / Math.sqrt(step.config.dim()));
    if (!step.team.run(tokens, normalizeToken)
        || !step.projections.of(step.input).add(w.router().weight(), scores).run()
        || !step.team.run(tokens, chooseToken)) {
      return false;
    }
    step.input.reset(tokens, step.config.dim());
    norm = Optional.of(norms.experts());
    factor = 1;
    return step.team.run(tokens, normalizeToken)
        && runChosen(tokens * rules.used())
        && step.team.run(tokens, combineApartToken);
  }

  private void normalize(int token, int worker) {
    int dim = step.config.dim();
    int at = token * dim;
    float[] to = step.input.values();
    step.norm(norm.orElseThrow(), step.stream, at, to, at, worker);
    for (int i = at; i < at + dim; i++) {
      to[i] *= factor;
    }
    step.input.finish(token);
  }

  private boolean runChosen(int uses) {
    boolean few = sort(uses);
    List<FeedForwardWeights.Dense<PackedMatrix, float[]>> experts = weights.experts();
    PackedMatrix anyGate = experts.getFirst().gate().orElseThrow().weight();
    gathered.reset(uses, step.config.dim(), few);
    gathered.want(anyGate);
    gathered.want(experts.getFirst().up().weight());
    hidden.reset(uses, anyGate.rows(), few);
    hidden.want(experts.getFirst().down().weight());
    if (!step.team.run(uses, gatherUse)) {
      return false;
    }
    Projections inputs = step.projections.of(gathered);
    for (int e = 0; e < rules.count(); e++) {
      int count = first[e + 1] - first[e];
      if (count > 0) {
        inputs.add(experts.get(e).gate().orElseThrow().weight(), gate, first[e], count);
        inputs.add(experts.get(e).up().weight(), up, first[e], count);
      }
    }
    if (!inputs.run() || !step.team.run(uses, activateUse)) {
      return false;
    }
    Projections outputs = step.projections.of(hidden);
    for (int e = 0; e < rules.count(); e++) {
      int count = first[e + 1] - first[e];
      if (count > 0) {
        outputs.add(experts.get(e).down().weight(), out, first[e], count);
      }
    }
    return outputs.run();
  }

  /** Sorts the uses by expert, by counting; whether some expert has but few. */
  private boolean sort(int uses) {
    Arrays.fill(first, 0);
    for (int use = 0; use < uses; use++) {
      first[chosen[use] + 1]++;
    }
    boolean few = false;
    for (int e = 0; e < rules.count(); e++) {
      few |= first[e + 1] > 0 && Activations.few(first[e + 1]);
      first[e + 1] += first[e];
    }
    for (int use = 0; use < uses; use++) {
      int row = first[chosen[use]]++;
      rowOf[use] = row;
      useOf[row] = use;
      expertOf[row] = chosen[use];
    }
    // each has moved to where the next one begins
    System.arraycopy(first, 0, first, 1, rules.count());
    first[0] = 0;
    return few;
  }

  private void choose(int token, int worker) {
    int at = token * padded(rules.count());
    Step.addBias(weights.router().bias(), scores, at);
    int to = token * rules.used();
    choices[worker].choose(scores, at, weights.choiceBias(), chosen, weight, to);
    if (weights.scales().isPresent()) {
      float[] scales = weights.scales().get();
      for (int use = to; use < to + rules.used(); use++) {
        weight[use] *= scales[chosen[use]];
      }
    }
  }

  private void gather(int use, int worker) {
    int dim = step.config.dim();
    float[] from = step.input.values();
    float[] to = gathered.values();
    System.arraycopy(from, useOf[use] / rules.used() * dim, to, use * dim, dim);
    if (rules.ofInput()) {
      float part = weight[useOf[use]];
      for (int i = use * dim; i < (use + 1) * dim; i++) {
        to[i] *= part;
      }
    }
    gathered.finish(use);
  }

  private void activate(int use, int worker) {
    FeedForwardWeights.Dense<PackedMatrix, float[]> expert = weights.experts().get(expertOf[use]);
    int from = use * expert.up().weight().paddedRows();
    DenseGraph.activate(step, expert, gate, up, from, hidden, use, worker);
  }

  private void combine(int token, int worker) {
    int dim = step.config.dim();
    int to = token * padded(dim);
    float[] mixed = step.mixed;
    if (weights.shared().isEmpty()) {
      Arrays.fill(mixed, to, to + dim, 0f);
    } else {
      Step.addBias(weights.shared().get().down().bias(), mixed, to);
    }
    if (weights.sharedGate().isPresent()) {
      float part = FloatMath.sigmoid(sharedScore[token * padded(1)]);
      for (int i = 0; i < dim; i++) {
        mixed[to + i] *= part;
      }
    }
    addChosen(token, mixed, to);
  }

  private void addChosen(int token, float[] sum, int to) {
    int dim = step.config.dim();
    for (int use = token * rules.used(); use < (token + 1) * rules.used(); use++) {
      int from = rowOf[use] * padded(dim);
      Step.addBias(weights.experts().get(chosen[use]).down().bias(), out, from);
      float part = rules.ofInput() ? 1 : weight[use];
      for (int i = 0; i < dim; i++) {
        sum[to + i] += part * out[from + i];
      }
    }
  }

  private void combineApart(int token, int worker) {
    FeedForwardWeights.ApartNorms<float[]> norms = weights.apart().orElseThrow();
    int dim = step.config.dim();
    int to = token * padded(dim);
    float[] mixed = step.mixed;
    Step.addBias(weights.shared().orElseThrow().down().bias(), mixed, to);
    step.norm(norms.afterShared(), mixed, to, mixed, to, worker);
    float[] sum = sums[worker];
    Arrays.fill(sum, 0);
    addChosen(token, sum, 0);
    step.norm(norms.afterExperts(), sum, 0, sum, 0, worker);
    for (int i = 0; i < dim; i++) {
      mixed[to + i] += sum[i];
    }
  }

  /** Memory of the buffers, in numbers of a token. */
  static long numbers(ModelConfig config, ModelConfig.Layer layer) {
    ModelConfig.Experts experts = layer.experts().orElseThrow();
    return (5L * layer.hiddenDim() + 4L * config.dim()) * experts.used()
        + DenseGraph.numbers(experts.sharedDim());
  }
}
