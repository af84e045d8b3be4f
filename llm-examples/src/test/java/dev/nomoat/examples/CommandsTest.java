package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every subcommand at work on the embedded model. */
class CommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String QUESTION =
      "<|im_start|>user\nWhat color is the sky?<|im_end|>\n<|im_start|>assistant\n";

  @TempDir private Path folder;

  @Test
  void generateGreedilyContinuesAsTheReferenceDoes() throws IOException {
    JsonNode result =
        json(
            "generate",
            "--json",
            "--temperature=0",
            "--activations=full",
            "--cache-type=f32",
            "-n=24",
            "Once upon a time");

    assertThat(ids(result))
        .containsExactly(
            18, 369, 265, 532, 857, 18, 354, 469, 265, 1006, 339, 562, 20, 562, 468, 291, 647, 956,
            269, 920, 532, 857, 20, 528);
    assertThat(result.get("text").asText()).startsWith(", in a");
    assertThat(names(result)).containsExactly("text", "ids", "finishReason", "usage");
    assertThat(result.get("finishReason").asText()).isEqualTo("MAX_TOKENS");
    JsonNode usage = result.get("usage");
    assertThat(names(usage))
        .containsExactly(
            "promptTokens",
            "reusedTokens",
            "generatedTokens",
            "guessedTokens",
            "timeToFirstTokenMs",
            "promptTokensPerSecond",
            "decodeTokensPerSecond");
    assertThat(usage.get("promptTokens").asInt()).isEqualTo(5);
    assertThat(usage.get("generatedTokens").asInt()).isEqualTo(24);
    assertThat(usage.get("timeToFirstTokenMs").asDouble()).isPositive();
    assertThat(usage.get("promptTokensPerSecond").asDouble()).isPositive();
    assertThat(usage.get("decodeTokensPerSecond").asDouble()).isPositive();
  }

  @Test
  void guessingAheadChangesNothingButTheTime() throws IOException {
    Path grammar = Files.writeString(folder.resolve("g.gbnf"), "root ::= \" one two\"{12}");
    String[] options = {"--json", "--temperature=0", "--grammar=" + grammar, "Count: one two"};
    JsonNode plain = json(with(options, "generate"));
    JsonNode guessed = json(with(options, "generate", "--speculation=lookup"));
    assertThat(ids(guessed)).isEqualTo(ids(plain));
    assertThat(plain.get("usage").get("guessedTokens").asInt()).isZero();
    assertThat(guessed.get("usage").get("guessedTokens").asInt()).isPositive();
    Run refused = Run.llm("generate", "--speculation=draft", "x");
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("--speculation draft needs the model of --draft");
    Run unused = Run.llm("generate", "--speculation=off", "--draft=x.gguf", "x");
    assertThat(unused.status()).isEqualTo(2);
    assertThat(unused.err()).contains("the model of --draft is for --speculation draft only");
  }

  @Test
  void generateTellsHowLikelyEachTokenWas() throws IOException {
    JsonNode result =
        json("generate", "--json", "--temperature=0", "-n3", "--log-probabilities=2", "A");
    JsonNode tokens = result.get("logProbabilities");
    assertThat(tokens).hasSize(3);
    assertThat(result.get("text").asText())
        .startsWith(tokens.get(0).get("top").get(0).get("text").asText());
    for (int i = 0; i < 3; i++) {
      JsonNode likeliest = tokens.get(i).get("top").get(0);
      assertThat(tokens.get(i).get("top")).hasSize(2);
      assertThat(likeliest.get("id").asInt()).isEqualTo(ids(result).get(i));
      assertThat(likeliest.get("logProbability").asDouble())
          .isEqualTo(tokens.get(i).get("chosen").asDouble())
          .isNegative();
    }
    Run refused = Run.llm("generate", "--log-probabilities=2", "x");
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("--log-probabilities needs --json");
  }

  @Test
  void generateStreamsTheSameTextThatJsonReports() throws IOException {
    String[] options = {"--seed=5", "-n", "40", "--context=64", "--threads=1", "Once upon a time"};
    Run streamed = Run.llm(with(options, "generate"));

    assertThat(streamed.status()).isZero();
    assertThat(streamed.err()).isEmpty();
    assertThat(streamed.out())
        .isEqualTo(
            json(with(options, "generate", "--json")).get("text").asText()
                + System.lineSeparator());
  }

  @Test
  void generateKeepsToAGrammarOrASchema() throws IOException {
    Path grammar = Files.writeString(folder.resolve("g.gbnf"), "root ::= [0-9]{3} \"!\"");
    JsonNode result = json("generate", "--json", "--grammar=" + grammar, "--seed=1", "One two");
    assertThat(result.get("text").asText()).matches("[0-9]{3}!");
    assertThat(result.get("finishReason").asText()).isEqualTo("GRAMMAR_COMPLETE");
    Path schema =
        Files.writeString(
            folder.resolve("s.json"),
            """
            {"properties": {"n": {"type": "integer", "maximum": 99, "minimum": 10}},
             "required": ["n"]}\
            """);
    Run run = Run.llm("generate", "--schema=" + schema, "--seed=1", "A number:");
    assertThat(JSON.readTree(run.out()).get("n").asInt()).isBetween(10, 99);
    Run cut = Run.llm("generate", "--schema=" + schema, "--seed=1", "-n=1", "A number:");
    assertThat(cut.err()).contains("cut off after 1 tokens (--max-tokens)");
    assertThat(Run.llm("generate", "--schema=" + schema, "--grammar=" + grammar, "x").err())
        .contains("--grammar and --schema exclude each other");
    Files.writeString(schema, "{\"not\": {}}");
    Run refused = Run.llm("generate", "--schema=" + schema, "x");
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("the keyword not is not supported");
  }

  @Test
  void generateReadsThePromptFromStandardInput() throws IOException {
    Run run =
        Run.withInput("Once upon a time\n", "generate", "--json", "--temperature=0", "-n2", "-");

    assertThat(ids(JSON.readTree(run.out()))).containsExactly(18, 369);
  }

  @Test
  void controlTokensCountOnRequestOnly() throws IOException {
    JsonNode plain = json("generate", "--json", "-n1", QUESTION);
    JsonNode special = json("generate", "--json", "-n1", "--special", QUESTION);

    assertThat(plain.get("usage").get("promptTokens").asInt())
        .isGreaterThan(special.get("usage").get("promptTokens").asInt());
  }

  @Test
  void theEndTokenEndsTheRunUnlessIgnored() throws IOException {
    String[] options = {"--json", "--special", "--temperature=0", "-n", "60", QUESTION};
    JsonNode ended = json(with(options, "generate"));
    JsonNode ignored = json(with(options, "generate", "--ignore-eos"));

    assertThat(ended.get("finishReason").asText()).isEqualTo("END_OF_GENERATION");
    assertThat(ids(ended)).doesNotContain(2);
    assertThat(ignored.get("finishReason").asText()).isEqualTo("MAX_TOKENS");
    assertThat(ids(ignored)).hasSize(60).contains(2).startsWith(ids(ended).toArray(Integer[]::new));
  }

  @Test
  void stopStringsEndTheText() throws IOException {
    JsonNode result =
        json(
            "generate",
            "--json",
            "--temperature=0",
            "--stop=nothing of the kind",
            "--stop=lived a",
            "Once upon a time");

    assertThat(result.get("finishReason").asText()).isEqualTo("STOP_STRING");
    assertThat(result.get("text").asText()).endsWith("there ").doesNotContain("lived a");
  }

  @Test
  void aFullContextIsSaidAndAnOverfullOneIsAFailure() {
    Run full = Run.llm("generate", "--context=12", "--ignore-eos", "Once upon a time");
    Run overfull = Run.llm("generate", "--context=3", "Once upon a time");

    assertThat(full.status()).isZero();
    assertThat(full.err()).isEqualToIgnoringNewLines("llm: the context of 12 tokens is full");
    assertThat(overfull.status()).isEqualTo(1);
    assertThat(overfull.out()).isEmpty();
    assertThat(overfull.err()).startsWith("llm: ").contains("3").hasLineCount(1);
  }

  @Test
  void chatAnswersEachLine() {
    Run run =
        Run.withInput(
            "What color is the sky?\n\nWhat does the cow say?\n/exit\nnot read\n",
            "chat",
            "--temperature=0");

    assertThat(run.status()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out().lines()).containsExactly("The sky is blue.", "The cow says moo.");
  }

  @Test
  void chatSaysWhenTheContextIsFull() {
    Run run =
        Run.withInput(
            "What color is the sky?\nWhat does the cow say?\n",
            "chat",
            "--temperature=0",
            "--context=40");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).startsWith("The sky is blue.");
    assertThat(run.err()).contains("the context").contains("40").hasLineCount(1);
  }

  @Test
  void chatTakesInstructions() {
    Run run = Run.withInput("What color is the sky?", "chat", "--system=Be kind.", "-n1");

    assertThat(run.status()).isZero();
    assertThat(run.out().lines()).hasSize(1);
    assertThat(run.err()).contains("cut off after 1 tokens");
  }

  @Test
  void tokenizeTakesManyTexts() {
    Run run = Run.withInput("[\"Once upon a time\", \"\", \"a\\nb\"]", "tokenize", "--json");
    String first = Run.llm("tokenize", "Once upon a time").out().strip().replace(' ', ',');
    String last = Run.llm("tokenize", "a\nb").out().strip().replace(' ', ',');
    assertThat(run.out()).isEqualToIgnoringNewLines("[[" + first + "],[],[" + last + "]]");
    assertThat(Run.withInput("[1]", "tokenize", "--json").err()).contains("must be a string");
    assertThat(Run.llm("tokenize").status()).isEqualTo(2);
  }

  @Test
  void tokenizePrintsTheIdsOnOneLine() {
    assertThat(Run.llm("tokenize", "Once upon a time").out())
        .isEqualToIgnoringNewLines("467 466 265 375");
    assertThat(Run.llm("tokenize", "--bos", "Once upon a time").out())
        .isEqualToIgnoringNewLines("0 467 466 265 375");
    assertThat(Run.llm("tokenize", "--special", "<|im_end|>").out()).isEqualToIgnoringNewLines("2");
    assertThat(Run.llm("tokenize", "<|im_end|>").out().split(" ")).hasSizeGreaterThan(1);
    assertThat(Run.llm("tokenize", "").out()).isEqualTo(System.lineSeparator());
    assertThat(Run.withInput("Once upon a time\n", "tokenize", "-").out())
        .isEqualToIgnoringNewLines("467 466 265 375");
  }

  @Test
  void logitsAreLittleEndianFloats() throws IOException {
    Path out = folder.resolve("logits.f32");

    Run run = Run.llm("logits", "--tokens", "0,467,466,265,375", "-o", out.toString());

    assertThat(run).isEqualTo(new Run(0, "", ""));
    FloatBuffer logits =
        ByteBuffer.wrap(Files.readAllBytes(out)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    assertThat(logits.capacity()).isEqualTo(5 * 2048);
    int likeliest = 0;
    for (int i = 1; i < 2048; i++) {
      if (logits.get(4 * 2048 + i) > logits.get(4 * 2048 + likeliest)) {
        likeliest = i;
      }
    }
    assertThat(likeliest).isEqualTo(18);
  }

  @Test
  void inspectTellsMetadataTensorsAndMemory() {
    Run run = Run.llm("inspect", "--tokens", "128");

    assertThat(run.status()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .contains("architecture  llama", "context       1024", "vocabulary    2048")
        .contains("general.architecture = llama")
        .contains("token_embd.weight", "Q8_0", "[2048, 256]")
        .containsPattern("weights +\\d+ bytes")
        // 4 layers of keys and values, each 4 heads of 32 numbers of 2 bytes
        .contains("cache    262144 bytes", "for 128 tokens in F16");
  }

  @ParameterizedTest
  @CsvSource({"f32, 524288", "f16, 262144", "q8_0, 139264", "q4_0, 73728"})
  void everyTypeOfTheCacheCanBeAskedFor(String type, long bytes) {
    Run memory = Run.llm("inspect", "--tokens", "128", "--cache-type", type);
    assertThat(memory.out()).contains("cache    " + bytes + " bytes");
    Run run = Run.llm("generate", "--cache-type", type, "-n", "4", "Once upon a time");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).isNotBlank();
  }

  @Test
  void benchReportsBothSpeeds() throws IOException {
    JsonNode result =
        json(
            "bench",
            "-p",
            "16",
            "-n",
            "4",
            "-r",
            "2",
            "-t",
            "1",
            "-d",
            "8",
            "--warm-up=0",
            "--parallel=1,3",
            "--json");

    assertThat(names(result)).containsExactly("prefill", "decode", "parallel");
    JsonNode parallel = result.get("parallel");
    assertThat(names(parallel)).containsExactly("1", "3");
    assertThat(parallel.get("3").get("tokens").asInt()).isEqualTo(12);
    for (JsonNode speed :
        List.of(
            result.get("prefill"), result.get("decode"), parallel.get("1"), parallel.get("3"))) {
      assertThat(names(speed)).containsExactly("tokens", "tokensPerSecond", "stddev");
      assertThat(speed.get("tokensPerSecond").asDouble()).isPositive();
      assertThat(speed.get("stddev").asDouble()).isNotNegative();
    }
    assertThat(result.get("prefill").get("tokens").asInt()).isEqualTo(16);
    assertThat(result.get("decode").get("tokens").asInt()).isEqualTo(4);
  }

  @Test
  void benchPrintsATable() {
    Run run = Run.llm("bench", "-p", "8", "-n", "2", "-r", "1", "--warm-up=0", "--parallel=2");

    assertThat(run.out().lines())
        .hasSize(4)
        .anyMatch(line -> line.startsWith("decode "))
        .anyMatch(line -> line.startsWith("decode x 2 "));
    assertThat(run.err()).isEmpty();
  }

  @Test
  void speedsHaveTheSpreadOfASample() {
    BenchCommand.Speed speed = BenchCommand.Speed.of(7, new double[] {2, 4, 6});

    assertThat(speed.mean()).isEqualTo(4);
    assertThat(speed.deviation()).isCloseTo(2, within(1e-12));
    assertThat(BenchCommand.Speed.of(7, new double[] {2}).deviation()).isZero();
  }

  private static String[] with(String[] options, String... first) {
    var all = new ArrayList<>(List.of(first));
    all.addAll(List.of(options));
    return all.toArray(String[]::new);
  }

  private static JsonNode json(String... arguments) throws IOException {
    Run run = Run.llm(arguments);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    return JSON.readTree(run.out());
  }

  private static List<Integer> ids(JsonNode result) {
    List<Integer> ids = new ArrayList<>();
    result.get("ids").forEach(id -> ids.add(id.asInt()));
    return ids;
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
