package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Full-precision weights that are quantised while they are loaded. */
class WeightPackingTest {
  private static final int[] IDS = IntStream.range(0, 60).map(i -> (i * 37 + 5) % 2048).toArray();

  @TempDir Path folder;

  private static float[] logits(Path file, WeightPacking packing) throws IOException {
    try (Graph graph = Graph.open(file, packing)) {
      return graph.logits(Graph.Mode.EXACT, IDS, 256);
    }
  }

  @Test
  void eightBitsAreThoseOfAFileThatWasQuantisedBefore() throws IOException {
    float[] packed = logits(Story.file("bf16"), WeightPacking.Q8_0);
    float[] stored = logits(Story.file("q8_0"), WeightPacking.AS_STORED);
    assertThat(Graph.bits(packed)).isEqualTo(Graph.bits(stored));
  }

  @Test
  void searchedScalesAreNearerThanPlainOnes() throws IOException {
    float[] full = logits(Story.file("bf16"), WeightPacking.AS_STORED);
    double eight = error(full, logits(Story.file("bf16"), WeightPacking.Q8_0));
    double plain = error(full, logits(Story.file("bf16"), WeightPacking.Q4_0));
    double searched = error(full, logits(Story.file("bf16"), WeightPacking.Q4_K));
    assertThat(eight).isLessThan(searched / 5);
    assertThat(searched).isLessThan(plain * 0.9);
  }

  /** The root of the mean squared difference. */
  private static double error(float[] a, float[] b) {
    return Math.sqrt(
        IntStream.range(0, a.length)
            .mapToDouble(i -> Math.pow((double) a[i] - b[i], 2))
            .average()
            .orElseThrow());
  }

  @Test
  void weightsThatAreQuantisedStay() throws IOException {
    assertThat(Graph.bits(logits(Story.file("q8_0"), WeightPacking.Q4_0)))
        .isEqualTo(Graph.bits(logits(Story.file("q8_0"), WeightPacking.AS_STORED)));
  }

  @Test
  void aWholeModelTakesTheMemoryOfItsBits() throws IOException {
    LoadOptions options = LoadOptions.defaults().withThreads(1);
    try (LanguageModel model =
        LanguageModel.load(Story.file("bf16"), options.withPacking(WeightPacking.Q4_K))) {
      assertThat(model.info().weightBytes())
          .isLessThan(LanguageModel.inspect(Story.file("bf16")).weightBytes() / 2);
      assertThat(model.generate("Once upon a time").text()).isNotEmpty();
    }
  }

  @Test
  void weightsThatDoNotFitAreNamed() throws IOException {
    TinyLlama.Shape shape = new TinyLlama.Shape(1, 64, 64, 4, 2, 16, 40, true, TensorType.F32);
    for (float bad : new float[] {Float.NaN, 1e30f}) {
      TinyLlama model = new TinyLlama(shape);
      float[] numbers = new float[64 * 64];
      numbers[5 * 64 + 3] = bad;
      model.put("blk.0.attn_q.weight", TensorType.F32, numbers, 64, 64);
      Path file = folder.resolve("bad.gguf");
      model.write(file);
      assertThatThrownBy(() -> logits(file, WeightPacking.Q4_0))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContainingAll("row 5 of tensor blk.0.attn_q.weight", "element ");
    }
  }
}
