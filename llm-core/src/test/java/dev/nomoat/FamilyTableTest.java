package dev.nomoat;

import static dev.nomoat.FamilyModels.expected;
import static dev.nomoat.FamilyModels.ids;
import static dev.nomoat.FamilyModels.kept;
import static dev.nomoat.FamilyModels.path;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** Makes the table of families, containers and references that is in the module's folder. */
class FamilyTableTest {
  private static final String NAME = "FAMILIES.md";

  /** What differences are shown as: the next of these. */
  private static final double[] STEPS = {1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5};

  private static final String HEAD =
      """
      # Families and how they were verified

      Each row is a tiny model with random weights, made by Hugging Face transformers. Its logits, 24
      tokens of 99, in f32 from weights in BF16, have a standard deviation of about 1.2 (Granite's 0.3,
      Cohere's 0.6). The columns say how far the largest logit is from that of transformers: here, from
      a GGUF file; whether a Hugging Face folder with the same weights gives the same bits; and how far
      llama.cpp 0.7.0 is with the same weights in f32, where its activations are rounded; it was measured
      once, on all 99 tokens. `FamilyTableTest` makes this table.

      | model type | GGUF architecture | from GGUF | from a folder | llama.cpp |
      | --- | --- | --- | --- | --- |
      """;

  private static final String ENCODERS =
      """

      ## Models that embed or score

      Tiny models likewise, of texts of 1, 99 and some hundred tokens. The columns say how far the
      largest number of a vector, pooled in three ways, or the score of a document is from that of
      transformers, and whether a Hugging Face folder with the same weights, its tokenizer and its
      modules gives the same bits.

      | model type | GGUF architecture | from GGUF | from a folder |
      | --- | --- | --- | --- |
      """;

  @Test
  void theTableIsUpToDate() throws IOException, URISyntaxException {
    StringBuilder table = new StringBuilder(HEAD);
    Properties llamaCpp = new Properties();
    try (InputStream in = Files.newInputStream(path("llama.cpp.properties"))) {
      llamaCpp.load(in);
    }
    for (String family : FamilyModels.references("")) {
      table.append(row(family, llamaCpp.getProperty(family, "not compared")));
    }
    table.append(ENCODERS);
    for (String name : Encoders.ALL) {
      table.append(encoder(name));
    }
    Path made = Path.of("target", NAME);
    Files.writeString(made, table);
    assertThat(Files.readString(Path.of(NAME)))
        .as("copy %s to %s", made, NAME)
        .isEqualTo(table.toString());
  }

  private static String row(String family, String llamaCpp) throws IOException, URISyntaxException {
    Path file = path(family + ".gguf");
    Path folder = file.resolveSibling(family);
    try (Graph graph = Graph.open(file)) {
      float[] logits = graph.logits(Graph.Mode.EXACT, ids(), 256);
      return "| %s | %s | %s | %s | %s |\n"
          .formatted(
              family,
              LanguageModel.inspect(file).architecture(),
              shown(Graph.distance(kept(logits), expected(family))),
              folder(folder, logits),
              llamaCpp);
    }
  }

  private static String folder(Path folder, float[] logits) throws IOException {
    try (Graph graph = Graph.open(folder)) {
      float[] own = graph.logits(Graph.Mode.EXACT, ids(), 256);
      return Arrays.equals(Graph.bits(own), Graph.bits(logits))
          ? "the same bits"
          : shown(Graph.distance(own, logits)) + " (one function rounded)";
    }
  }

  private static String encoder(String name) throws IOException {
    try (LanguageModel folder = Encoders.loadExact(Encoders.folder(name))) {
      float[] vectors = Encoders.results(folder, name);
      String type = folder.info().metadata().get("model_type");
      boolean scores = folder.info().reranker();
      String architecture = folder.info().architecture();
      String fromFile = "not compared";
      String fromFolder = shown(Graph.distance(vectors, Encoders.expected(name)));
      if (Encoders.hasFile(name)) {
        try (LanguageModel file = Encoders.loadExact(name)) {
          float[] same = Encoders.results(file, name);
          fromFile = shown(Graph.distance(same, Encoders.expected(name)));
          fromFolder =
              Arrays.equals(Graph.bits(vectors), Graph.bits(same)) ? "the same bits" : "differs";
        }
      }
      return "| %s%s | %s | %s | %s |\n"
          .formatted(type, scores ? ", scoring" : "", architecture, fromFile, fromFolder);
    }
  }

  private static String shown(double distance) {
    for (double step : STEPS) {
      if (distance <= step) {
        return "≤ %.0e".formatted(step);
      }
    }
    return Objects.toString(distance);
  }
}
