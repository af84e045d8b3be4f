package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.management.ThreadMXBean;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.model.Weights;
import dev.nomoat.quant.PackedMatrix;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of a model without loading it. */
class LanguageModelInspectTest {
  @TempDir private Path directory;

  private static long bytes(Weights<PackedMatrix, float[]> weights) {
    AtomicLong total = new AtomicLong();
    weights.map(
        matrix -> total.addAndGet(matrix.byteSize()),
        vector -> total.addAndGet(Float.BYTES * (long) vector.length));
    return total.get();
  }

  private static void assertPrediction(Path file) throws IOException {
    try (Graph graph = Graph.open(file)) {
      assertThat(LanguageModel.inspect(file).weightBytes()).isEqualTo(bytes(graph.weights()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q4_k_m", "q5_k_m", "q6_k"})
  void predictsTheMemoryOfTheWeights(String type) throws IOException {
    assertPrediction(Story.file(type));
  }

  @Test
  void predictsTheMemoryOfModelsThatDoNotFillTheirGroups() throws IOException {
    TinyLlama tied = new TinyLlama(TinyLlama.Shape.ODD.withTied(true));
    assertPrediction(tied.write(directory.resolve("tied.gguf")));
    TinyLlama scaled =
        new TinyLlama(TinyLlama.Shape.ODD.withType(TensorType.Q8_0))
            .put(
                "rope_freqs.weight",
                TensorType.F32,
                new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
                12);
    assertPrediction(scaled.write(directory.resolve("scaled.gguf")));
  }

  @Test
  void describesTheFile() throws IOException {
    Path file = Story.file("q4_0");
    ModelInfo info = LanguageModel.inspect(file);
    assertThat(info.file()).isEqualTo(file);
    assertThat(info.architecture()).isEqualTo("llama");
    assertThat(info.toString())
        .startsWith("llama")
        .hasSizeLessThan(200)
        .contains("context of 1024");
    assertThat(info.name()).isPresent();
    assertThat(info.fileBytes()).isEqualTo(Files.size(file));
    assertThat(info.layers()).isEqualTo(4);
    assertThat(info.dim()).isEqualTo(256);
    assertThat(info.heads()).isEqualTo(8);
    assertThat(info.kvHeads()).isEqualTo(4);
    assertThat(info.headDim()).isEqualTo(32);
    assertThat(info.contextLength()).isEqualTo(1024);
    assertThat(info.vocabularySize()).isEqualTo(Story.VOCAB);
    assertThat(info.chatTemplate()).hasValueSatisfying(t -> assertThat(t).contains("<|im_start|>"));
    try (GgufFile gguf = GgufFile.open(file)) {
      assertThat(new ArrayList<>(info.metadata().keySet())).isEqualTo(gguf.metadata().keys());
      assertThat(info.tensors()).hasSameSizeAs(gguf.tensors());
      long parameters = 0;
      for (int i = 0; i < info.tensors().size(); i++) {
        TensorInfo tensor = info.tensors().get(i);
        assertThat(tensor.name()).isEqualTo(gguf.tensors().get(i).name());
        assertThat(tensor.type()).isEqualTo(gguf.tensors().get(i).type());
        assertThat(tensor.shape()).isEqualTo(gguf.tensors().get(i).shape());
        assertThat(tensor.bytes()).isEqualTo(gguf.tensors().get(i).byteSize());
        parameters += gguf.tensors().get(i).elements();
      }
      assertThat(info.parameters()).isEqualTo(parameters).isBetween(3_600_000L, 3_800_000L);
    }
    assertThat(info.metadata())
        .containsEntry("llama.block_count", "4")
        .containsEntry("tokenizer.ggml.tokens", "array of 2048 STRING");
    try (LanguageModel model = LanguageModel.load(file)) {
      assertThat(model.info()).isEqualTo(info);
    }
  }

  @Test
  void predictsTheMemoryOfTheCache() throws IOException {
    ModelInfo info = LanguageModel.inspect(Story.file("q4_0"));
    long position = 4L * 2 * 4 * 32;
    assertThat(info.cacheBytes(64, CacheType.F32)).isEqualTo(64 * position * 4);
    assertThat(info.cacheBytes(64, CacheType.F16)).isEqualTo(64 * position * 2);
    assertThat(info.cacheBytes(65, CacheType.F16)).isEqualTo(128 * position * 2);
    assertThat(info.cacheBytes(0, CacheType.F32)).isZero();
    assertThat(info.cacheBytes(Integer.MAX_VALUE, CacheType.F32))
        .isEqualTo((1L << 31) * position * 4);
    assertThatIllegalArgumentException().isThrownBy(() -> info.cacheBytes(-1, CacheType.F32));
  }

  @Test
  void readsNoWeights() throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Path file = Files.copy(Story.file("q4_0"), directory.resolve("story.gguf"));
    ModelInfo info = LanguageModel.inspect(file);
    long offset;
    try (GgufFile gguf = GgufFile.open(file)) {
      offset = gguf.tensors().getFirst().offset();
    }
    // a file of the same length whose weights were never written: reading them would find NaN
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      long size = channel.size();
      byte[] ones = new byte[Math.toIntExact(size - offset)];
      Arrays.fill(ones, (byte) 0xff);
      channel.write(ByteBuffer.wrap(ones), offset);
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThat(LanguageModel.inspect(file)).isEqualTo(info);
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(4 << 20);
  }
}
