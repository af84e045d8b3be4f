package dev.nomoat.model;

import dev.nomoat.quant.PackedMatrix;

/**
 * From the id of a token to the stream: the sum of the embeddings that the model has of it, of its
 * position and of its type, normalised in families that do so.
 */
final class EmbeddingGraph {
  private final Step step;
  private final Weights<PackedMatrix, float[]> weights;
  private final float[] position; // [tokens, dim], when positions are learned

  EmbeddingGraph(Step step, Weights<PackedMatrix, float[]> weights) {
    this.step = step;
    this.weights = weights;
    boolean learned = weights.positions().isPresent();
    position = new float[learned ? Batch.CAPACITY * step.config.dim() : 0];
  }

  /** Embeds one token of the batch. */
  void embed(int token, int worker) {
    int dim = step.config.dim();
    float[] stream = step.stream;
    int at = token * dim;
    weights.embedding().readRow(step.batch.ids[token], stream, at, step.workspaces[worker]);
    float scale = step.config.scales().embedding();
    for (int i = at; i < at + dim; i++) {
      stream[i] *= scale;
    }
    if (weights.positions().isPresent()) {
      int row = step.batch.positions[token];
      weights.positions().get().readRow(row, position, at, step.workspaces[worker]);
      for (int i = at; i < at + dim; i++) {
        stream[i] += position[i];
      }
    }
    if (weights.tokenType().isPresent()) {
      float[] type = weights.tokenType().get();
      for (int i = 0; i < dim; i++) {
        stream[at + i] += type[i];
      }
    }
    if (weights.embeddingNorm().isPresent()) {
      step.norm(weights.embeddingNorm().get(), stream, at, stream, at, worker);
    }
  }
}
