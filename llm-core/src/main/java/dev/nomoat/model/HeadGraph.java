package dev.nomoat.model;

import dev.nomoat.quant.PackedMatrix;
import java.util.Arrays;
import java.util.List;

/**
 * What follows pooling: linear layers that give a vector its last form, or a head that scores it.
 * Computes in f32, a few vectors at a time.
 */
final class HeadGraph {
  private final Step step;
  private final ProjectionInput input = new ProjectionInput(0);

  HeadGraph(Step step) {
    this.step = step;
  }

  /** Replaces vectors by those behind linear layers; false when aborted. */
  boolean project(List<Weights.Linear<PackedMatrix, float[]>> layers, float[][] vectors) {
    for (Weights.Linear<PackedMatrix, float[]> layer : layers) {
      if (!project(layer, vectors)) {
        return false;
      }
    }
    return true;
  }

  /** Replaces vectors by the logits of labels; false when aborted. */
  boolean classify(Weights.Classifier<PackedMatrix, float[]> head, float[][] vectors) {
    if (head.dense().isPresent()) {
      if (!project(head.dense().get(), vectors)) {
        return false;
      }
      Activation activation = step.config.head().classifier().orElseThrow().activation();
      for (float[] vector : vectors) {
        for (int i = 0; i < vector.length; i++) {
          vector[i] = activation.of(vector[i]);
        }
      }
    }
    if (head.norm().isPresent()) {
      for (float[] vector : vectors) {
        step.norm(head.norm().get(), vector, 0, vector, 0, 0);
      }
    }
    return project(head.output(), vectors);
  }

  private boolean project(Weights.Linear<PackedMatrix, float[]> layer, float[][] vectors) {
    PackedMatrix weight = layer.weight();
    int cols = vectors[0].length;
    input.reset(vectors.length, cols);
    for (int i = 0; i < vectors.length; i++) {
      System.arraycopy(vectors[i], 0, input.values(), i * cols, cols);
      input.finish(i);
    }
    float[] out = new float[vectors.length * weight.paddedRows()];
    if (!step.projections.of(input).add(weight, out).run()) {
      return false;
    }
    for (int i = 0; i < vectors.length; i++) {
      int from = i * weight.paddedRows();
      Step.addBias(layer.bias(), out, from);
      vectors[i] = Arrays.copyOfRange(out, from, from + weight.rows());
    }
    return true;
  }
}
