package dev.nomoat.model;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.WeightPacking;
import dev.nomoat.model.family.Families;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.TensorType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What will be loaded from a source, checked before any weight is read: the configuration, and for
 * every tensor that the graph needs where it lies, that its shape is right and that there are
 * products for its type.
 */
public final class ModelPlan implements TensorLookup<ModelPlan.Matrix, ModelPlan.Vector> {
  private final ModelSource source;
  private final ModelConfig config;
  private final WeightPacking packing;
  private final Map<String, TensorType> used = new TreeMap<>();
  private final Set<String> ignored = new HashSet<>();
  private final List<Matrix> matrices = new ArrayList<>();
  private final List<Vector> vectors = new ArrayList<>();
  private final Weights<Matrix, Vector> weights;

  /**
   * Rows to be packed.
   *
   * @param tensor where they lie
   * @param firstRow the first of them in the tensor
   * @param rows number of rows
   * @param cols number of columns
   */
  record Matrix(SourceTensor tensor, long firstRow, int rows, int cols) {
    long packedBytes() {
      return PackedMatrix.byteSize(tensor.type(), rows, cols);
    }

    /** What the rows take in the file. */
    long byteSize() {
      return rows * tensor.type().rowBytes(cols);
    }
  }

  /**
   * Numbers to be decoded.
   *
   * @param tensor where they lie
   * @param first the first of them in the tensor
   * @param length how many
   */
  record Vector(SourceTensor tensor, int first, int length) {}

  private ModelPlan(ModelSource source, ModelConfig config, WeightPacking packing) {
    this.packing = packing;
    this.source = source;
    this.config = config;
    this.weights = Blueprint.assemble(config, this);
    refuseUnused();
  }

  /**
   * Plans a model.
   *
   * @param source an open model; borrowed
   * @param contextLength positions that will be used, or 0 for as many as the model has
   * @param packing what full-precision matrices become
   * @return the plan
   * @throws ModelFormatException when metadata or tensors are missing or contradict each other
   * @throws UnsupportedModelException when the model needs something that we do not have
   */
  public static ModelPlan of(ModelSource source, int contextLength, WeightPacking packing) {
    return new ModelPlan(source, Families.config(source, contextLength), packing);
  }

  @Override
  public boolean has(String name) {
    return source.tensor(name).isPresent();
  }

  @Override
  public void ignore(String name) {
    ignored.add(name);
  }

  @Override
  public Matrix matrix(String name, List<Long> shape, long firstRow, int rows) {
    SourceTensor tensor = packed(require(name, shape));
    used.put(name, tensor.type());
    if (!PackedMatrix.supports(tensor.type())) {
      throw unsupported(tensor, "weights of type " + tensor.type());
    }
    Matrix matrix = new Matrix(tensor, firstRow, rows, Math.toIntExact(tensor.cols()));
    matrices.add(matrix);
    return matrix;
  }

  @Override
  public Vector vector(String name, List<Long> shape, int first, int length) {
    SourceTensor tensor = require(name, shape);
    if (!BlockCodec.supports(tensor.type())) {
      throw unsupported(tensor, "weights of type " + tensor.type());
    }
    Vector vector = new Vector(tensor, first, length);
    vectors.add(vector);
    return vector;
  }

  private SourceTensor require(String name, List<Long> shape) {
    SourceTensor tensor = source.requireTensor(name);
    if (!sameShape(tensor.shape(), shape)) {
      throw new ModelFormatException(
          tensor.file(),
          tensor.offset(0),
          "shape " + shape + " for tensor " + name,
          "shape " + tensor.shape());
    }
    used.put(name, tensor.type());
    return tensor;
  }

  /** What a matrix becomes: routers choose, and stay as they are. */
  private SourceTensor packed(SourceTensor tensor) {
    boolean plain = tensor.type().blockElements() == 1 && BlockCodec.supports(tensor.type());
    if (!plain || tensor.name().contains("ffn_gate_inp")) {
      return tensor;
    }
    boolean outside = !tensor.name().startsWith("blk.");
    List<TensorType> types =
        switch (packing) {
          case AS_STORED -> List.of();
          case Q8_0 -> List.of(TensorType.Q8_0);
          case Q4_0 -> List.of(outside ? TensorType.Q8_0 : TensorType.Q4_0);
          case Q4_K ->
              outside ? List.of(TensorType.Q8_0) : List.of(TensorType.Q4_K, TensorType.Q4_0);
        };
    for (TensorType type : types) {
      if (tensor.cols() % type.blockElements() == 0) {
        return new EncodedTensor(tensor, type, Optional.empty());
      }
    }
    return tensor;
  }

  /** A matrix of one row may be written as a vector, and a vector as such a matrix. */
  private static boolean sameShape(List<Long> found, List<Long> expected) {
    return SourceTensor.withoutOuterOnes(found).equals(SourceTensor.withoutOuterOnes(expected));
  }

  /**
   * A tensor that we do not use would change the model's answers if it were used: better none than
   * wrong ones.
   */
  private void refuseUnused() {
    for (SourceTensor tensor : source.tensors()) {
      if (!used.containsKey(tensor.name())
          && !ignored.contains(tensor.name())
          && !isRedundant(tensor.name())) {
        throw unsupported(tensor, "tensor " + tensor.name());
      }
    }
  }

  private boolean isRedundant(String name) {
    // left by old converters, the same numbers follow from the metadata; or for a context of
    // another length
    return name.endsWith("attn_rot_embd")
        || name.endsWith("rotary_emb.inv_freq")
        // beside the same numbers in two tensors
        || name.endsWith("attn_kv_b.weight")
        || name.equals("rope_factors_short.weight")
        || name.equals("rope_factors_long.weight")
        || isOfPredictor(name);
  }

  /** Whether a tensor belongs to a block that predicts further tokens, of which we draw none. */
  private boolean isOfPredictor(String name) {
    int blocks = source.settings().requireInt(config.architecture() + ".block_count");
    for (int layer = config.layers().size(); layer < blocks; layer++) {
      if (name.startsWith("blk." + layer + ".")) {
        return true;
      }
    }
    return false;
  }

  private UnsupportedModelException unsupported(SourceTensor tensor, String feature) {
    return new UnsupportedModelException(
        tensor.file(),
        tensor.offset(0),
        feature,
        "tensor %s of a model of architecture %s".formatted(tensor.name(), config.architecture()));
  }

  /**
   * Memory that the loaded weights will take.
   *
   * @return bytes
   */
  public long weightBytes() {
    long total = matrices.stream().mapToLong(Matrix::packedBytes).sum();
    return total + vectors.stream().mapToLong(vector -> 4L * vector.length()).sum();
  }

  /**
   * What the model is made of.
   *
   * @return the configuration
   */
  public ModelConfig config() {
    return config;
  }

  /**
   * Types of tensors by what follows a prefix, of the matrices and vectors alike; without a prefix
   * only those of no block.
   */
  Map<String, TensorType> types(String prefix) {
    Map<String, TensorType> types = new TreeMap<>();
    used.forEach(
        (name, type) -> {
          if (prefix.isEmpty() ? !name.startsWith("blk.") : name.startsWith(prefix)) {
            types.put(name.substring(prefix.length()), type);
          }
        });
    return types;
  }

  /** All rows to be packed. */
  List<Matrix> matrices() {
    return matrices;
  }

  Weights<Matrix, Vector> weights() {
    return weights;
  }
}
