package dev.nomoat.model;

import dev.nomoat.math.Exponentials;
import dev.nomoat.math.Norms;
import dev.nomoat.math.Reduction;
import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.Workspace;
import dev.nomoat.schedule.WorkerTeam;
import java.util.Arrays;
import java.util.Optional;

/**
 * The step that a graph is at: its batch, who computes it, and the buffers through which the parts
 * of the graph hand tokens on. Written between loops of the team, read inside them.
 */
final class Step {
  final ModelConfig config;
  final WorkerTeam team;
  final Kernels kernels;
  final boolean eightBit;
  final Workspace[] workspaces;
  final float[][] partial; // of each worker, for reductions
  final Exponentials[] exponentials; // of each worker
  final Projections projections;

  Batch batch = new Batch();
  int layer;

  /** The tokens between the blocks, shape [tokens, dim]; an encoder has one for each batch. */
  float[] stream;

  /** What a block reads: the stream, normalised. */
  final ProjectionInput input;

  /** What the mixer or the feed-forward network adds, shape [tokens, padded dim]. */
  final float[] mixed;

  Step(ModelConfig config, WorkerTeam team, Kernels kernels, boolean eightBit) {
    this.config = config;
    this.team = team;
    this.kernels = kernels;
    this.eightBit = eightBit;
    workspaces = new Workspace[team.threads()];
    partial = new float[team.threads()][Reduction.LANES];
    exponentials = new Exponentials[team.threads()];
    Arrays.setAll(exponentials, i -> new Exponentials());
    for (int i = 0; i < workspaces.length; i++) {
      workspaces[i] = new Workspace();
    }
    input = new ProjectionInput(levels());
    projections = new Projections(team, kernels, workspaces, input);
    stream = newStream();
    mixed = new float[Batch.CAPACITY * padded(config.dim())];
  }

  float[] newStream() {
    return new float[Batch.CAPACITY * config.dim()];
  }

  /** Levels of the 8-bit form that inputs of projections have. */
  int levels() {
    return eightBit ? 1 : 0;
  }

  int tokens() {
    return batch.size();
  }

  /** What the mixer of the layer is made of. */
  <T extends Mixer> T mixer(Class<T> kind) {
    return mixer(layer, kind);
  }

  /** What the mixer of a layer is made of. */
  <T extends Mixer> T mixer(int layer, Class<T> kind) {
    return kind.cast(config.layers().get(layer).mixer());
  }

  /** What the products of one token with a matrix take. */
  static int padded(int rows) {
    return Math.ceilDiv(rows, PackedMatrix.GROUP) * PackedMatrix.GROUP;
  }

  /** Normalises as many numbers as the gain has; source and target may be the same. */
  void norm(Weights.Norm<float[]> norm, float[] x, int from, float[] y, int to, int worker) {
    float epsilon = config.norm().epsilon();
    switch (config.norm().kind()) {
      case RMS -> Norms.rms(x, from, norm.gain(), epsilon, y, to, partial[worker]);
      case LAYER -> {
        float[] bias = norm.bias().orElse(NONE);
        Norms.layer(x, from, norm.gain(), bias, epsilon, y, to, partial[worker]);
      }
    }
  }

  private static final float[] NONE = {};

  /** From a token of the stream to a row of what is projected, normalised if there is a norm. */
  void normalize(
      Optional<Weights.Norm<float[]>> norm,
      int token,
      ProjectionInput target,
      int row,
      int worker) {
    int dim = config.dim();
    if (norm.isPresent()) {
      norm(norm.get(), stream, token * dim, target.values(), row * dim, worker);
    } else {
      System.arraycopy(stream, token * dim, target.values(), row * dim, dim);
    }
    target.finish(row);
  }

  /** Adds a bias, if there is one. */
  static void addBias(Optional<float[]> bias, float[] x, int at) {
    if (bias.isPresent()) {
      float[] b = bias.get();
      for (int i = 0; i < b.length; i++) {
        x[at + i] += b[i];
      }
    }
  }
}
