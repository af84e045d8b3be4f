package dev.nomoat.tokenizer;

import static dev.nomoat.tokenizer.Vocabularies.byteLevel;
import static dev.nomoat.tokenizer.Vocabularies.control;
import static dev.nomoat.tokenizer.Vocabularies.merges;
import static dev.nomoat.tokenizer.Vocabularies.normal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.tokenizer.TokenizerAlgorithm.SentencePieceBpe;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Long runs of what is worst for splitting and merging. Quadratic time would take many minutes, so
 * the limit can be generous.
 */
@Timeout(60)
class LinearTimeTest {
  private static final int LENGTH = 200_000;

  static List<String> texts() {
    var random = new Random(43);
    byte[] bytes = new byte[LENGTH];
    random.nextBytes(bytes);
    return List.of(
        "a".repeat(LENGTH),
        " ".repeat(LENGTH),
        "\n".repeat(LENGTH),
        "\n" + " ".repeat(LENGTH) + "a",
        "\u4f60".repeat(LENGTH / 3),
        "ab".repeat(LENGTH / 2),
        "1".repeat(LENGTH),
        "'".repeat(LENGTH),
        "<s".repeat(LENGTH / 2),
        "a".repeat(LENGTH / 2) + " b".repeat(LENGTH / 4),
        new String(bytes, StandardCharsets.UTF_8),
        new String(bytes, StandardCharsets.ISO_8859_1),
        new String(bytes, StandardCharsets.UTF_16));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("texts")
  void byteLevelIsNotQuadratic(String text) {
    for (PreTokenizer preTokenizer : PreTokenizer.families()) {
      Tokenizer tokenizer =
          Tokenizer.of(
              byteLevel(
                  preTokenizer,
                  false,
                  merges("a a", "aa aa", "a b", "\u0120 \u0120", "\u010a \u010a", "' '"),
                  control("<s>")));
      int[] ids = tokenizer.encode(text, SpecialTokens.PARSE);
      assertThat(tokenizer.decodeWithControl(ids)).isEqualTo(wellFormed(text));
    }
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("texts")
  void sentencePieceIsNotQuadratic(String text) {
    // With the last token a merge may cross the start of a word, so that the whole text is one
    // piece.
    for (String last : List.of("aaaa", "a\u2581")) {
      List<VocabularyEntry> vocabulary = Vocabularies.byteTokens();
      vocabulary.addAll(
          List.of(
              control("<s>"),
              normal("a", -4),
              normal("aa", -1),
              normal("\u2581\u2581", -1),
              normal("\u2581", -4),
              normal("\u2581a", -2),
              normal(last, -3)));
      Tokenizer tokenizer = Tokenizer.of(TokenizerSpec.of(new SentencePieceBpe(true), vocabulary));
      int[] ids = tokenizer.encode(text, SpecialTokens.PARSE);
      assertThat(tokenizer.decodeWithControl(ids))
          .isEqualTo(wellFormed(text).replace('\u2581', ' '));
    }
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("texts")
  void wordsAreNotQuadratic(String text) {
    List<VocabularyEntry> vocabulary =
        List.of(
            new VocabularyEntry("<unk>", TokenType.UNKNOWN),
            normal("\u2581", -2),
            normal("\u2581a", -3),
            normal("a", -3.5f),
            normal("aaaa", -4),
            normal("b", -3));
    for (TokenizerAlgorithm algorithm :
        List.of(
            new TokenizerAlgorithm.WordPiece(true, true),
            new TokenizerAlgorithm.Unigram(ByteBuffer.allocate(0), true, false))) {
      Tokenizer tokenizer = Tokenizer.of(TokenizerSpec.of(algorithm, vocabulary).withUnknown(0));
      assertThat(tokenizer.count(text)).isEqualTo(tokenizer.encode(text).length);
    }
  }

  private static String wellFormed(String text) {
    var result = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> Character.MIN_SURROGATE <= c && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
        .forEach(result::appendCodePoint);
    return result.toString();
  }
}
