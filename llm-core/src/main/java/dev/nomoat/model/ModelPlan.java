package dev.nomoat.model;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.PackedMatrix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What will be loaded from a file, checked before any weight is read: the configuration, and for
 * every tensor that the graph needs where it lies, that its shape is right and that there are
 * products for its type.
 */
public final class ModelPlan {
  private final GgufFile file;
  private final ModelConfig config;
  private final Set<String> used = new HashSet<>();
  private final Matrix embedding;
  private final List<Block> blocks;
  private final Vector outputNorm;
  private final Optional<Matrix> output;
  private final Optional<Vector> ropeFactors;

  /**
   * A tensor to be packed.
   *
   * @param tensor where it lies
   * @param rows number of rows
   * @param cols number of columns
   */
  record Matrix(GgufTensor tensor, int rows, int cols) {
    long packedBytes() {
      return PackedMatrix.byteSize(tensor.type(), rows, cols);
    }
  }

  /**
   * A tensor to be decoded.
   *
   * @param tensor where it lies
   * @param length number of elements
   */
  record Vector(GgufTensor tensor, int length) {}

  /** The tensors of a decoder block, as {@link Weights.Block}. */
  record Block(
      Vector attentionNorm,
      Matrix query,
      Matrix key,
      Matrix value,
      Matrix attentionOutput,
      Vector feedForwardNorm,
      Matrix gate,
      Matrix up,
      Matrix down) {
    List<Matrix> matrices() {
      return List.of(query, key, value, attentionOutput, gate, up, down);
    }
  }

  private ModelPlan(GgufFile file, ModelConfig config) {
    this.file = file;
    this.config = config;
    embedding = matrix("token_embd.weight", config.vocab(), config.dim());
    blocks = java.util.stream.IntStream.range(0, config.layers()).mapToObj(this::block).toList();
    outputNorm = vector("output_norm.weight", config.dim());
    output =
        file.tensor("output.weight").isPresent()
            ? Optional.of(matrix("output.weight", config.vocab(), config.dim()))
            : Optional.empty();
    ropeFactors =
        file.tensor("rope_freqs.weight").isPresent()
            ? Optional.of(vector("rope_freqs.weight", config.rope().dim() / 2))
            : Optional.empty();
    refuseUnused();
  }

  /**
   * Plans a file.
   *
   * @param file an open file; borrowed
   * @return the plan
   * @throws ModelFormatException when metadata or tensors are missing or contradict each other
   * @throws UnsupportedModelException when the model needs something that we do not have
   */
  public static ModelPlan of(GgufFile file) {
    return new ModelPlan(file, LlamaFamily.config(file));
  }

  private Block block(int layer) {
    String prefix = "blk." + layer + ".";
    int dim = config.dim();
    return new Block(
        vector(prefix + "attn_norm.weight", dim),
        matrix(prefix + "attn_q.weight", config.queryDim(), dim),
        matrix(prefix + "attn_k.weight", config.kvDim(), dim),
        matrix(prefix + "attn_v.weight", config.kvDim(), dim),
        matrix(prefix + "attn_output.weight", dim, config.queryDim()),
        vector(prefix + "ffn_norm.weight", dim),
        matrix(prefix + "ffn_gate.weight", config.hiddenDim(), dim),
        matrix(prefix + "ffn_up.weight", config.hiddenDim(), dim),
        matrix(prefix + "ffn_down.weight", dim, config.hiddenDim()));
  }

  private Matrix matrix(String name, int rows, int cols) {
    GgufTensor tensor = require(name, List.of((long) rows, (long) cols));
    if (!PackedMatrix.supports(tensor.type())) {
      throw unsupported(tensor, "weights of type " + tensor.type());
    }
    return new Matrix(tensor, rows, cols);
  }

  private Vector vector(String name, int length) {
    GgufTensor tensor = require(name, List.of((long) length));
    if (!BlockCodec.supports(tensor.type())) {
      throw unsupported(tensor, "weights of type " + tensor.type());
    }
    return new Vector(tensor, length);
  }

  private GgufTensor require(String name, List<Long> shape) {
    GgufTensor tensor = file.requireTensor(name);
    if (!tensor.shape().equals(shape)) {
      throw new ModelFormatException(
          path(tensor),
          tensor.offset(),
          "shape " + shape + " for tensor " + name,
          "shape " + tensor.shape());
    }
    used.add(name);
    return tensor;
  }

  /**
   * A tensor that we do not use would change the model's answers if it were used: better none than
   * wrong ones.
   */
  private void refuseUnused() {
    for (GgufTensor tensor : file.tensors()) {
      // left by old converters; the same numbers follow from the metadata
      boolean redundant =
          tensor.name().endsWith("attn_rot_embd") || tensor.name().endsWith("rotary_emb.inv_freq");
      if (!used.contains(tensor.name()) && !redundant) {
        throw unsupported(tensor, "tensor " + tensor.name());
      }
    }
  }

  private UnsupportedModelException unsupported(GgufTensor tensor, String feature) {
    return new UnsupportedModelException(
        path(tensor),
        tensor.offset(),
        feature,
        "tensor %s of a model of architecture %s".formatted(tensor.name(), config.architecture()));
  }

  private Path path(GgufTensor tensor) {
    return file.files().get(tensor.part());
  }

  /**
   * Memory that the packed weights will take.
   *
   * @return bytes
   */
  public long weightBytes() {
    long total = matrices().stream().mapToLong(Matrix::packedBytes).sum();
    for (Block block : blocks) {
      total += 4L * (block.attentionNorm().length() + block.feedForwardNorm().length());
    }
    total += ropeFactors.map(factors -> 4L * factors.length()).orElse(0L);
    return total + 4L * outputNorm.length();
  }

  /**
   * What the model is made of.
   *
   * @return the configuration
   */
  public ModelConfig config() {
    return config;
  }

  GgufFile file() {
    return file;
  }

  /** All tensors to be packed. */
  List<Matrix> matrices() {
    List<Matrix> all = new ArrayList<>();
    all.add(embedding);
    blocks.forEach(block -> all.addAll(block.matrices()));
    output.ifPresent(all::add);
    return all;
  }

  Matrix embedding() {
    return embedding;
  }

  List<Block> blocks() {
    return blocks;
  }

  Vector outputNorm() {
    return outputNorm;
  }

  Optional<Matrix> output() {
    return output;
  }

  Optional<Vector> ropeFactors() {
    return ropeFactors;
  }
}
