package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.measure.Divergence;
import dev.nomoat.measure.ImportanceMatrix;
import dev.nomoat.measure.MeasureOptions;
import dev.nomoat.measure.Perplexity;
import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Perplexity, divergence and importance on a text, against llama.cpp's tools on the same. */
class MeasureTest {
  private static final MeasureOptions CHUNKS = MeasureOptions.defaults().withChunkSize(128);

  private static int[] text(LanguageModel model) throws Exception {
    return MeasureOptions.tokens(model.tokenizer(), Files.readString(Story.stories()));
  }

  @Test
  void perplexityIsThatOfTheReference() throws Exception {
    try (LanguageModel model = Story.load("bf16")) {
      List<Integer> heard = new ArrayList<>();
      MeasureOptions options =
          CHUNKS.withListener(
              (done, total) -> {
                assertThat(total).isEqualTo(18);
                heard.add(done);
              });

      Perplexity perplexity = Perplexity.of(model, text(model), options);

      // llama-perplexity -c 128 -b 128
      assertThat(perplexity.value()).isCloseTo(1.9049, withinPercentage(0.05));
      assertThat(perplexity.error()).isCloseTo(0.13006, withinPercentage(0.2));
      assertThat(perplexity.chunks()).isEqualTo(18);
      assertThat(perplexity.tokens()).isEqualTo(18 * 63);
      assertThat(heard).hasSize(18).isSorted().endsWith(18);
      assertThat(Perplexity.of(model, text(model), CHUNKS.withMostChunks(4)).value())
          .isCloseTo(1.9396, withinPercentage(0.05));
    }
  }

  @Test
  void divergenceIsThatOfTheReference() throws Exception {
    try (LanguageModel base = Story.load("bf16");
        LanguageModel model =
            Story.load("q4_k_m", o -> o.withActivations(ActivationPrecision.FULL))) {
      Divergence divergence = Divergence.of(model, base, text(base), CHUNKS);

      // llama-perplexity --kl-divergence -c 128, whose activations have 8 bits
      assertThat(divergence.mean()).isCloseTo(0.0011, within(0.0001));
      assertThat(divergence.sameTop()).isCloseTo(0.9938, within(0.003));
      assertThat(divergence.rmsChange()).isCloseTo(0.0091, within(0.0015));
      assertThat(divergence.base()).isEqualTo(Perplexity.of(base, text(base), CHUNKS));
      assertThat(divergence.model()).isEqualTo(Perplexity.of(model, text(base), CHUNKS));
      assertThat(divergence.divergences()).hasSize(18 * 63).isSorted();
      assertThat(divergence.quantile(0)).isGreaterThan(-1e-6);
      assertThat(divergence.quantile(0.5)).isLessThan(1e-5);
      assertThat(divergence.quantile(1)).isBetween(0.15, 0.3);
    }
  }

  @Test
  void nothingDivergesFromItself() throws Exception {
    try (LanguageModel model = Story.load("q4_0")) {
      Divergence divergence = Divergence.of(model, model, text(model), CHUNKS.withMostChunks(2));

      assertThat(divergence.divergences()).containsOnly(0.0);
      assertThat(divergence.sameTop()).isEqualTo(1);
      assertThat(divergence.meanChange()).isZero();
    }
  }

  @Test
  void importanceIsThatOfTheReference(@TempDir Path directory) throws Exception {
    try (LanguageModel model = Story.load("bf16")) {
      Path file = directory.resolve("importance.gguf");
      ImportanceMatrix.measure(model, text(model), "stories.txt", CHUNKS).write(file);

      ImportanceMatrix importance = ImportanceMatrix.read(file);
      assertThat(importance.chunks()).isEqualTo(18);
      assertThat(importance.chunkSize()).isEqualTo(128);
      assertThat(importance.datasets()).containsExactly("stories.txt");
      assertThat(importance.tensors()).hasSize(28).allMatch(name -> name.startsWith("blk."));
      // llama-imatrix -c 128: tensor, columns, sum over the columns, the largest and where it is
      check(importance, "blk.0.attn_q.weight", 256, 189509.493, 28, 1786.3176);
      check(importance, "blk.0.attn_output.weight", 256, 29275.1576, 18, 393.78509);
      check(importance, "blk.1.ffn_down.weight", 768, 1815517.667, 624, 232628.375);
      check(importance, "blk.3.ffn_up.weight", 256, 534068.314, 62, 3725.56787);
      check(importance, "blk.3.ffn_down.weight", 768, 18936620.81, 344, 2781945);
      assertThat(importance.of("token_embd.weight")).isEmpty();
    }
  }

  private static void check(
      ImportanceMatrix importance, String tensor, int columns, double sum, int top, double most) {
    int tokens = 18 * 128;
    float[] means = importance.of(tensor).orElseThrow();
    double total = 0;
    for (float mean : means) {
      total += mean;
    }
    assertThat(means).hasSize(columns);
    assertThat(total * tokens).isCloseTo(sum, withinPercentage(0.1));
    assertThat(means[top] * tokens).isCloseTo((float) most, withinPercentage(0.2));
    assertThat(Arrays.stream(toDoubles(means)).max().orElseThrow()).isEqualTo(means[top]);
  }

  private static double[] toDoubles(float[] numbers) {
    double[] doubles = new double[numbers.length];
    Arrays.setAll(doubles, i -> numbers[i]);
    return doubles;
  }

  /** Every expert has columns of its own, and all uses of all experts are seen. */
  @Test
  void expertsAreMeasuredOneByOne() throws Exception {
    try (LanguageModel model = LanguageModel.load(FamilyModels.path("mixtral.gguf"))) {
      int[] ids = new int[64];
      Arrays.setAll(ids, i -> 3 + i * 7 % 40);
      long[] uses = new long[2];
      model.observe(
          ids,
          (tensor, matrix, matrices, inputs, offset, count, columns) -> {
            assertThat(matrix).isBetween(0, matrices - 1);
            if (tensor.equals("blk.0.ffn_down_exps.weight")) {
              assertThat(matrices).isGreaterThan(1);
              uses[0] += count;
            }
            uses[1] += tensor.equals("blk.0.attn_q.weight") ? count : 0;
          });
      assertThat(uses[1]).isEqualTo(64);
      assertThat(uses[0]).isEqualTo(2 * 64);
    }
  }

  /** Also of the matrix that is never multiplied by the latents that it makes keys of. */
  @Test
  void allMatricesAreMeasured() throws Exception {
    for (String name : List.of("deepseek_v2", "deepseek_v3", "gemma2", "qwen3_moe")) {
      Path file = FamilyModels.path(name + ".gguf");
      List<String> matrices;
      try (GgufFile gguf = GgufFile.open(file)) {
        matrices =
            gguf.tensors().stream()
                .filter(tensor -> tensor.shape().size() > 1 && tensor.name().startsWith("blk."))
                .map(GgufTensor::name)
                .toList();
      }
      try (LanguageModel model = LanguageModel.load(file)) {
        ImportanceMatrix importance =
            ImportanceMatrix.measure(model, text(model), "stories", CHUNKS.withMostChunks(4));
        assertThat(importance.tensors()).containsExactlyInAnyOrderElementsOf(matrices);
        if (name.equals("deepseek_v2")) {
          // llama-imatrix -c 128 --chunks 4
          float[] latents = importance.of("blk.0.attn_kv_b.weight").orElseThrow();
          double sum = Arrays.stream(toDoubles(latents)).sum();
          assertThat(sum).isCloseTo(33.9808, withinPercentage(0.1));
          assertThat((double) latents[23]).isCloseTo(3.10587, withinPercentage(0.2));
        }
      }
    }
  }

  @Test
  void textsAndOptionsAreChecked() throws Exception {
    try (LanguageModel model = Story.load("q4_0", o -> o.withContextLength(64))) {
      int[] ids = text(model);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Perplexity.of(model, new int[100], CHUNKS))
          .withMessageContaining("a text of 100 tokens is shorter than a chunk of 128");
      assertThatThrownBy(() -> Perplexity.of(model, ids, CHUNKS))
          .isInstanceOf(ContextOverflowException.class);
      assertThatIllegalArgumentException().isThrownBy(() -> CHUNKS.withChunkSize(3));
      assertThatIllegalArgumentException().isThrownBy(() -> CHUNKS.withMostChunks(0));
      MeasureOptions small = CHUNKS.withChunkSize(32).withMostChunks(1);
      int[] foreign = ids.clone();
      foreign[5] = Story.VOCAB;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Perplexity.of(model, foreign, small))
          .withMessageContaining("token 5");
      try (LanguageModel other = LanguageModel.load(FamilyModels.path("llama.gguf"))) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> Divergence.of(other, model, ids, small))
            .withMessageContaining("vocabularies");
      }
    }
  }

  @Test
  void anInterruptEndsItWithWhatWasMeasured() throws Exception {
    try (LanguageModel model = Story.load("q4_0")) {
      int[] ids = text(model);
      MeasureOptions three =
          CHUNKS.withListener(
              (done, total) -> {
                assertThat(done).isLessThan(4);
                if (done == 3) {
                  Thread.currentThread().interrupt();
                }
              });
      MeasureOptions whole = CHUNKS.withMostChunks(3);

      Perplexity perplexity = Perplexity.of(model, ids, three);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(perplexity).isEqualTo(Perplexity.of(model, ids, whole));
      assertThat(perplexity.chunks()).isEqualTo(3);

      Divergence divergence = Divergence.of(model, model, ids, three);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(divergence.base()).isEqualTo(perplexity);

      ImportanceMatrix importance = ImportanceMatrix.measure(model, ids, "stories", three);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(importance.chunks()).isEqualTo(3);
      String tensor = "blk.1.ffn_down.weight";
      assertThat(importance.of(tensor).orElseThrow())
          .isEqualTo(
              ImportanceMatrix.measure(model, ids, "stories", whole).of(tensor).orElseThrow());
    }
  }

  /** What fails in a consumer ends its call, and nothing else. */
  @Test
  void aFailingConsumerLeavesTheModelWhole() throws Exception {
    try (LanguageModel model = Story.load("q4_0")) {
      int[] ids = Story.ids();
      float[] before = model.logits(ids);
      assertThatThrownBy(
              () ->
                  model.logits(
                      ids,
                      0,
                      (position, logits, at) -> {
                        throw new UnsupportedOperationException("no");
                      }))
          .isInstanceOf(GenerationException.class)
          .hasRootCauseMessage("no");
      assertThatThrownBy(
              () ->
                  model.observe(
                      ids,
                      (tensor, matrix, matrices, inputs, offset, count, columns) -> {
                        throw new UnsupportedOperationException("no");
                      }))
          .isInstanceOf(GenerationException.class);
      assertThat(model.logits(ids)).isEqualTo(before);
      assertThatThrownBy(() -> model.logits(ids, ids.length, (position, logits, at) -> {}))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void filesOfAnotherKindAreRefused(@TempDir Path directory) throws Exception {
    assertThatThrownBy(() -> ImportanceMatrix.read(Story.file("q4_0")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("general.type");
    Path file = directory.resolve("bad.gguf");
    for (float bad : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
      writeImportance(file, 2, new float[] {1, bad});
      assertThatThrownBy(() -> ImportanceMatrix.read(file))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("tensor a.in_sum2");
    }
    for (float count : new float[] {-2, -0.5f, 0.5f, Float.NaN, Float.POSITIVE_INFINITY, 1e30f}) {
      writeImportance(file, count, new float[] {1, 1});
      assertThatThrownBy(() -> ImportanceMatrix.read(file))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("inputs");
    }
    writeImportance(file, 2, new float[] {1, 4});
    assertThat(ImportanceMatrix.read(file).of("a")).hasValue(new float[] {0.5f, 2});
    writeImportance(file, 0, new float[] {1, 4});
    assertThat(ImportanceMatrix.read(file).of("a")).hasValue(new float[] {1, 1});
    // cut off anywhere
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length - 32; length += 7) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> ImportanceMatrix.read(file))
          .isInstanceOf(ModelFormatException.class);
    }
  }

  private static void writeImportance(Path file, float count, float[] sums) throws Exception {
    new GgufWriter()
        .put("general.type", new GgufValue.TextValue("imatrix"))
        .tensor("a.in_sum2", TensorType.F32, List.of(1L, 2L), MemorySegment.ofBuffer(bytes(sums)))
        .tensor(
            "a.counts",
            TensorType.F32,
            List.of(1L, 1L),
            MemorySegment.ofBuffer(bytes(new float[] {count})))
        .write(file);
  }

  private static ByteBuffer bytes(float[] numbers) {
    var buffer = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(numbers);
    return buffer;
  }
}
