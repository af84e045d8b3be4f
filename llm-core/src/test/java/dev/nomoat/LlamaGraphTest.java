package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.math.RotaryEmbedding;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The graph against a slow one in double precision, on small models with random weights. */
class LlamaGraphTest {
  private static final int TOKENS = 70;

  @TempDir private Path directory;

  private static int[] ids(int vocab) {
    return new Random(5).ints(TOKENS, 0, vocab).toArray();
  }

  private float[] logits(TinyLlama model) throws IOException {
    try (Graph graph = Graph.open(model.write(directory.resolve("tiny.gguf")))) {
      return graph.logits(Graph.Mode.EXACT, ids(model.shape.vocab()), 32);
    }
  }

  private static void assertClose(float[] logits, double[] expected) {
    assertThat(logits).hasSameSizeAs(expected);
    double max = 0;
    for (int i = 0; i < logits.length; i++) {
      max = Math.max(max, Math.abs(logits[i] - expected[i]));
    }
    // the logits are of the size of 1
    assertThat(max).isLessThan(2e-5);
  }

  @ParameterizedTest
  @CsvSource({"4, F32, false", "2, F32, false", "1, F32, true", "2, Q8_0, false", "1, F16, false"})
  void logitsAreThoseOfDoublePrecision(int kvHeads, TensorType type, boolean tied)
      throws IOException {
    TinyLlama model =
        new TinyLlama(TinyLlama.Shape.ODD.withKvHeads(kvHeads).withType(type).withTied(tied));
    assertClose(logits(model), new SlowLlama(model, 1).logits(ids(model.shape.vocab())));
  }

  @Test
  void layersMayHaveDifferentNumbersOfHeads() throws IOException {
    TinyLlama model = new TinyLlama(TinyLlama.Shape.ODD);
    float[] expected = logits(model);
    for (String name : List.of("blk.0.attn_k.weight", "blk.0.attn_v.weight")) {
      TinyLlama.Tensor tensor = Objects.requireNonNull(model.tensors.get(name));
      int head = model.shape.headDim() * model.shape.dim();
      float[] twice = new float[4 * head]; // 2 heads, each for 2 of the 4 query heads
      for (int i = 0; i < 4; i++) {
        System.arraycopy(tensor.values(), i / 2 * head, twice, i * head, head);
      }
      model.put(name, TensorType.F32, twice, 4L * model.shape.headDim(), model.shape.dim());
    }
    model.put("llama.attention.head_count_kv", GgufNumberArray.ofInts(4, 2));
    assertThat(Graph.bits(logits(model))).isEqualTo(Graph.bits(expected));
  }

  @Test
  void valuesMayBeShorterThanKeys() throws IOException {
    TinyLlama model = new TinyLlama(TinyLlama.Shape.ODD);
    TinyLlama shorter =
        new TinyLlama(TinyLlama.Shape.ODD)
            .put("llama.attention.value_length", GgufValue.uint32(16));
    int dim = model.shape.dim();
    for (String block : List.of("blk.0.", "blk.1.")) {
      float[] v = Objects.requireNonNull(model.tensors.get(block + "attn_v.weight")).values();
      float[] kept = new float[2 * 16 * dim];
      for (int row = 0; row < 2 * 24; row++) {
        if (row % 24 < 16) {
          System.arraycopy(v, row * dim, kept, (row / 24 * 16 + row % 24) * dim, dim);
        } else {
          Arrays.fill(v, row * dim, (row + 1) * dim, 0f);
        }
      }
      model.put(block + "attn_v.weight", TensorType.F32, v, 2 * 24, dim);
      shorter.put(block + "attn_v.weight", TensorType.F32, kept, 2 * 16, dim);
      float[] output =
          Objects.requireNonNull(model.tensors.get(block + "attn_output.weight")).values();
      float[] narrow = new float[dim * 4 * 16];
      for (int i = 0; i < narrow.length; i++) {
        int col = i % (4 * 16);
        narrow[i] = output[i / (4 * 16) * 4 * 24 + col / 16 * 24 + col % 16];
      }
      shorter.put(block + "attn_output.weight", TensorType.F32, narrow, dim, 4 * 16);
    }
    assertThat(Graph.distance(logits(shorter), logits(model))).isLessThan(1e-6);
  }

  @Test
  void factorsOfOneChangeNothing() throws IOException {
    TinyLlama model = new TinyLlama(TinyLlama.Shape.ODD);
    float[] plain = logits(model);
    float[] ones = new float[model.shape.headDim() / 2];
    Arrays.fill(ones, 1);
    model.put("rope_freqs.weight", TensorType.F32, ones, ones.length);
    assertThat(Graph.bits(logits(model))).isEqualTo(Graph.bits(plain));
  }

  @Test
  void factorsDivideTheFrequencies() throws IOException {
    TinyLlama model = new TinyLlama(TinyLlama.Shape.ODD);
    float[] factors = {1, 1, 1, 1.5f, 2, 2.5f, 4, 5, 8, 8, 8, 8};
    model.put("rope_freqs.weight", TensorType.F32, factors, factors.length);
    double[] expected = new SlowLlama(model, 1, factors).logits(ids(model.shape.vocab()));
    assertClose(logits(model), expected);
    double[] without = new SlowLlama(model, 1).logits(ids(model.shape.vocab()));
    assertThat(distance(expected, without)).isGreaterThan(0.1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void linearScalingMultipliesThePositions(boolean named) throws IOException {
    TinyLlama model =
        new TinyLlama(TinyLlama.Shape.ODD).put("llama.rope.scaling.factor", GgufValue.float32(4));
    if (named) {
      model.put("llama.rope.scaling.type", GgufValue.text("linear"));
    }
    double[] expected = new SlowLlama(model, 0.25).logits(ids(model.shape.vocab()));
    assertClose(logits(model), expected);
    double[] without = new SlowLlama(model, 1).logits(ids(model.shape.vocab()));
    assertThat(distance(expected, without)).isGreaterThan(0.1);
  }

  private static double distance(double[] a, double[] b) {
    double max = 0;
    for (int i = 0; i < a.length; i++) {
      max = Math.max(max, Math.abs(a[i] - b[i]));
    }
    return max;
  }

  /**
   * Rows of queries and keys put from pairs of neighbours into two halves give the same scores,
   * only added in another order.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void halvesAreNeighboursInAnotherOrder(boolean reordered) throws IOException {
    int headDim = 32;
    Path file = directory.resolve("halves.gguf");
    Story.rewrite(
        file,
        TensorType.BF16,
        (name, values) ->
            reordered && (name.endsWith("attn_q.weight") || name.endsWith("attn_k.weight"))
                ? toHalves(values, headDim, 256)
                : values);
    int[] ids = Arrays.copyOf(Story.ids(), TOKENS);
    try (Graph neighbours = Graph.open(Story.file("bf16"));
        Graph halves = Graph.open(file, LlamaGraphTest::withHalves)) {
      double distance =
          Graph.distance(
              neighbours.logits(Graph.Mode.EXACT, ids, TOKENS),
              halves.logits(Graph.Mode.EXACT, ids, TOKENS));
      if (reordered) {
        assertThat(distance).isLessThan(1e-4);
      } else {
        assertThat(distance).isGreaterThan(1);
      }
    }
  }

  private static float[] toHalves(float[] values, int headDim, int cols) {
    float[] result = new float[values.length];
    for (int row = 0; row < values.length / cols; row++) {
      int i = row % headDim;
      int to = row - i + (i % 2 == 0 ? i / 2 : headDim / 2 + i / 2);
      System.arraycopy(values, row * cols, result, to * cols, cols);
    }
    return result;
  }

  private static ModelConfig withHalves(ModelConfig c) {
    ModelConfig.Rope rope = c.ropes().getFirst();
    ModelConfig.Rope halves =
        new ModelConfig.Rope(
            RotaryEmbedding.Pairing.HALVES,
            rope.dim(),
            rope.base(),
            rope.scale(),
            rope.yarn(),
            rope.magnitude(),
            rope.divisors());
    return new ModelConfig(
        c.architecture(),
        c.vocab(),
        c.contextLength(),
        c.dim(),
        c.norm(),
        c.queryKeyNorm(),
        c.parallel(),
        c.activation(),
        c.gated(),
        c.scales(),
        List.of(halves),
        c.layers(),
        c.streams(),
        c.tensors(),
        c.tokenTypes(),
        c.head());
  }
}
