package dev.nomoat.tokenizer;

import static dev.nomoat.tokenizer.Vocabularies.byteLevel;
import static dev.nomoat.tokenizer.Vocabularies.control;
import static dev.nomoat.tokenizer.Vocabularies.merges;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.tokenizer.TokenizerAlgorithm.SentencePieceBpe;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenSpansTest {
  private static final Tokenizer TOKENIZER =
      Tokenizer.of(byteLevel(PreTokenizer.GPT2, false, merges("a b", "\u0120 ab"), control("<b>")));

  private static List<String> parts(TokenSpans spans) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < spans.size(); i++) {
      parts.add(spans.text().substring(spans.start(i), spans.end(i)));
    }
    return parts;
  }

  @Test
  void tellsWhereTokensAre() {
    TokenSpans spans =
        TOKENIZER.encodeWithSpans("ab\u00e9 ab<b>\ud83d\ude00\ud800c", SpecialTokens.PARSE);
    assertThat(parts(spans))
        .containsExactly(
            "ab",
            "\u00e9",
            "\u00e9",
            " ab",
            "<b>",
            "\ud83d\ude00",
            "\ud83d\ude00",
            "\ud83d\ude00",
            "\ud83d\ude00",
            "\ud800",
            "\ud800",
            "\ud800",
            "c");
    assertThat(spans.ids()).isEqualTo(TOKENIZER.encode(spans.text(), SpecialTokens.PARSE));
    assertThat(spans.id(0)).isEqualTo(256);
  }

  @Test
  void showsTheFirstFewTokens() {
    assertThat(TOKENIZER.encodeWithSpans("ab ab", SpecialTokens.PARSE))
        .hasToString("2 tokens: 256 'ab', 257 ' ab'");
    assertThat(TOKENIZER.encodeWithSpans("", SpecialTokens.PARSE)).hasToString("0 tokens");
    assertThat(TOKENIZER.encodeWithSpans("c".repeat(100), SpecialTokens.PARSE).toString())
        .startsWith("100 tokens: 99 'c', 99 'c'")
        .endsWith("99 'c' …")
        .hasSizeLessThan(200);
  }

  @Test
  void givesNoTextToASpaceThatWasPutThere() {
    List<VocabularyEntry> vocabulary = Vocabularies.byteTokens();
    vocabulary.add(Vocabularies.normal("\u2581a"));
    vocabulary.add(Vocabularies.normal("\u2581"));
    vocabulary.add(Vocabularies.normal("a"));
    Tokenizer prefixed = Tokenizer.of(TokenizerSpec.of(new SentencePieceBpe(true), vocabulary));
    assertThat(parts(prefixed.encodeWithSpans("a a", SpecialTokens.PLAIN_TEXT)))
        .containsExactly("a", " a");
    assertThat(parts(prefixed.encodeWithSpans("a\u2581a\u2581a b", SpecialTokens.PLAIN_TEXT)))
        .containsExactly("a", "\u2581a", "\u2581a", " ", "b");
  }

  @Test
  void truncatesFromEitherEnd() {
    TokenSpans spans = TOKENIZER.encodeWithSpans("ab\u00e9 ab", SpecialTokens.PLAIN_TEXT);
    assertThat(spans.first(4)).isEqualTo("ab\u00e9 ab");
    assertThat(spans.first(3)).isEqualTo("ab\u00e9");
    assertThat(spans.first(2)).isEqualTo("ab");
    assertThat(spans.first(0)).isEmpty();
    assertThat(spans.last(9)).isEqualTo("ab\u00e9 ab");
    assertThat(spans.last(3)).isEqualTo("\u00e9 ab");
    assertThat(spans.last(2)).isEqualTo(" ab");
    assertThat(spans.last(0)).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> spans.first(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> spans.last(-1));
  }

  @Test
  void splitsIntoChunksThatOverlap() {
    var splitter = new TextSplitter(TOKENIZER, 3, 1);
    assertThat(splitter.split("abcdefg")).containsExactly("abcd", "def", "fg");
    assertThat(splitter.split("")).isEmpty();
    assertThat(new TextSplitter(TOKENIZER, 2, 0).split("a\ud83d\ude00b"))
        .containsExactly("a", "\ud83d\ude00", "b");
    assertThatIllegalArgumentException().isThrownBy(() -> new TextSplitter(TOKENIZER, 2, 2));
    assertThatIllegalArgumentException().isThrownBy(() -> new TextSplitter(TOKENIZER, 0, -1));
  }

  @Test
  void coversTheTextWithChunks() {
    var random = new Random(5);
    for (int round = 0; round < 500; round++) {
      String text = RandomText.next(random, 20);
      int tokens = 1 + random.nextInt(8);
      List<String> chunks = new TextSplitter(TOKENIZER, tokens, 0).split(text);
      assertThat(String.join("", chunks)).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama2", "bert-uncased", "gemma"})
  void chunksAreShortEnoughByThemselves(String name) throws IOException, URISyntaxException {
    String resource = "huggingface/" + name + ".json";
    URL file = Objects.requireNonNull(TokenSpansTest.class.getResource(resource));
    Tokenizer tokenizer = TokenizerFiles.read(Path.of(file.toURI()));
    String text =
        "The quick brown foxes' jumps, over (unbelievably) lazy dogs; 12345 times!  ".repeat(9);
    for (int tokens = 4; tokens < 20; tokens++) {
      for (String chunk : new TextSplitter(tokenizer, tokens, 2).split(text)) {
        assertThat(tokenizer.count(chunk, SpecialTokens.PLAIN_TEXT)).isBetween(1, tokens);
      }
    }
  }

  @Test
  void encodesSeveralTexts() {
    assertThat(TOKENIZER.encodeAll(List.of("ab", "", "<b>"), SpecialTokens.PARSE))
        .containsExactly(new int[] {256}, new int[0], new int[] {258});
  }
}
