package dev.nomoat.model;

import dev.nomoat.quant.PackedMatrix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which matrices of a model's tensors the packed ones are. Immutable. */
public final class MatrixNames {
  private final Map<PackedMatrix, Name> names =
      new HashMap<>(); // matrices are equal only to themselves

  /**
   * A matrix of a tensor.
   *
   * @param tensor the tensor's name, as GGUF has it
   * @param index which of its matrices, counting all outer dimensions together
   * @param count how many it has
   */
  public record Name(String tensor, int index, int count) {}

  /**
   * Names the matrices of a plan.
   *
   * @param plan what was loaded
   * @param weights what it became
   */
  public MatrixNames(ModelPlan plan, Weights<PackedMatrix, float[]> weights) {
    List<ModelPlan.Matrix> sources = new ArrayList<>();
    List<PackedMatrix> packed = new ArrayList<>();
    plan.weights().map(matrix -> sources.add(matrix), vector -> vector);
    weights.map(matrix -> packed.add(matrix), vector -> vector);
    for (int i = 0; i < packed.size(); i++) {
      ModelPlan.Matrix source = sources.get(i);
      List<Long> shape = source.tensor().shape();
      long rows = shape.size() == 1 ? 1 : shape.get(shape.size() - 2);
      // of one that is cut into parts, the first stands for all: they have the same inputs
      if (source.firstRow() % rows == 0) {
        int index = Math.toIntExact(source.firstRow() / rows);
        int count = Math.toIntExact(source.tensor().rows() / rows);
        names.put(packed.get(i), new Name(source.tensor().name(), index, count));
      }
    }
  }

  /**
   * Finds the name of a matrix.
   *
   * @param matrix of this model
   * @return its name; empty if it is a later part of a matrix that was cut
   */
  public Optional<Name> of(PackedMatrix matrix) {
    return Optional.ofNullable(names.get(matrix));
  }
}
