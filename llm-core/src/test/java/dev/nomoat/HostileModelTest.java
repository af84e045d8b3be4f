package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that are GGUF files but no models: the result is a model, or an exception that says why.
 */
@Unhurried
class HostileModelTest {
  private static final int MUTANTS = 1500;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final TinyLlama.Shape SHAPE =
      new TinyLlama.Shape(2, 32, 64, 4, 2, 8, 40, false, TensorType.Q4_0);

  @TempDir private Path directory;

  private Path write(TinyLlama model) throws IOException {
    return model.write(directory.resolve("hostile.gguf"));
  }

  private static LanguageModel load(Path file) throws IOException {
    return LanguageModel.load(file, LoadOptions.defaults().withThreads(1));
  }

  private ThrowingCallable loading(TinyLlama model) {
    return () -> load(write(model)).close();
  }

  /** Loads and uses what may be a model; the name of the outcome. */
  private static String outcome(Path file) throws IOException {
    try (LanguageModel model = load(file)) {
      GenerationRequest request =
          GenerationRequest.of(Prompt.tokens(0)).withSeed(1).withIgnoreEndOfGeneration(true);
      int room = Math.min(3, model.contextLength() - 1);
      if (room > 0) {
        assertThat(model.generate(request.withMaxTokens(room)).ids()).hasSize(room);
      }
      model.tokenizer().decode(0);
      return "model";
    } catch (GenerationException e) {
      // finite weights, but so large that sums overflow
      assertThat(e).hasRootCauseInstanceOf(IllegalStateException.class);
      assertThat(e.getCause()).hasMessageContaining("NaN");
      return "overflow";
    } catch (ModelFormatException e) {
      assertThat(e.file()).isEqualTo(file);
      assertThat(e.offset()).isBetween(0L, Files.size(file));
      assertThat(e.expected()).isNotBlank();
      assertThat(e.found()).isNotBlank();
      assertThat(e.getMessage().length()).isLessThan(2000);
      return "format";
    } catch (UnsupportedModelException e) {
      assertThat(e.feature()).isNotBlank();
      return "unsupported";
    }
  }

  @Test
  void mutantsAreModelsOrExceptionsThatSayWhy() throws IOException {
    Map<String, Integer> outcomes = new TreeMap<>();
    for (int seed = 0; seed < MUTANTS; seed++) {
      TinyLlama model = new TinyLlama(SHAPE);
      List<String> mutations = new Mutations(model, seed).apply();
      Path file = write(model);
      long bytes = THREADS.getCurrentThreadAllocatedBytes();
      long start = System.nanoTime();
      try {
        outcomes.merge(outcome(file), 1, Integer::sum);
      } catch (Throwable e) {
        fail("seed " + seed + ": " + mutations, e);
      }
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes;
      assertThat(bytes).as("seed %d: %s", seed, mutations).isLessThan(32 << 20);
      assertThat(time).as("seed %d: %s", seed, mutations).isLessThan(Duration.ofMinutes(1));
    }
    for (String outcome : List.of("format", "model", "unsupported")) {
      assertThat(outcomes.get(outcome)).as(outcome).isGreaterThan(MUTANTS / 20);
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("nomoat-"));
  }

  @Test
  void everyTensorIsMissed() {
    for (String name : new TinyLlama(SHAPE).tensors.keySet()) {
      TinyLlama model = new TinyLlama(SHAPE);
      model.tensors.remove(name);
      if (name.equals("output.weight")) {
        assertThat(catchThrowable(loading(model))).isNull();
      } else {
        assertThatThrownBy(loading(model))
            .isInstanceOf(ModelFormatException.class)
            .hasMessageContaining(name);
      }
    }
  }

  @Test
  void blocksThatPredictFurtherTokensAreLeftOut() throws IOException {
    TinyLlama model = new TinyLlama(SHAPE);
    model.metadata.put("llama.nextn_predict_layers", GgufValue.uint32(1));
    try (LanguageModel loaded = load(write(model))) {
      assertThat(loaded.info().layers()).isEqualTo(1);
    }
    model.metadata.put("llama.nextn_predict_layers", GgufValue.uint32(2));
    assertThatThrownBy(loading(model))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("nextn_predict_layers", "fewer than the 2 blocks");
  }

  @Test
  void everyShapeIsChecked() {
    for (String name : new TinyLlama(SHAPE).tensors.keySet()) {
      TinyLlama model = new TinyLlama(SHAPE);
      List<Long> shape = new ArrayList<>(model.tensors.get(name).shape());
      String expected = shape.toString();
      shape.set(0, shape.getFirst() + 32);
      model.put(
          name,
          TensorType.F32,
          new float[Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact))],
          shape.stream().mapToLong(Long::longValue).toArray());
      assertThatThrownBy(loading(model))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContainingAll(name, expected, shape.toString());
    }
  }

  @Test
  void everyMatrixIsCheckedForNumbersThatAreNone() {
    for (String name : new TinyLlama(SHAPE).tensors.keySet()) {
      for (short scale : new short[] {0x7c00, (short) 0xfc00, 0x7e01}) {
        TinyLlama model = new TinyLlama(SHAPE);
        TinyLlama.Tensor tensor = model.tensors.get(name);
        MemorySegment data = tensor.data();
        if (tensor.type() == TensorType.F32) {
          data.set(
              ValueLayout.JAVA_FLOAT_UNALIGNED, data.byteSize() - 4, Float.float16ToFloat(scale));
        } else {
          data.set(ValueLayout.JAVA_SHORT_UNALIGNED, data.byteSize() - 18, scale);
        }
        assertThatThrownBy(loading(model))
            .isInstanceOf(ModelFormatException.class)
            .hasMessageContainingAll("finite", name);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TensorType.class)
  void typesWithoutProductsAreNamed(TensorType type) {
    TinyLlama model =
        new TinyLlama(new TinyLlama.Shape(1, 256, 256, 4, 2, 64, 40, true, TensorType.F32));
    byte[] bytes = new byte[Math.toIntExact(256 * type.rowBytes(256))];
    String name = "blk.0.attn_q.weight";
    model.tensors.put(
        name, new TinyLlama.Tensor(type, List.of(256L, 256L), MemorySegment.ofArray(bytes)));
    if (PackedMatrix.supports(type)) {
      assertThat(catchThrowable(loading(model))).isNull();
    } else {
      assertThatThrownBy(loading(model))
          .isInstanceOf(UnsupportedModelException.class)
          .hasMessageContainingAll(type.toString(), name);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "general.architecture",
        "llama.block_count",
        "llama.context_length",
        "llama.embedding_length",
        "llama.feed_forward_length",
        "llama.attention.head_count",
        "llama.attention.layer_norm_rms_epsilon",
        "tokenizer.ggml.model",
        "tokenizer.ggml.tokens",
        "tokenizer.ggml.scores",
        "tokenizer.ggml.token_type"
      })
  void keysThatAreNeededAreNamed(String key) {
    TinyLlama missing = new TinyLlama(SHAPE);
    missing.metadata.remove(key);
    assertThatThrownBy(loading(missing))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(key);
    TinyLlama wrong = new TinyLlama(SHAPE).put(key, GgufValue.bool(true));
    assertThatThrownBy(loading(wrong))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(key, "BOOL");
  }

  @Test
  void numbersThatMakeNoSenseAreNamed() {
    for (String key :
        List.of(
            "llama.block_count",
            "llama.context_length",
            "llama.embedding_length",
            "llama.feed_forward_length",
            "llama.attention.head_count",
            "llama.attention.head_count_kv",
            "llama.attention.key_length",
            "llama.attention.value_length",
            "llama.rope.dimension_count")) {
      for (long value : new long[] {0, 0xffff_ffffL, 1L << 31}) {
        assertThatThrownBy(loading(new TinyLlama(SHAPE).put(key, GgufValue.uint32(value))))
            .isInstanceOf(ModelFormatException.class)
            .hasMessageContainingAll(key, Long.toString(value));
      }
    }
    for (String key : List.of("llama.rope.freq_base", "llama.attention.layer_norm_rms_epsilon")) {
      for (float value : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
        assertThatThrownBy(loading(new TinyLlama(SHAPE).put(key, GgufValue.float32(value))))
            .isInstanceOf(ModelFormatException.class)
            .hasMessageContainingAll(key, Float.toString(value));
      }
    }
    for (String key : List.of("tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id")) {
      assertThatThrownBy(loading(new TinyLlama(SHAPE).put(key, GgufValue.uint32(40))))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContainingAll(key, "40");
    }
  }

  @Test
  void headsOfLayersThatDoNotFitAreNamed() {
    String key = "llama.attention.head_count_kv";
    for (int[] counts : new int[][] {{2, 3}, {2, 0}, {2, -2}, {2, 4, 4}, {8, 4}}) {
      assertThatThrownBy(loading(new TinyLlama(SHAPE).put(key, GgufNumberArray.ofInts(counts))))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining(key);
    }
    // a shape that the tensors do not have
    assertThatThrownBy(loading(new TinyLlama(SHAPE).put(key, GgufNumberArray.ofInts(2, 4))))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("blk.1.attn_k.weight");
  }

  @Test
  void whatIsNotAFileIsNamed() throws IOException {
    assertThatThrownBy(() -> LanguageModel.load(Path.of("/")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("a model's folder, with config.json", "no such file in it");
    assertThatThrownBy(() -> LanguageModel.load(Path.of("/dev/null")))
        .isInstanceOf(IOException.class)
        .hasMessage("/dev/null is not a regular file");
    assertThatThrownBy(() -> LoadOptions.defaults().withThreads(LoadOptions.MOST_THREADS + 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("threads must be at most 1024, not 1025");
  }

  @Test
  void featuresThatAreMissingAreNamed() {
    Map<String, Map.Entry<String, GgufValue>> features =
        Map.of(
            "chunk_size", Map.entry("llama.attention.chunk_size", GgufValue.uint32(512)),
            "temperature", Map.entry("llama.attention.temperature_scale", GgufValue.float32(2)),
            "longrope", Map.entry("llama.rope.scaling.type", GgufValue.text("longrope")),
            "rwkv9", Map.entry("general.architecture", GgufValue.text("rwkv9")),
            "scale_linear", Map.entry("llama.rope.scale_linear", GgufValue.float32(2)),
            "tokenizer rwkv", Map.entry("tokenizer.ggml.model", GgufValue.text("rwkv")));
    features.forEach(
        (name, entry) ->
            assertThatThrownBy(loading(new TinyLlama(SHAPE).put(entry.getKey(), entry.getValue())))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining(name));
    for (String scale : List.of("attention.scale", "logit_scale", "rope.scaling.attn_factor")) {
      String key = "llama." + scale;
      assertThatThrownBy(loading(new TinyLlama(SHAPE).put(key, GgufValue.float32(2))))
          .isInstanceOf(UnsupportedModelException.class)
          .hasMessageContaining(key);
    }
    assertThatThrownBy(loading(new TinyLlama(SHAPE).put("general.type", GgufValue.text("adapter"))))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("adapter");
    TinyLlama scaled = new TinyLlama(SHAPE);
    scaled.put("blk.1.attn_q.scale", TensorType.F32, new float[32], 32);
    assertThatThrownBy(loading(scaled))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("blk.1.attn_q.scale");
  }

  @Test
  void vocabulariesOfDifferentLengthsAreNamed() {
    for (int length : new int[] {0, 39, 41}) {
      assertThatThrownBy(
              loading(
                  new TinyLlama(SHAPE)
                      .put("tokenizer.ggml.scores", GgufNumberArray.ofFloats(new float[length]))))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("tokenizer.ggml.scores");
      assertThatThrownBy(
              loading(
                  new TinyLlama(SHAPE)
                      .put("tokenizer.ggml.token_type", GgufNumberArray.ofInts(new int[length]))))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("tokenizer.ggml.token_type");
      String[] tokens = new String[length];
      Arrays.setAll(tokens, i -> "t" + i);
      assertThatThrownBy(
              loading(
                  new TinyLlama(SHAPE)
                      .put("tokenizer.ggml.tokens", GgufStringArray.of(List.of(tokens)))))
          .isInstanceOf(ModelFormatException.class);
    }
  }

  @Test
  void aTensorThatIsThereTwiceIsNamed() throws IOException {
    Path file = write(new TinyLlama(SHAPE));
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    String twice = text.replace("blk.0.attn_k.weight", "blk.0.attn_v.weight");
    Files.write(file, twice.getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> load(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("blk.0.attn_v.weight");
  }

  @Test
  void aFileThatShrinksWhileItIsLoadedIsAnException() throws IOException {
    for (int keep : new int[] {0, 1, 100_000, 1_000_000}) {
      Path file = directory.resolve("shrinking" + keep + ".gguf");
      Files.copy(Story.file("q4_0"), file);
      long data;
      try (GgufFile gguf = GgufFile.open(file)) {
        data = gguf.tensors().getFirst().offset();
      }
      LoadListener shrink =
          (done, total) -> {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
              channel.truncate(data + keep);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          };
      assertThatThrownBy(
              () ->
                  LanguageModel.load(
                      file, LoadOptions.defaults().withThreads(2).withListener(shrink)))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("shortened");
    }
  }
}
