package dev.nomoat;

import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.quant.BlockCodec;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A small Llama with random weights and a vocabulary of single characters, open to changes before
 * it is written to a file.
 */
final class TinyLlama {
  static final float EPSILON = 1e-5f;

  final Shape shape;
  final Map<String, GgufValue> metadata = new LinkedHashMap<>();
  final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /**
   * Sizes.
   *
   * @param tied whether the output head is the embedding
   * @param type of the matrices
   */
  record Shape(
      int layers,
      int dim,
      int hidden,
      int heads,
      int kvHeads,
      int headDim,
      int vocab,
      boolean tied,
      TensorType type) {
    /** No dimension is a multiple of a vector's length but for Q8_0's sake. */
    static final Shape ODD = new Shape(2, 96, 160, 4, 2, 24, 77, false, TensorType.F32);

    Shape withKvHeads(int kvHeads) {
      return new Shape(layers, dim, hidden, heads, kvHeads, headDim, vocab, tied, type);
    }

    Shape withType(TensorType type) {
      return new Shape(layers, dim, hidden, heads, kvHeads, headDim, vocab, tied, type);
    }

    Shape withTied(boolean tied) {
      return new Shape(layers, dim, hidden, heads, kvHeads, headDim, vocab, tied, type);
    }
  }

  /** A tensor as it will be in the file. */
  record Tensor(TensorType type, List<Long> shape, MemorySegment data) {
    static Tensor of(TensorType type, List<Long> shape, float[] values) {
      byte[] bytes = new byte[Math.toIntExact(GgufTensor.byteSize(type, shape))];
      MemorySegment data = MemorySegment.ofArray(bytes);
      BlockCodec.of(type).encode(values, 0, data, 0, values.length);
      return new Tensor(type, shape, data);
    }

    /** The numbers that the encoded tensor holds. */
    float[] values() {
      long elements = 1;
      for (long dimension : shape) {
        elements *= dimension;
      }
      float[] values = new float[Math.toIntExact(elements)];
      BlockCodec.of(type).decode(data, 0, values, 0, values.length);
      return values;
    }
  }

  TinyLlama(Shape shape) {
    this.shape = shape;
    describe();
    Random random = new Random(1);
    matrix(random, "token_embd.weight", shape.vocab, shape.dim);
    for (int layer = 0; layer < shape.layers; layer++) {
      String block = "blk." + layer + ".";
      int queries = shape.heads * shape.headDim;
      int keys = shape.kvHeads * shape.headDim;
      norm(random, block + "attn_norm.weight");
      matrix(random, block + "attn_q.weight", queries, shape.dim);
      matrix(random, block + "attn_k.weight", keys, shape.dim);
      matrix(random, block + "attn_v.weight", keys, shape.dim);
      matrix(random, block + "attn_output.weight", shape.dim, queries);
      norm(random, block + "ffn_norm.weight");
      matrix(random, block + "ffn_gate.weight", shape.hidden, shape.dim);
      matrix(random, block + "ffn_up.weight", shape.hidden, shape.dim);
      matrix(random, block + "ffn_down.weight", shape.dim, shape.hidden);
    }
    norm(random, "output_norm.weight");
    if (!shape.tied) {
      matrix(random, "output.weight", shape.vocab, shape.dim);
    }
  }

  private void describe() {
    metadata.put("general.architecture", GgufValue.text("llama"));
    metadata.put("general.name", GgufValue.text("tiny"));
    metadata.put("llama.block_count", GgufValue.uint32(shape.layers));
    metadata.put("llama.context_length", GgufValue.uint32(512));
    metadata.put("llama.embedding_length", GgufValue.uint32(shape.dim));
    metadata.put("llama.feed_forward_length", GgufValue.uint32(shape.hidden));
    metadata.put("llama.attention.head_count", GgufValue.uint32(shape.heads));
    metadata.put("llama.attention.head_count_kv", GgufValue.uint32(shape.kvHeads));
    metadata.put("llama.attention.key_length", GgufValue.uint32(shape.headDim));
    metadata.put("llama.attention.value_length", GgufValue.uint32(shape.headDim));
    metadata.put("llama.rope.dimension_count", GgufValue.uint32(shape.headDim));
    metadata.put("llama.rope.freq_base", GgufValue.float32(10000));
    metadata.put("llama.attention.layer_norm_rms_epsilon", GgufValue.float32(EPSILON));
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    for (int id = tokens.size(); id < shape.vocab; id++) {
      tokens.add(Character.toString(0x2581 + id - 3));
    }
    int[] types = new int[shape.vocab];
    Arrays.fill(types, 1);
    types[0] = 2;
    types[1] = 3;
    types[2] = 3;
    metadata.put("tokenizer.ggml.model", GgufValue.text("llama"));
    metadata.put("tokenizer.ggml.tokens", GgufStringArray.of(tokens));
    metadata.put("tokenizer.ggml.scores", GgufNumberArray.ofFloats(new float[shape.vocab]));
    metadata.put("tokenizer.ggml.token_type", GgufNumberArray.ofInts(types));
    metadata.put("tokenizer.ggml.bos_token_id", GgufValue.uint32(1));
    metadata.put("tokenizer.ggml.eos_token_id", GgufValue.uint32(2));
    metadata.put("tokenizer.ggml.add_bos_token", GgufValue.bool(true));
    metadata.put("tokenizer.ggml.add_space_prefix", GgufValue.bool(false));
  }

  private void matrix(Random random, String name, int rows, int cols) {
    float[] values = new float[rows * cols];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() / Math.sqrt(cols));
    }
    put(name, shape.type, values, rows, cols);
  }

  private void norm(Random random, String name) {
    float[] values = new float[shape.dim];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.5f + random.nextFloat();
    }
    put(name, TensorType.F32, values, shape.dim);
  }

  /** Adds or replaces a tensor. */
  TinyLlama put(String name, TensorType type, float[] values, long... dimensions) {
    tensors.put(name, Tensor.of(type, Arrays.stream(dimensions).boxed().toList(), values));
    return this;
  }

  /** Adds or replaces a key. */
  TinyLlama put(String key, GgufValue value) {
    metadata.put(key, value);
    return this;
  }

  Path write(Path file) throws IOException {
    GgufWriter writer = new GgufWriter();
    metadata.forEach(writer::put);
    tensors.forEach((name, tensor) -> writer.tensor(name, tensor.type, tensor.shape, tensor.data));
    writer.write(file);
    return file;
  }
}
