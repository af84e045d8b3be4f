package dev.nomoat.model.huggingface;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.safetensors.SafetensorsFile;
import dev.nomoat.file.safetensors.SafetensorsTensor;
import dev.nomoat.file.safetensors.SafetensorsType;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.TensorType;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The tensors of a folder under their names there; those that quantised weights are made of are put
 * together.
 */
final class StoredTensors {
  private static final int BLOCK = 32;
  private static final int DEFAULT_TILE = 128;

  private final HuggingFaceFolder folder;
  private final SafetensorsFile weights;
  private final Slabs slabs;
  private final Set<String> used = new HashSet<>();

  StoredTensors(HuggingFaceFolder folder, SafetensorsFile weights, Slabs slabs) {
    this.folder = folder;
    this.weights = weights;
    this.slabs = slabs;
  }

  /**
   * All tensors, in the order of the files.
   *
   * @param leftOut names of those that nobody asks for
   */
  List<SourceTensor> all(Predicate<String> leftOut) throws IOException {
    requireKnownMethod();
    List<SafetensorsTensor> wanted =
        weights.tensors().stream().filter(tensor -> !leftOut.test(tensor.name())).toList();
    List<SourceTensor> all = new ArrayList<>();
    for (SafetensorsTensor tensor : wanted) {
      if (tensor.elements() == 0) {
        throw new ModelFormatException(
            file(tensor), tensor.offset(), "numbers in tensor " + tensor.name(), "none");
      }
      quantized(tensor).ifPresent(all::add);
    }
    for (SafetensorsTensor tensor : wanted) {
      if (!used.contains(tensor.name())) {
        all.add(plain(tensor));
      }
    }
    return all;
  }

  private Optional<JsonPlace> quantization() {
    return folder
        .whole()
        .find("quantization_config")
        .or(() -> folder.config().find("quantization_config"));
  }

  private String method() {
    return quantization().flatMap(q -> q.find("quant_method")).map(JsonPlace::text).orElse("none");
  }

  private void requireKnownMethod() {
    String method = method();
    switch (method) {
      case "none", "fp8", "mxfp4", "compressed-tensors", "modelopt" -> {
        // seen from the tensors
      }
      case "gptq", "awq" -> {
        int bits = quantization().orElseThrow().get("bits").count();
        if (bits != 4) {
          throw unsupported("%s of %d bits".formatted(method, bits));
        }
        String version =
            quantization().flatMap(q -> q.find("version")).map(JsonPlace::text).orElse("gemm");
        if (!version.equalsIgnoreCase("gemm") && method.equals("awq")) {
          throw unsupported("AWQ of version " + version);
        }
      }
      default -> throw unsupported("quantisation " + method);
    }
  }

  private UnsupportedModelException unsupported(String feature) {
    return new UnsupportedModelException(
        folder.configFile(), 0, feature, "quantization_config of the model");
  }

  /** What a tensor is the main part of, if it is. */
  private Optional<SourceTensor> quantized(SafetensorsTensor tensor) throws IOException {
    String name = tensor.name();
    if (name.endsWith(".qweight")) {
      return Optional.of(grouped(tensor, stem(name)));
    }
    if (name.endsWith(".weight_packed")) {
      return Optional.of(
          tensor.type() == SafetensorsType.U8
              ? packedMxfp4(tensor, stem(name))
              : packed(tensor, stem(name)));
    }
    if (name.endsWith("_blocks") && tensor.type() == SafetensorsType.U8) {
      return Optional.of(mxfp4Blocks(tensor));
    }
    boolean eightBit =
        tensor.type() == SafetensorsType.F8_E4M3 || tensor.type() == SafetensorsType.F8_E5M2;
    return eightBit && tensor.shape().size() == 2 ? Optional.of(fp8(tensor)) : Optional.empty();
  }

  private static String stem(String name) {
    return name.substring(0, name.lastIndexOf('.'));
  }

  private SafetensorsTensor part(String name) {
    return find(name).orElseThrow(() -> missing(name));
  }

  private ModelFormatException missing(String name) {
    return new ModelFormatException(
        weights.files().getFirst(), 0, "tensor " + name, "no such tensor");
  }

  /** A tensor that belongs to a larger one. */
  private Optional<SafetensorsTensor> find(String name) {
    Optional<SafetensorsTensor> found = weights.tensor(name);
    found.ifPresent(tensor -> used.add(tensor.name()));
    return found;
  }

  private SourceTensor fp8(SafetensorsTensor numbers) {
    used.add(numbers.name());
    String name = numbers.name();
    long rows = numbers.shape().get(0);
    long cols = numbers.shape().get(1);
    // scales of activations: those stay as exact as they are
    find(stem(name) + ".input_scale");
    find(stem(name) + ".activation_scale");
    Optional<SafetensorsTensor> scale = find(name + "_scale_inv").or(() -> find(name + "_scale"));
    if (scale.isEmpty()) {
      SourceTensor one = new ComputedTensor(name, file(numbers), new float[] {1});
      return new Fp8Tensor(name, weights, numbers, one, rows, cols);
    }
    SourceTensor scales = plain(scale.get());
    List<Long> shape = scales.shape();
    long[] tile = tile(rows, cols, shape);
    boolean fits =
        shape.size() == 2
            ? shape.get(0) == Math.ceilDiv(rows, tile[0])
                && shape.get(1) == Math.ceilDiv(cols, tile[1])
            : scales.elements() == 1;
    if (!fits) {
      throw Faults.shape(scales, "scales for tiles of %d by %d".formatted(tile[0], tile[1]));
    }
    return new Fp8Tensor(name, weights, numbers, scales, tile[0], tile[1]);
  }

  /** Rows and columns that share a scale. */
  private long[] tile(long rows, long cols, List<Long> scales) {
    if (scales.size() < 2 || (scales.get(0) == 1 && scales.get(1) == 1)) {
      return new long[] {rows, cols};
    }
    if (scales.get(0) == rows && scales.get(1) == 1) {
      return new long[] {1, cols};
    }
    List<Integer> sizes =
        quantization()
            .flatMap(q -> q.find("weight_block_size"))
            .map(size -> size.elements().stream().map(JsonPlace::count).toList())
            .orElse(List.of(DEFAULT_TILE, DEFAULT_TILE));
    if (sizes.size() != 2 || sizes.contains(0)) {
      throw unsupported("weight_block_size " + sizes);
    }
    return new long[] {sizes.get(0), sizes.get(1)};
  }

  /** Experts of gpt-oss: shape [experts, rows, blocks, 16]. */
  private SourceTensor mxfp4Blocks(SafetensorsTensor codes) {
    String name = codes.name();
    SafetensorsTensor scales =
        part(name.substring(0, name.length() - "blocks".length()) + "scales");
    used.add(name);
    List<Long> shape = codes.shape();
    if (shape.size() != 4
        || shape.get(3) != BLOCK / 2
        || !scales.shape().equals(shape.subList(0, 3))) {
      throw Faults.shape(bytes(codes), "[experts, rows, blocks, 16], with a scale for each block,");
    }
    List<Long> numbers =
        List.of(shape.get(0), shape.get(1), Math.multiplyExact(shape.get(2), BLOCK));
    return new Mxfp4Tensor(name, numbers, weights, codes, requireBytes(scales));
  }

  /** A matrix of compressed-tensors. */
  private SourceTensor packedMxfp4(SafetensorsTensor codes, String stem) {
    SafetensorsTensor scales = part(stem + ".weight_scale");
    used.add(codes.name());
    find(stem + ".weight_shape");
    List<Long> shape = codes.shape();
    if (shape.size() != 2
        || shape.get(1) % (BLOCK / 2) != 0
        || !scales.shape().equals(List.of(shape.get(0), shape.get(1) / (BLOCK / 2)))) {
      throw Faults.shape(bytes(codes), "[rows, columns / 2], with a scale for each 32 columns,");
    }
    List<Long> numbers = List.of(shape.get(0), 2 * shape.get(1));
    return new Mxfp4Tensor(stem + ".weight", numbers, weights, codes, requireBytes(scales));
  }

  private SafetensorsTensor requireBytes(SafetensorsTensor scales) {
    if (scales.type() != SafetensorsType.U8 && scales.type() != SafetensorsType.F8_E8M0) {
      throw new UnsupportedModelException(
          file(scales),
          scales.offset(),
          "4-bit floats with scales of type " + scales.type(),
          scales.name());
    }
    return scales;
  }

  /** GPTQ, or AWQ. */
  private SourceTensor grouped(SafetensorsTensor qweight, String stem) throws IOException {
    SourceTensor words = words(qweight);
    SourceTensor scales = plain(part(stem + ".scales"));
    SourceTensor zeros = words(part(stem + ".qzeros"));
    used.add(qweight.name());
    boolean awq = method().equals("awq");
    long cols = words.shape().get(0) * (awq ? 1 : GroupedInts.WORD);
    long rows = words.shape().get(1) * (awq ? GroupedInts.WORD : 1);
    long groups = scales.shape().getFirst();
    if (!scales.shape().equals(List.of(groups, rows)) || !divides(groups, cols)) {
      throw Faults.shape(
          scales, "[groups, %d], groups of a multiple of 32 columns,".formatted(rows));
    }
    if (rows % GroupedInts.WORD != 0
        || !zeros.shape().equals(List.of(groups, rows / GroupedInts.WORD))) {
      throw Faults.shape(zeros, "[%d, %d / 8]".formatted(groups, rows));
    }
    int group = Math.toIntExact(cols / groups);
    Optional<SafetensorsTensor> order = find(stem + ".g_idx");
    if (order.isPresent()) {
      requireInOrder(order.get(), cols, group);
    }
    String format =
        quantization()
            .flatMap(q -> q.find("checkpoint_format"))
            .map(JsonPlace::text)
            .orElse("gptq");
    // in the first version of GPTQ, zero points are stored less 1
    int shift = awq || format.equals("gptq_v2") ? 0 : 1;
    Optional<SourceTensor> needed =
        areAllMiddle(zeros, shift) ? Optional.empty() : Optional.of(zeros);
    GroupedInts.Order kind = awq ? GroupedInts.Order.AWQ : GroupedInts.Order.GPTQ;
    return new GroupedInts(
        stem + ".weight", kind, rows, cols, words, scales, needed, shift, group, slabs);
  }

  /** Integers of compressed-tensors, without zero points. */
  private SourceTensor packed(SafetensorsTensor tensor, String stem) {
    SourceTensor words = words(tensor);
    SourceTensor scales = plain(part(stem + ".weight_scale"));
    used.add(tensor.name());
    find(stem + ".weight_shape");
    long rows = words.shape().get(0);
    long cols = words.shape().get(1) * GroupedInts.WORD;
    long groups = scales.shape().getLast();
    if (!scales.shape().equals(List.of(rows, groups)) || !divides(groups, cols)) {
      throw Faults.shape(
          scales, "[%d, groups], groups of a multiple of 32 columns,".formatted(rows));
    }
    int group = Math.toIntExact(cols / groups);
    GroupedInts.Order kind = GroupedInts.Order.PLAIN;
    return new GroupedInts(
        stem + ".weight", kind, rows, cols, words, scales, Optional.empty(), 0, group, slabs);
  }

  /** Whether columns make so many groups of whole blocks. */
  private static boolean divides(long groups, long cols) {
    return groups > 0 && groups <= cols && cols % (groups * BLOCK) == 0;
  }

  private void requireInOrder(SafetensorsTensor order, long cols, int group) throws IOException {
    MemorySegment groups = all(words(order, 1));
    for (int col = 0; col < cols; col++) {
      if (order.elements() != cols || groups.get(GroupedInts.INT, 4L * col) != col / group) {
        throw new UnsupportedModelException(
            file(order),
            order.offset(),
            "GPTQ with columns that are ordered by activation",
            "tensor " + order.name());
      }
    }
  }

  private boolean areAllMiddle(SourceTensor zeros, int shift) throws IOException {
    MemorySegment words = all(zeros);
    int middle = (GroupedInts.MIDDLE - shift) * 0x11111111;
    for (long i = 0; i < words.byteSize(); i += Integer.BYTES) {
      if (words.get(GroupedInts.INT, i) != middle) {
        return false;
      }
    }
    return true;
  }

  private MemorySegment all(SourceTensor tensor) throws IOException {
    return MemorySegment.ofArray(slabs.get(tensor, 0, Math.toIntExact(tensor.rows())));
  }

  private SourceTensor words(SafetensorsTensor tensor) {
    return words(tensor, 2);
  }

  private SourceTensor words(SafetensorsTensor tensor, int dimensions) {
    SourceTensor words = plain(tensor);
    if (tensor.type() != SafetensorsType.I32 || tensor.shape().size() != dimensions) {
      throw Faults.shape(words, "I32 of %d dimensions".formatted(dimensions));
    }
    return words;
  }

  private SourceTensor bytes(SafetensorsTensor tensor) {
    return new StoredTensor(weights, tensor, TensorType.I8);
  }

  private SourceTensor plain(SafetensorsTensor tensor) {
    TensorType type =
        tensor
            .type()
            .tensorType()
            .orElseThrow(
                () ->
                    new UnsupportedModelException(
                        file(tensor),
                        tensor.offset(),
                        "weights of type " + tensor.type(),
                        "tensor " + tensor.name()));
    return new StoredTensor(weights, tensor, type);
  }

  private Path file(SafetensorsTensor tensor) {
    return weights.files().get(tensor.part());
  }
}
