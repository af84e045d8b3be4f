package dev.nomoat.tokenizer.pretokenize;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.regex.Pattern.UNICODE_CHARACTER_CLASS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.tokenizer.PreTokenizer;
import dev.nomoat.tokenizer.RandomText;
import dev.nomoat.tokenizer.regex.Regex;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares the splitters with the published regular expressions, run by {@code java.util.regex}.
 */
class SplitterTest {
  /** A family and its regular expressions as {@code java.util.regex} wants them. */
  record Family(PreTokenizer preTokenizer, List<Pattern> patterns) {
    Family(PreTokenizer preTokenizer) {
      this(
          preTokenizer,
          preTokenizer.patterns().stream()
              .map(pattern -> pattern.replace("\\p{Han}", "\\p{IsHan}"))
              .map(
                  pattern ->
                      pattern.replace(
                          "\\b",
                          "(?![\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u00b2\\u00b3\\u00b9\\u00bc-\\u00be])"))
              .map(pattern -> Pattern.compile(pattern, UNICODE_CHARACTER_CLASS))
              .toList());
    }

    @Override
    public String toString() {
      return preTokenizer.toString();
    }

    List<String> byRegex(String text) {
      List<String> pieces = List.of(text);
      for (Pattern pattern : patterns) {
        pieces = pieces.stream().flatMap(piece -> split(pattern, piece).stream()).toList();
      }
      return pieces;
    }

    private static List<String> split(Pattern pattern, String text) {
      List<String> pieces = new ArrayList<>();
      Matcher matcher = pattern.matcher(text);
      int at = 0;
      while (matcher.find()) {
        pieces.add(text.substring(at, matcher.start()));
        pieces.add(matcher.group());
        at = matcher.end();
      }
      pieces.add(text.substring(at));
      pieces.removeIf(String::isEmpty);
      return pieces;
    }
  }

  private static List<String> pieces(Splitter splitter, String text) {
    byte[] utf8 = Utf8.withRoom(Utf8.encode(text), 1);
    List<String> pieces = new ArrayList<>();
    splitter
        .open((bytes, from, to) -> pieces.add(Utf8.decode(bytes, from, to)))
        .accept(utf8, 1, utf8.length);
    return pieces;
  }

  static List<Family> families() {
    return PreTokenizer.families().stream().map(Family::new).toList();
  }

  @ParameterizedTest
  @MethodSource("families")
  void splitsRandomTextAsTheRegularExpressionsDo(Family family) {
    var random = new Random(17);
    Splitter splitter =
        new SplitterChain(
            family.preTokenizer.patterns().stream()
                .<Splitter>map(RegexSplitter::isolating)
                .toList());
    for (int i = 0; i < 3_000; i++) {
      // The splitters see UTF-8, in which a lone surrogate is U+FFFD.
      String text = new String(Utf8.encode(RandomText.next(random, 12)), UTF_8);
      assertThat(pieces(splitter, text)).isEqualTo(family.byRegex(text));
    }
  }

  static Stream<Arguments> handWritten() {
    return Stream.of(
        Arguments.of(PreTokenizer.GPT2, new Gpt2Splitter()),
        Arguments.of(PreTokenizer.LLAMA_BPE, new Cl100kSplitter(3)),
        Arguments.of(PreTokenizer.QWEN2, new Cl100kSplitter(1)));
  }

  @ParameterizedTest
  @MethodSource("handWritten")
  void splitsByHandAsByTheRegularExpression(PreTokenizer preTokenizer, Splitter byHand) {
    var random = new Random(18);
    Splitter byRegex = RegexSplitter.isolating(preTokenizer.patterns().getFirst());
    for (int i = 0; i < 30_000; i++) {
      String text = RandomText.next(random, 12);
      assertThat(pieces(byHand, text)).isEqualTo(pieces(byRegex, text));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ISOLATED, false, 'the|-|final|-|-|countdown'",
    "ISOLATED, true, 'the|-|final|-|-|countdown'",
    "REMOVED, false, 'the|final|countdown'",
    "REMOVED, true, '-|-|-'",
    "CONTIGUOUS, false, 'the|-|final|--|countdown'",
    "CONTIGUOUS, true, 'the|-|final|--|countdown'",
    "MERGED_WITH_PREVIOUS, false, 'the-|final-|-|countdown'",
    "MERGED_WITH_NEXT, false, 'the|-final|-|-countdown'"
  })
  void dealsWithTheMatches(RegexSplitter.Behavior behavior, boolean inverted, String pieces) {
    assertThat(
            pieces(
                new RegexSplitter(Regex.compile("-"), behavior, inverted), "the-final--countdown"))
        .containsExactly(pieces.split("[|]"));
  }

  @ParameterizedTest
  @CsvSource({"'a__b_c', 'a|__b|_c'", "'__a', '__a'", "'a_', 'a|_'", "'_', '_'"})
  void splitsBeforeRunsOfAMark(String text, String pieces) {
    var splitter = new RunSplitter(Utf8.encode("\u2581"));
    assertThat(pieces(splitter, text.replace('_', '\u2581')))
        .containsExactly(pieces.replace('_', '\u2581').split("[|]"));
    assertThat(splitter.mayCross(Utf8.encode(text.replace('_', '\u2581'))))
        .isEqualTo(pieces.contains("|"));
  }

  @Test
  void knowsTheClassOfEveryCodePoint() {
    Pattern letter = Pattern.compile("\\p{L}", UNICODE_CHARACTER_CLASS);
    Pattern number = Pattern.compile("\\p{N}", UNICODE_CHARACTER_CLASS);
    Pattern newline = Pattern.compile("[\\r\\n]", UNICODE_CHARACTER_CLASS);
    Pattern space = Pattern.compile("\\s", UNICODE_CHARACTER_CLASS);
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (codePoint == Character.MIN_SURROGATE) {
        codePoint = Character.MAX_SURROGATE + 1;
      }
      String text = Character.toString(codePoint);
      byte expected =
          letter.matcher(text).matches()
              ? CharClass.LETTER
              : number.matcher(text).matches()
                  ? CharClass.NUMBER
                  : newline.matcher(text).matches()
                      ? CharClass.NEWLINE
                      : space.matcher(text).matches() ? CharClass.SPACE : CharClass.OTHER;
      byte actual = CharClass.at(Utf8.encode(text), 0);
      if (actual != expected) {
        assertThat(actual).as("U+%04X", codePoint).isEqualTo(expected);
      }
    }
  }

  /** The pieces are those of Hugging Face's {@code tokenizers}, which drops what is before them. */
  @Test
  void splitsWhereTheScriptChanges() {
    var splitter = new ScriptSplitter();
    assertThat(pieces(splitter, "\u3069\u3053\u3067\u751f\u308c\u3002Yes"))
        .containsExactly("\u3069\u3053\u3067\u751f\u308c", "\u3002", "Yes");
    assertThat(pieces(splitter, "Apples are \u308a\u3093\u30fc\u30ab \u6797"))
        .containsExactly("Apples are ", "\u308a\u3093\u30fc\u30ab \u6797");
    assertThat(pieces(splitter, "  ab \ua7d2c")).containsExactly("ab \ua7d2c");
    assertThat(pieces(splitter, "a1\u0953\u0905")).containsExactly("a", "1", "\u0953\u0905");
    assertThat(pieces(splitter, "  ")).isEmpty();
  }
}
