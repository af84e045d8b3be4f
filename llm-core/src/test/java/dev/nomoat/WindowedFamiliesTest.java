package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.cache.SequenceCache;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Models some of whose layers see only a window or a chunk: what they do not keep changes no bit.
 */
@Unhurried
class WindowedFamiliesTest {
  private static final int LENGTH = 400;

  @TempDir private Path folder;

  static List<String> families() throws IOException, URISyntaxException {
    List<String> windowed = new ArrayList<>();
    for (String family : FamilyModels.references("")) {
      if (hasWindow(LanguageModel.inspect(FamilyModels.path(family + ".gguf")))) {
        windowed.add(family);
      }
    }
    return windowed;
  }

  private static boolean hasWindow(ModelInfo info) {
    return info.footprint(CacheType.F16).groups().stream().anyMatch(group -> group.seen() > 0);
  }

  private static int[] text(int length) {
    int[] ids = FamilyModels.ids();
    int[] text = new int[length];
    // of another period than pages and windows
    Arrays.setAll(text, i -> ids[i % ids.length]);
    return text;
  }

  private static int[] text(int length, int branch) {
    int[] text = text(length);
    for (int i = branch; i < length; i++) {
      text[i] = (text[i] + 1) % 256;
    }
    return text;
  }

  @Test
  void thereAreSome() throws IOException, URISyntaxException {
    assertThat(families()).contains("cohere2", "gemma3_text", "gpt_oss", "llama4_text");
  }

  @Test
  void aWindowTakesTheSameMemoryHoweverLongTheText() throws IOException, URISyntaxException {
    ModelInfo info = LanguageModel.inspect(FamilyModels.path("gpt_oss.gguf"));
    CacheFootprint footprint = info.footprint(CacheType.F16);
    assertThat(footprint.groups())
        .containsExactly(new CacheFootprint.Group(2, 16, 2), new CacheFootprint.Group(1, 0, 1));
    long frame = footprint.frameBytes();
    assertThat(info.cacheBytes(100, CacheType.F16)).isEqualTo((2 * 2 + 2) * frame);
    assertThat(info.cacheBytes(131_072, CacheType.F16)).isEqualTo((2048 + 2 * 6) * frame);
  }

  @ParameterizedTest
  @MethodSource("families")
  void whatNoTokenSeesChangesNoBit(String family) throws IOException, URISyntaxException {
    int[] ids = text(LENGTH);
    try (Graph graph = Graph.open(FamilyModels.path(family + ".gguf"))) {
      float[] kept = graph.logits(Graph.Mode.EXACT, ids, 256);
      for (int chunk : new int[] {256, 37, 1}) {
        graph.with(
            Graph.Mode.EXACT.withThreads(2),
            run -> {
              SequenceCache cache = run.empty();
              float[] logits = graph.goOn(run, cache, ids, 0, chunk);
              assertThat(Graph.bits(logits)).isEqualTo(Graph.bits(kept));
              assertThat(cache.frames()).isLessThan((int) cache.footprint().frames(LENGTH));
              return logits;
            });
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"gemma2, Q8_0", "gemma3_text, Q4_0", "gpt_oss, Q8_0", "llama4_text, Q4_0"})
  void whatNoTokenSeesChangesNoBitOfQuantisedPages(String family, CacheType type)
      throws IOException, URISyntaxException {
    int[] ids = text(LENGTH);
    Graph.Mode mode = new Graph.Mode(2, type, ActivationPrecision.FAST);
    try (Graph graph = Graph.open(FamilyModels.path(family + ".gguf"))) {
      float[] kept = graph.logits(mode, ids, 256);
      graph.with(
          mode,
          run -> {
            SequenceCache cache = run.empty();
            float[] logits = graph.goOn(run, cache, ids, 0, 37);
            assertThat(Graph.bits(logits)).isEqualTo(Graph.bits(kept));
            assertThat(cache.frames()).isLessThan((int) cache.footprint().frames(LENGTH));
            return logits;
          });
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void sequencesBranchOffAnywhere(String family) throws IOException, URISyntaxException {
    try (Graph graph = Graph.open(FamilyModels.path(family + ".gguf"))) {
      int vocab = graph.config().vocab();
      graph.with(
          Graph.Mode.EXACT.withThreads(2),
          run -> {
            int[] ids = text(LENGTH);
            SequenceCache first = run.empty();
            graph.goOn(run, first, ids, 0, 100);
            first.release(ids, LENGTH);
            for (int branch : new int[] {5, 64, 70, 128, 144, 250, 390, 399}) {
              int[] other = text(branch + 40, branch);
              SequenceCache cache = run.empty();
              assertThat(cache.reuse(other, other.length - 1)).isEqualTo(branch);
              float[] logits = graph.goOn(run, cache, other, branch, 33);
              cache.release(other, other.length);
              float[] anew = graph.logits(Graph.Mode.EXACT, other, 256);
              assertThat(Graph.bits(logits))
                  .isEqualTo(Graph.bits(Arrays.copyOfRange(anew, branch * vocab, anew.length)));
            }
            return new float[0];
          });
    }
  }

  private static GenerationRequest request(int length, int branch) {
    return GenerationRequest.of(Prompt.tokens(text(length, branch)))
        .withMaxTokens(60)
        .withSeed(branch)
        .withTemperature(1)
        .withIgnoreEndOfGeneration(true);
  }

  private static EmbeddingRequest vectorOf(int length) {
    return EmbeddingRequest.ofPrompts(List.of(Prompt.tokens(text(length, 3))));
  }

  /** The cache has room for one sequence, though many come at once. */
  @ParameterizedTest
  @CsvSource({
    "gemma3_text, F16",
    "gpt_oss, F16",
    "llama4_text, F16",
    "gemma2, Q8_0",
    "gemma3_text, Q4_0"
  })
  void littleMemoryChangesNoToken(String family, CacheType type)
      throws IOException, URISyntaxException, InterruptedException, ExecutionException {
    Path path = FamilyModels.path(family + ".gguf");
    ModelInfo info = LanguageModel.inspect(path);
    LoadOptions options = LoadOptions.defaults().withContextLength(500).withCacheType(type);
    long bytes = info.cacheBytes(500, options.cacheType());
    try (LanguageModel roomy = LanguageModel.load(path, options);
        LanguageModel tight = LanguageModel.load(path, options.withCacheBytes(bytes));
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<GenerationResult>> answers = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        int branch = 30 * i;
        answers.add(callers.submit(() -> tight.generate(request(440 - branch / 2, branch))));
      }
      Future<TextScore> score = callers.submit(() -> tight.score(Prompt.tokens(text(500))));
      Future<List<float[]>> vectors = callers.submit(() -> tight.embed(vectorOf(500)));
      for (int i = 0; i < 12; i++) {
        int branch = 30 * i;
        assertThat(answers.get(i).get().ids())
            .isEqualTo(roomy.generate(request(440 - branch / 2, branch)).ids());
      }
      assertThat(score.get()).isEqualTo(roomy.score(Prompt.tokens(text(500))));
      assertThat(vectors.get().getFirst()).containsExactly(roomy.embed(vectorOf(500)).getFirst());
      assertThat(tight.logits(text(500))).containsExactly(roomy.logits(text(500)));
      assertThat(tight.stats().cacheBytes()).isLessThanOrEqualTo(bytes);
      assertThat(tight.stats().finished()).isEqualTo(12);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cohere2, F16",
    "gemma4_text, F16",
    "llama4_text, F16",
    "gemma2, Q8_0",
    "gemma3_text, Q4_0"
  })
  void sessionsHaveWhatIsStillSeen(String family, CacheType type)
      throws IOException, URISyntaxException {
    Path path = FamilyModels.path(family + ".gguf");
    Path file = folder.resolve("session");
    LoadOptions options = LoadOptions.defaults().withContextLength(500).withCacheType(type);
    for (int length : new int[] {64, 65, 333}) {
      Prompt prompt = Prompt.tokens(text(length));
      GenerationRequest request = request(length + 20, length);
      List<Integer> expected;
      try (LanguageModel writer = LanguageModel.load(path, options)) {
        if (length % 2 == 0) {
          writer.generate(request(length - 10, length));
        }
        writer.saveSession(prompt, file);
        expected = writer.generate(request).ids();
      }
      ModelInfo info = LanguageModel.inspect(path);
      assertThat(Files.size(file) - 36 - 4L * length)
          .isLessThanOrEqualTo(info.cacheBytes(length, options.cacheType()));
      LoadOptions tight = options.withCacheBytes(info.cacheBytes(500, options.cacheType()));
      try (LanguageModel reader = LanguageModel.load(path, tight)) {
        assertThat(reader.loadSession(file)).isEqualTo(prompt);
        GenerationResult result = reader.generate(request);
        assertThat(result.usage().reusedTokens()).isEqualTo(length);
        assertThat(result.ids()).isEqualTo(expected);
      }
    }
  }

  @Test
  void sessionsOfOtherWeightsAreRefused() throws IOException, URISyntaxException {
    Path file = folder.resolve("session");
    LoadOptions options = LoadOptions.defaults().withContextLength(500);
    Path path = FamilyModels.path("gemma3_text.gguf");
    try (LanguageModel writer = LanguageModel.load(path, options);
        LanguageModel reader = LanguageModel.load(path, options.withPacking(WeightPacking.Q8_0))) {
      writer.saveSession(Prompt.tokens(text(300)), file);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> reader.loadSession(file))
          .withMessageContaining("of another model");
      assertThat(reader.generate(request(310, 305)).usage().reusedTokens()).isZero();
    }
  }
}
