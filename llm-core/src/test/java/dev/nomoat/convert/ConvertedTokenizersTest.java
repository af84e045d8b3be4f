package dev.nomoat.convert;

import static dev.nomoat.convert.TokenizerFolders.addedToken;
import static dev.nomoat.convert.TokenizerFolders.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.LanguageModel;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.tokenizer.PreTokenizer;
import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.json.Json;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tokenizers of folders in the words of GGUF. */
class ConvertedTokenizersTest {
  private static final String CONFIG = "tokenizer_config.json";
  private static final String TOKENIZER = "tokenizer.json";
  private static final String PRE = "tokenizer.ggml.pre";

  @TempDir private Path directory;
  private Path folder;
  private Path target;

  @BeforeEach
  void copyModel() throws IOException, URISyntaxException {
    folder = Files.createDirectory(directory.resolve("hf"));
    target = directory.resolve("model.gguf");
    Path source =
        Path.of(
            Objects.requireNonNull(getClass().getResource("/dev/nomoat/families/llama")).toURI());
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(source.resolve(name), folder.resolve(name));
    }
  }

  private GgufMetadata convert() throws IOException {
    return convert(ConvertOptions.defaults());
  }

  private GgufMetadata convert(ConvertOptions options) throws IOException {
    ModelConverter.convert(folder, target, options);
    try (GgufFile file = GgufFile.open(target)) {
      return file.metadata();
    }
  }

  private void requireSameTokens(String... texts) throws IOException {
    Tokenizer ours = LanguageModel.loadTokenizer(target);
    Tokenizer theirs = LanguageModel.loadTokenizer(folder);
    for (String text : texts) {
      for (SpecialTokens policy : SpecialTokens.values()) {
        assertThat(ours.encodePrompt(text, policy))
            .as(text)
            .isEqualTo(theirs.encodePrompt(text, policy));
      }
    }
    assertThat(ours.endOfGenerationIds()).isEqualTo(theirs.endOfGenerationIds());
  }

  static Stream<PreTokenizer> families() {
    // patterns that are not there to split at matches are said in other steps
    return PreTokenizer.families().stream().filter(family -> !family.names().contains("superbpe"));
  }

  private static String split(String pattern) {
    return "{\"type\": \"Split\", \"behavior\": \"Isolated\", \"pattern\": {\"Regex\": %s}}"
        .formatted(new Json.TextValue(pattern).toJson());
  }

  private static String sequence(Stream<String> steps) {
    return "{\"type\": \"Sequence\", \"pretokenizers\": [%s]}"
        .formatted(steps.collect(Collectors.joining(",")));
  }

  private static final String BYTES =
      "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": false}";

  @ParameterizedTest
  @MethodSource("families")
  void splittingHasTheNameOfItsExpressions(PreTokenizer family) throws IOException {
    // with characters where the expressions have escapes
    Stream<String> splits =
        family.patterns().stream()
            .map(pattern -> split(pattern.replace("\\x{4E00}", "\u4E00").replace("\\\"", "\"")));
    TokenizerFolders.bytes(folder, sequence(Stream.concat(splits, Stream.of(BYTES))));
    String name = convert().requireString(PRE);
    assertThat(PreTokenizer.named(name).orElseThrow().patterns()).isEqualTo(family.patterns());
    requireSameTokens("the 12 other the<|end|>ducks", "I'm 3.5 \u4F60\u597D");
  }

  @Test
  void matchesAloneArePiecesTooWhereTheyCoverAText() throws IOException {
    String pattern = PreTokenizer.QWEN2.patterns().getFirst();
    String kept = split(pattern).replace("Isolated\"", "Removed\", \"invert\": true");
    TokenizerFolders.bytes(folder, sequence(Stream.of(kept, BYTES)));
    assertThat(convert().requireString(PRE)).isEqualTo("qwen2");
  }

  @Test
  void aSplittingWithoutNameIsRefusedUnlessItIsCalledByOneThatDoesTheSame() throws IOException {
    TokenizerFolders.bytes(folder, sequence(Stream.of(split("[a-z]+|[^a-z]"), BYTES)));
    assertThatThrownBy(this::convert)
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("no name");
    // of tokens that are bytes, splits are not seen
    assertThat(convert(ConvertOptions.defaults().withPreTokenizer("gpt-2")).requireString(PRE))
        .isEqualTo("gpt-2");
    assertThatThrownBy(() -> convert(ConvertOptions.defaults().withPreTokenizer("none-such")))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("none-such");
  }

  @Test
  void aStepThatGgufCannotSayIsRefused() throws IOException {
    TokenizerFolders.bytes(folder);
    String json = Files.readString(folder.resolve(TOKENIZER));
    TokenizerFolders.write(
        folder,
        TOKENIZER,
        json.replace("\"normalizer\": null", "\"normalizer\": {\"type\": \"Lowercase\"}"));
    assertThatThrownBy(this::convert)
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("Hello world");
  }

  /** BPE of characters with bytes for others, as SentencePiece makes it. */
  private void characters(boolean prefix) throws IOException {
    Map<String, Json> vocabulary = new LinkedHashMap<>();
    List<String> special = List.of("<unk>", "<s>", "</s>");
    special.forEach(text -> vocabulary.put(text, number(vocabulary.size())));
    for (int value = 0; value < 256; value++) {
      vocabulary.put("<0x%02X>".formatted(value), number(vocabulary.size()));
    }
    vocabulary.put("\u2581", number(259));
    vocabulary.put("a", number(260));
    vocabulary.put("b", number(261));
    vocabulary.put("ab", number(262));
    vocabulary.put("\u2581ab", number(263));
    String prepend = "{\"type\": \"Prepend\", \"prepend\": \"\u2581\"},";
    TokenizerFolders.write(
        folder,
        TOKENIZER,
        """
        {"added_tokens": [%s, %s, %s],
         "normalizer": {"type": "Sequence", "normalizers": [%s
           {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]},
         "pre_tokenizer": null, "post_processor": null,
         "decoder": {"type": "Sequence", "decoders": [
           {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
           {"type": "ByteFallback"}, {"type": "Fuse"}]},
         "model": {"type": "BPE", "byte_fallback": true, "fuse_unk": true, "unk_token": "<unk>",
           "vocab": %s, "merges": ["a b", "\u2581 ab"]}}\
        """
            .formatted(
                addedToken(0, "<unk>", true),
                addedToken(1, "<s>", true),
                addedToken(2, "</s>", true),
                prefix ? prepend : "",
                new Json.ObjectValue(vocabulary).toJson()));
    TokenizerFolders.write(
        folder,
        CONFIG,
        "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\", \"unk_token\": \"<unk>\"}");
  }

  @Test
  void mergesBecomeScores() throws IOException {
    for (boolean prefix : List.of(true, false)) {
      characters(prefix);
      GgufMetadata keys = convert();
      assertThat(keys.requireString("tokenizer.ggml.model")).isEqualTo("llama");
      assertThat(keys.bool("tokenizer.ggml.add_space_prefix")).contains(prefix);
      float[] scores = keys.requireFloats("tokenizer.ggml.scores");
      assertThat(scores[262]).isZero();
      assertThat(scores[263]).isEqualTo(-1);
      assertThat(keys.requireInt("tokenizer.ggml.unknown_token_id")).isZero();
      requireSameTokens("ab abab ba", "\u00E9 ab\nab");
    }
  }

  @Test
  void aVocabularyThatIsTooSmallIsFilledUp() throws IOException {
    TokenizerFolders.bytes(folder);
    GgufMetadata keys = convert();
    String[] tokens = keys.requireStrings("tokenizer.ggml.tokens").toTexts();
    assertThat(tokens).hasSize(TokenizerFolders.VOCAB).endsWith("the", "[PAD262]", "[PAD263]");
    assertThat(keys.requireInts("tokenizer.ggml.token_type")).endsWith(3, 1, 1, 5, 5);
    assertThat(keys.requireStrings("tokenizer.ggml.merges").toTexts())
        .containsExactly("t h", "th e");
    requireSameTokens("the other \u00E9\u4F60", "<|begin|>the<|end|>");
  }

  @Test
  void whatEndsAnAnswerMayBeAnotherThanWhatEndsAText() throws IOException {
    TokenizerFolders.bytes(folder);
    String json = Files.readString(folder.resolve(TOKENIZER));
    TokenizerFolders.write(
        folder,
        TOKENIZER,
        json.replace(
            "\"post_processor\": null",
            """
            "post_processor": {"type": "TemplateProcessing",
              "single": [{"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "<|pad|>"}}],
              "pair": [],
              "special_tokens": {"<|pad|>": {"id": "<|pad|>", "ids": [258]}}}\
            """));
    GgufMetadata keys = convert();
    assertThat(keys.requireInt("tokenizer.ggml.eos_token_id")).isEqualTo(258);
    assertThat(keys.requireInt("tokenizer.ggml.eot_token_id")).isEqualTo(257);
    assertThat(keys.bool("tokenizer.ggml.add_eos_token")).contains(true);
    Tokenizer ours = LanguageModel.loadTokenizer(target);
    assertThat(ours.encodePrompt("the", SpecialTokens.PLAIN_TEXT)).containsExactly(256, 261, 258);
  }
}
