package dev.nomoat.tokenizer;

import static dev.nomoat.tokenizer.Vocabularies.byteLevel;
import static dev.nomoat.tokenizer.Vocabularies.control;
import static dev.nomoat.tokenizer.Vocabularies.merges;
import static dev.nomoat.tokenizer.Vocabularies.normal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.tokenizer.TokenizerAlgorithm.CharacterBpe;
import dev.nomoat.tokenizer.TokenizerAlgorithm.RankedBpe;
import dev.nomoat.tokenizer.TokenizerAlgorithm.SentencePieceBpe;
import dev.nomoat.tokenizer.TokenizerAlgorithm.Unigram;
import dev.nomoat.tokenizer.TokenizerAlgorithm.WordPiece;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ten megabytes of one character, and of random bytes, on a small stack. Anything quadratic would
 * take days, and recursion would overflow the stack.
 */
@Tag("slow")
@Timeout(300)
class TenMegabytesTest {
  private static final int BYTES = 10_000_000;
  private static final long STACK = 256 * 1024;

  private static String text(String kind) {
    return switch (kind) {
      case "letters" -> "a".repeat(BYTES);
      case "spaces" -> " ".repeat(BYTES);
      case "newlines" -> "\n".repeat(BYTES);
      case "marks" -> "\u0301".repeat(BYTES / 2);
      case "emoji" -> "\ud83d\ude00".repeat(BYTES / 4);
      case "digits" -> "1".repeat(BYTES);
      default -> {
        byte[] bytes = new byte[BYTES];
        new Random(61).nextBytes(bytes);
        yield new String(bytes, StandardCharsets.UTF_8);
      }
    };
  }

  private static TokenizerSpec spec(String algorithm) {
    return switch (algorithm) {
      case "SentencePiece" -> sentencePiece("aaaa");
      // A token with a space inside: the whole text is one piece.
      case "SentencePiece in one piece" -> sentencePiece("a\u2581");
      case "Unigram" -> unigram();
      case "WordPiece" -> wordPiece();
      case "code points" ->
          TokenizerSpec.of(
              new CharacterBpe(
                  merges("a a", "aa aa", "\u2581 \u2581", "\n \n"),
                  CharacterBpe.Spaces.MARKED,
                  true),
              vocabulary("a", "aa", "aaaa", "\u2581", "\u2581\u2581", "\n", "\n\n", "\u0301"));
      case "ranks" -> ranked();
      default ->
          byteLevel(
              PreTokenizer.named(algorithm).orElseThrow(),
              false,
              merges("a a", "aa aa", "\u0120 \u0120", "\u010a \u010a", "1 1"),
              control("<s>"));
    };
  }

  private static List<VocabularyEntry> vocabulary(String... further) {
    List<VocabularyEntry> vocabulary = Vocabularies.byteTokens();
    float score = -9;
    for (String text : further) {
      vocabulary.add(normal(text, score++));
    }
    vocabulary.add(new VocabularyEntry("<unk>", TokenType.UNKNOWN));
    return vocabulary;
  }

  private static TokenizerSpec sentencePiece(String last) {
    return TokenizerSpec.of(
        new SentencePieceBpe(true),
        vocabulary("a", "\u2581", "\u0301", "aa", "\u2581\u2581", "\u0301\u0301", last));
  }

  private static TokenizerSpec unigram() {
    List<VocabularyEntry> vocabulary = vocabulary("a", "\u2581", "\u0301", "aa", "\u2581\u2581");
    return TokenizerSpec.of(new Unigram(ByteBuffer.allocate(0), true, false), vocabulary)
        .withUnknown(vocabulary.size() - 1);
  }

  private static TokenizerSpec wordPiece() {
    List<VocabularyEntry> vocabulary = vocabulary("\u2581a", "a", "aa", "\u25811", "1");
    return TokenizerSpec.of(new WordPiece(true, true), vocabulary)
        .withUnknown(vocabulary.size() - 1);
  }

  private static TokenizerSpec ranked() {
    List<VocabularyEntry> vocabulary = new ArrayList<>(Vocabularies.alphabet());
    for (String text : List.of("aa", "aaaa", "\u0120\u0120", "11", "\u010a\u010a")) {
      vocabulary.add(normal(text));
    }
    return TokenizerSpec.of(new RankedBpe(PreTokenizer.ofPatterns("(?s:.+)")), vocabulary);
  }

  static Stream<Arguments> cases() {
    return Stream.of("letters", "spaces", "newlines", "marks", "emoji", "digits", "bytes")
        .flatMap(
            text ->
                Stream.of(
                        "gpt-2",
                        "llama-bpe",
                        "qwen2",
                        "gpt-4o",
                        "deepseek-v3",
                        "kimi-k2",
                        "default",
                        "ranks",
                        "code points",
                        "SentencePiece",
                        "SentencePiece in one piece",
                        "Unigram",
                        "WordPiece")
                    .map(algorithm -> Arguments.of(algorithm, text)));
  }

  private static String unmarked(String text) {
    return text.replace('\u2581', ' ');
  }

  @ParameterizedTest
  @MethodSource("cases")
  void takesLinearTimeAndNoStack(String algorithm, String kind) throws InterruptedException {
    Tokenizer tokenizer = Tokenizer.of(spec(algorithm));
    String text = text(kind);
    var failure = new AtomicReference<Throwable>();
    Thread thread =
        new Thread(
            null,
            () -> {
              int[] ids = tokenizer.encode(text, SpecialTokens.PARSE);
              assertThat(tokenizer.count(text, SpecialTokens.PARSE)).isEqualTo(ids.length);
              String decoded = tokenizer.decodeWithControl(ids);
              if (!algorithm.equals("Unigram") && !algorithm.equals("WordPiece")) {
                // The mark is a space to those that write spaces so.
                assertThat(unmarked(decoded).equals(unmarked(text))).isTrue();
              }
            },
            "small stack",
            STACK);
    thread.setUncaughtExceptionHandler((_, thrown) -> failure.set(thrown));
    thread.start();
    thread.join();
    assertThat(failure.get()).isNull();
  }
}
