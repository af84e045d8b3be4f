package dev.nomoat.tokenizer.pretokenize;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.regex.Pattern.UNICODE_CHARACTER_CLASS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.tokenizer.RandomText;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares the splitters with the published regular expressions, run by {@code java.util.regex}.
 */
class SplitterTest {
  record Family(String name, Splitter splitter, Pattern pattern) {
    Family(String name, Splitter splitter, String regex) {
      this(name, splitter, Pattern.compile(regex, UNICODE_CHARACTER_CLASS));
    }

    @Override
    public String toString() {
      return name;
    }

    List<String> byRegex(String text) {
      List<String> pieces = new ArrayList<>();
      Matcher matcher = pattern.matcher(text);
      while (matcher.find()) {
        pieces.add(matcher.group());
      }
      return pieces;
    }

    List<String> bySplitter(String text) {
      byte[] utf8 = Utf8.encode(text);
      List<String> pieces = new ArrayList<>();
      for (int at = 0; at < utf8.length; ) {
        int end = splitter.end(utf8, at, utf8.length);
        pieces.add(Utf8.decode(utf8, at, end));
        at = end;
      }
      return pieces;
    }
  }

  static List<Family> families() {
    return List.of(
        new Family(
            "gpt-2",
            new Gpt2Splitter(),
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"),
        new Family(
            "llama-bpe",
            new Cl100kSplitter(3),
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
        new Family(
            "qwen2",
            new Cl100kSplitter(1),
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"));
  }

  @ParameterizedTest
  @MethodSource("families")
  void splitsRandomTextAsTheRegularExpressionDoes(Family family) {
    var random = new Random(17);
    for (int i = 0; i < 30_000; i++) {
      // The splitters see UTF-8, in which a lone surrogate is U+FFFD.
      String text = new String(Utf8.encode(RandomText.next(random, 12)), UTF_8);
      assertThat(family.bySplitter(text)).isEqualTo(family.byRegex(text));
    }
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
}
