package dev.nomoat;

import static dev.nomoat.FamilyModels.expected;
import static dev.nomoat.FamilyModels.ids;
import static dev.nomoat.FamilyModels.kept;
import static dev.nomoat.FamilyModels.path;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The logits of every family are those of the reference, however a text is cut into batches, and
 * have the same bits from GGUF and from a Hugging Face folder.
 */
class FamiliesTest {
  /** Logits of a token. */
  private static final int VOCAB = 264;

  /** The last tokens of the text, whose logits are kept. */
  private static final int KEPT = 24;

  /** Families whose converter computed an exponential in floats that we round correctly. */
  private static final Set<String> ROUNDED_BY_CONVERTER =
      Set.of("granitemoehybrid", "qwen3_5_moe_text", "qwen3_5_text", "qwen3_next");

  private static final String TEXT =
      "Once upon a time there was a little fox named Pip. Pip loved to play on top of the hill. 12"
          + " ducks!";

  /** The bytes of the text behind the token that begins it. */
  private static int[] ids() {
    byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length + 1];
    ids[0] = 256;
    for (int i = 0; i < bytes.length; i++) {
      ids[i + 1] = bytes[i];
    }
    return ids;
  }

  private static float[] expected(String family) throws IOException {
    String name = "/dev/nomoat/families/" + family + ".logits";
    try (InputStream in = Objects.requireNonNull(FamiliesTest.class.getResourceAsStream(name))) {
      float[] logits = new float[KEPT * VOCAB];
      ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(logits);
      return logits;
    }
  }

  private static Path path(String name) throws URISyntaxException {
    String resource = "/dev/nomoat/families/" + name;
    return Path.of(Objects.requireNonNull(FamiliesTest.class.getResource(resource)).toURI());
  }

  private static float[] kept(float[] logits) {
    return Arrays.copyOfRange(logits, logits.length - KEPT * VOCAB, logits.length);
  }

  /** The names of the references in a folder. */
  private static List<String> references(String folder) throws IOException, URISyntaxException {
    String end = ".logits";
    try (Stream<Path> files = Files.list(path(folder))) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(end))
          .map(name -> name.substring(0, name.length() - end.length()))
          .sorted()
          .toList();
    }
  }

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

  static List<String> folders() throws IOException, URISyntaxException {
    List<String> folders = new ArrayList<>();
    for (String family : families()) {
      if (Files.exists(path(family + ".gguf").resolveSibling(family))) {
        folders.add(family);
      }
    }
    return folders;
  }

  @ParameterizedTest
  @MethodSource("folders")
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
