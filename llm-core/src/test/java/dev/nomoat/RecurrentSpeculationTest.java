package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.grammar.Grammar;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Models with recurrent state, whose tokens are guessed: it is taken back with wrong guesses. */
@Unhurried
class RecurrentSpeculationTest {
  private static final int CONTEXT = 260;
  private static final LoadOptions OPTIONS = LoadOptions.defaults().withContextLength(CONTEXT);

  @TempDir private Path folder;

  static List<String> families() {
    return RecurrentFamiliesTest.families();
  }

  /** A text that repeats itself. */
  private static GenerationRequest request(int length, float temperature) {
    int[] ids = FamilyModels.ids();
    int[] text = new int[length];
    Arrays.setAll(text, i -> ids[i % 43]);
    return GenerationRequest.of(Prompt.tokens(text))
        .withMaxTokens(50)
        .withSeed(length)
        .withTemperature(temperature)
        .withIgnoreEndOfGeneration(true);
  }

  private static List<GenerationRequest> requests() {
    // what is easy to guess, but for a choice now and then
    Grammar lines = Grammar.gbnf("root ::= (\"once upon a \" [tb] \"iiiiiiiime \"){1,5}");
    return List.of(
        request(40, 0).withGrammar(lines).withLogProbabilities(1).withMaxTokens(90),
        request(70, 1).withGrammar(lines).withMaxTokens(70),
        request(1, 0),
        request(63, 0),
        request(64, 0).withLogProbabilities(2),
        request(100, 0.3f),
        request(128, 0).withMaxTokens(2),
        request(150, 1).withMaxTokens(1),
        request(230, 0).withMaxTokens(0)); // until the context is full
  }

  private static void assertSame(GenerationResult found, GenerationResult expected) {
    assertThat(found.ids()).isEqualTo(expected.ids());
    assertThat(found.text()).isEqualTo(expected.text());
    assertThat(found.finishReason()).isEqualTo(expected.finishReason());
    assertThat(found.logProbabilities()).isEqualTo(expected.logProbabilities());
  }

  /** A draft model that is sure of anything: mostly that the last token comes again. */
  private Path draft() throws IOException, URISyntaxException {
    Path file = folder.resolve("draft.gguf");
    if (Files.exists(file)) {
      return file;
    }
    Files.copy(FamilyModels.path("gemma.gguf"), file);
    byte[] bytes = Files.readAllBytes(file);
    try (GgufFile gguf = GgufFile.open(file)) {
      GgufTensor embedding = gguf.requireTensor("token_embd.weight");
      assertThat(embedding.type()).isEqualTo(TensorType.BF16);
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      for (long at = embedding.offset(); at < embedding.offset() + embedding.byteSize(); at += 2) {
        float number = Float.intBitsToFloat(buffer.getShort((int) at) << 16);
        buffer.putShort((int) at, (short) (Float.floatToRawIntBits(8 * number) >>> 16));
      }
    }
    Files.write(file, bytes);
    return file;
  }

  @ParameterizedTest
  @MethodSource("families")
  void tokensAreTheSameWithLookupAndWithADraft(String family)
      throws IOException, URISyntaxException {
    Path path = FamilyModels.path(family + ".gguf");
    LoadOptions options = OPTIONS.withDraft(draft());
    try (LanguageModel alone = LanguageModel.load(path, OPTIONS);
        LanguageModel model = LanguageModel.load(path, options)) {
      int lookedUp = 0;
      int drafted = 0;
      for (GenerationRequest request : requests()) {
        GenerationResult expected = alone.generate(request);
        assertThat(expected.usage().guessedTokens()).isZero();
        GenerationResult found = model.generate(request.withSpeculation(Speculation.LOOKUP));
        assertSame(found, expected);
        lookedUp += found.usage().guessedTokens();
        GenerationResult other = model.generate(request.withSpeculation(Speculation.DRAFT));
        assertSame(other, expected);
        drafted += other.usage().guessedTokens();
      }
      ModelStats stats = Stats.settled(model);
      assertThat(lookedUp).isPositive();
      assertThat(drafted).isPositive();
      // some were right, and others were taken back
      assertThat(stats.acceptedTokens()).isEqualTo(lookedUp + drafted);
      assertThat(stats.proposedTokens()).isGreaterThan(stats.acceptedTokens());
      assertThat(stats.cacheBytesInUse()).isZero();
    }
  }

  /** The cache has room for the state of one sequence only, or for some more and their copies. */
  @ParameterizedTest
  @CsvSource({"lfm2, 0", "lfm2, 2", "mamba2, 4"})
  void manyAtATimeInLittleMemoryGetTheSame(String family, int more)
      throws IOException, URISyntaxException, InterruptedException, ExecutionException {
    Path path = FamilyModels.path(family + ".gguf");
    ModelInfo info = LanguageModel.inspect(path);
    long bytes = info.cacheBytes(CONTEXT, OPTIONS.cacheType()) + 4L * more * info.stateBytes();
    List<GenerationRequest> requests = new ArrayList<>(requests());
    for (int length = 20; length < 200; length += 37) {
      requests.add(request(length, 0.5f));
    }
    List<GenerationResult> expected = new ArrayList<>();
    try (LanguageModel model = LanguageModel.load(path, OPTIONS)) {
      requests.forEach(request -> expected.add(model.generate(request)));
    }
    try (LanguageModel model = LanguageModel.load(path, OPTIONS.withCacheBytes(bytes));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<GenerationResult>> results = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        Speculation speculation = i % 4 == 3 ? Speculation.OFF : Speculation.LOOKUP;
        GenerationRequest request = requests.get(i).withSpeculation(speculation);
        results.add(threads.submit(() -> model.generate(request)));
        if (i % 3 == 0) {
          Generation cancelled = model.start(request(100 + i, 1).withSpeculation(speculation));
          threads.execute(
              () -> {
                cancelled.next();
                cancelled.cancel();
              });
        }
      }
      for (int i = 0; i < results.size(); i++) {
        assertSame(results.get(i).get(), expected.get(i));
      }
      ModelStats stats = Stats.settled(model);
      assertThat(stats.cacheBytesInUse()).isZero();
      assertThat(stats.failed()).isZero();
    }
  }
}
