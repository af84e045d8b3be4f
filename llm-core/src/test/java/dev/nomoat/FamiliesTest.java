package dev.nomoat;

import static dev.nomoat.FamilyModels.expected;
import static dev.nomoat.FamilyModels.ids;
import static dev.nomoat.FamilyModels.kept;
import static dev.nomoat.FamilyModels.path;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The logits of every family are those of the reference, however a text is cut into batches, and
 * have the same bits from GGUF and from a Hugging Face folder.
 */
class FamiliesTest {
  /** Families whose converter computed a function in floats that we round correctly. */
  private static final Set<String> ROUNDED_BY_CONVERTER =
      Set.of("gemma3n_text", "granitemoehybrid", "qwen3_5_moe_text", "qwen3_5_text", "qwen3_next");

  static List<String> families() throws IOException, URISyntaxException {
    return FamilyModels.references("");
  }

  static List<String> quantizedForms() throws IOException, URISyntaxException {
    return FamilyModels.references("quantized");
  }

  @ParameterizedTest
  @MethodSource("families")
  void logitsAreThoseOfTheReference(String family) throws IOException, URISyntaxException {
    try (Graph graph = Graph.open(path(family + ".gguf"))) {
      float[] logits = graph.logits(Graph.Mode.EXACT, ids(), 256);
      assertThat(Graph.distance(kept(logits), expected(family))).isLessThan(5e-5);
      // across the borders of batches, and one by one
      for (int chunk : new int[] {37, 1}) {
        float[] again = graph.logits(Graph.Mode.EXACT.withThreads(2), ids(), chunk);
        assertThat(Graph.bits(again)).isEqualTo(Graph.bits(logits));
      }
    }
  }

  /** Keys and values in few bits are read as they are kept, also by the tokens beside them. */
  @ParameterizedTest
  @MethodSource("families")
  void quantisedPagesDoNotDependOnTheBatch(String family) throws IOException, URISyntaxException {
    try (Graph graph = Graph.open(path(family + ".gguf"))) {
      for (CacheType type : List.of(CacheType.Q8_0, CacheType.Q4_0)) {
        Graph.Mode mode = new Graph.Mode(1, type, ActivationPrecision.FULL);
        float[] logits = graph.logits(mode, ids(), 256);
        assertThat(Graph.bits(graph.logits(mode.withThreads(2), ids(), 37)))
            .isEqualTo(Graph.bits(logits));
      }
    }
  }

  /** Experts get some of the tokens each, in products of their own. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt_oss", "mixtral", "qwen2_moe", "qwen3_moe"})
  void expertsWithFewBitsDoNotDependOnTheBatch(String family)
      throws IOException, URISyntaxException {
    for (WeightPacking packing : List.of(WeightPacking.Q4_0, WeightPacking.Q8_0)) {
      try (Graph graph = Graph.open(path(family + ".gguf"), packing)) {
        Graph.Mode fast = new Graph.Mode(2, CacheType.F16, ActivationPrecision.FAST);
        float[] logits = graph.logits(fast, ids(), 256);
        for (int chunk : new int[] {37, 5, 1}) {
          assertThat(Graph.bits(graph.logits(fast, ids(), chunk))).isEqualTo(Graph.bits(logits));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void foldersGiveTheSameBitsAsFiles(String family) throws IOException, URISyntaxException {
    try (Graph file = Graph.open(path(family + ".gguf"));
        Graph folder = Graph.open(path(family))) {
      float[] logits = folder.logits(Graph.Mode.EXACT, ids(), 256);
      float[] same = file.logits(Graph.Mode.EXACT, ids(), 256);
      if (ROUNDED_BY_CONVERTER.contains(family)) {
        double largest = Graph.distance(same, new float[same.length]);
        assertThat(Graph.distance(logits, same)).isLessThan(1e-5 * largest);
      } else {
        assertThat(Graph.bits(logits)).isEqualTo(Graph.bits(same));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("quantizedForms")
  void quantisedWeightsOfFoldersAreWhatTheyStandFor(String form)
      throws IOException, URISyntaxException {
    try (Graph graph = Graph.open(path("quantized/" + form))) {
      float[] logits = graph.logits(Graph.Mode.EXACT, ids(), 256);
      assertThat(Graph.distance(kept(logits), expected("quantized/" + form))).isLessThan(5e-5);
    }
  }

  @Test
  void fourBitFloatsAreTheSameFromBothContainers() throws IOException, URISyntaxException {
    try (Graph gguf = Graph.open(path("quantized/mxfp4.gguf"));
        Graph folder = Graph.open(path("quantized/mxfp4"))) {
      float[] logits = gguf.logits(Graph.Mode.EXACT, ids(), 256);
      assertThat(Graph.bits(folder.logits(Graph.Mode.EXACT, ids(), 256)))
          .isEqualTo(Graph.bits(logits));
    }
  }
}
