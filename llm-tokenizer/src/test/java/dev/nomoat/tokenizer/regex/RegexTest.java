package dev.nomoat.tokenizer.regex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nomoat.tokenizer.vocab.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexTest {
  private static List<String> find(String pattern, String text) {
    return find(Regex.compile(pattern).matcher(), text);
  }

  private static List<String> find(Regex.Matcher matcher, String text) {
    byte[] utf8 = Utf8.withRoom(Utf8.encode(text), 1);
    List<String> found = new ArrayList<>();
    matcher.reset(utf8, 1, utf8.length);
    while (matcher.next()) {
      found.add(Utf8.decode(utf8, matcher.start(), matcher.end()));
    }
    return found;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "a|ab; ab; a",
        "ab|a; abaab; ab,a,ab",
        "a+?; aaa; a,a,a",
        "a*?b; aab; aab",
        "a{2,3}; aaaaaaaa; aaa,aaa,aa",
        "a{2,}?; aaaaa; aa,aa",
        "a{,2}b; aaab; aab",
        "a{2}+; aaaaa; aaaa",
        "a{x}; a{x}; a{x}",
        "a++b|a; aab aa; aab,a,a",
        "a?+ab|a; aab ab; aab,a",
        "a*+a|b; aab; b",
        "(?i:k); kK\u212a; k,K,\u212a",
        "(?i)[^k]; kKx; x",
        "(?i:i); i\u0131\u0130I; i,I",
        "(?i:\u00df); \u00df\u1e9e; \u00df,\u1e9e",
        "a(?i:b)c; abc aBc aBC; abc,aBc",
        "[[:alpha:]]+; ab1\u00e9; ab,\u00e9",
        "[^[:^digit:]]+; ab12; 12",
        "[a-c&&[^b]]+; abcab; a,ca",
        "[a-c&&b-d]+; abcd; bc",
        "[]a]+; a]b; a]",
        "[a-]+; a-b; a-",
        "[\\]\\-\\\\]+; a]-\\; ]-\\",
        "\\p{Han}+; a\u4f60\u597d; \u4f60\u597d",
        "\\p{^L}+; a12b; 12",
        "\\P{L}+; a12b; 12",
        "\\pL; a1; a",
        "\\p{Script=Greek}; a\u03b1; \u03b1",
        "\\p{Uppercase_Letter}; aB; B",
        "\\h+; xaF0z; aF0",
        "\\x41\\x{42}\\u0043; ABC; ABC",
        "x(?=y); xyxz; x",
        "x(?!y).; xyxz; xz",
        "(?<=x)y; yxy; y",
        "(?<!x).; xyz; x,z",
        "\\bab\\b; ab cab ab1 ab; ab,ab",
        "\\Bb; ab b; b",
        "\\d{1,3}(?=(?:\\d{3})*\\b); 1234567; 1,234,567",
        "(?<name>a)(b)(?:c)(?#nothing); abc; abc",
        "a(?=b(?!c)); abcab; a",
        "(?=a).; ba; a",
        "(a|b|)+c; abc c; abc,c",
        "(a*)*b; aab; aab",
        "(?:a?){3}b; aab; aab"
      })
  void matches(String pattern, String text, String found) {
    assertThat(find(pattern, text)).containsExactly(found.split(","));
  }

  @Test
  void knowsLinesAndTheEndsOfTheText() {
    assertThat(find("^.", "a\nb\n")).containsExactly("a", "b");
    assertThat(find(".$", "a\nb\n")).containsExactly("a", "b");
    assertThat(find("\\A.", "a\nb")).containsExactly("a");
    assertThat(find(".\\z", "a\nb")).containsExactly("b");
    assertThat(find(".\\Z", "a\nb\n")).containsExactly("b");
    assertThat(find("(?m:.+)", "a\nb")).containsExactly("a\nb");
    assertThat(find("\\s+$", "a  \nb  ")).containsExactly("  ", "  ");
  }

  @Test
  void findsEmptyMatchesButNotAfterAMatch() {
    assertThat(find("a*", "baa")).containsExactly("", "aa");
    assertThat(find("", "ab")).containsExactly("", "", "");
    assertThat(find("(?=(\\d{3})+(?!\\d))", "12345")).containsExactly("");
    assertThat(find("x*", "")).containsExactly("");
    assertThat(find("x", "")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        ")",
        "a)",
        "[",
        "[a",
        "[b-a]",
        "*",
        "a|*",
        "\\",
        "\\q",
        "\\1",
        "\\k<a>",
        "\\p{Nope}",
        "\\p{L",
        "(?>a)",
        "(?:ab)++",
        "(?<=ab)c",
        "(?z:a)",
        "a(?i)b",
        "(?<a",
        "a{3,2}",
        "a{1001}",
        "\\x{110000}",
        "\\u12",
        "[[:nope:]]",
        "[[:alpha:",
        "(a{1000}){1000}"
      })
  void refusesWhatIsMalformedOrNotSupported(String pattern) {
    assertThatExceptionOfType(RegexSyntaxException.class)
        .isThrownBy(() -> Regex.compile(pattern))
        .withMessageContaining("of the regular expression " + pattern);
  }

  @Test
  void refusesDeepNesting() {
    for (String open : List.of("(", "[", "(?:a|", "(?=")) {
      assertThatExceptionOfType(RegexSyntaxException.class)
          .isThrownBy(() -> Regex.compile(open.repeat(10_000)))
          .withMessageContaining("nested");
    }
  }

  @Test
  @Timeout(30)
  void refusesLongPatterns() {
    for (String part : List.of("a{", "(?#)", "|", "[a]")) {
      assertThatExceptionOfType(RegexSyntaxException.class)
          .isThrownBy(() -> Regex.compile(part.repeat((1 << 16) / part.length() + 1)))
          .withMessageContaining("More than 65536 characters at character 65536");
    }
    assertThat(find("(?#" + "a".repeat((1 << 16) - 5) + ")b", "ab")).containsExactly("b");
    assertThat(find("(?:a{000002,000003}|[b" + "{".repeat(60_000) + "}])", "aa{"))
        .containsExactly("aa", "{");
  }

  @Test
  void refusesDeeplyNestedRepetitions() {
    for (String repetition : List.of("*", "+?", "{1}", "{0,2}?")) {
      assertThatExceptionOfType(RegexSyntaxException.class)
          .isThrownBy(() -> Regex.compile("a" + repetition.repeat(10_000)))
          .withMessageContaining("nested repetitions at character");
    }
    assertThat(find("(?:".repeat(50) + "a+" + ")".repeat(50), "aab")).containsExactly("aa");
    assertThat(find("a" + "{1}".repeat(51), "aab")).containsExactly("a", "a");
  }

  @ParameterizedTest
  @Timeout(30)
  @ValueSource(strings = {"", "x{0}", "(?#nothing)", "(?:){0}(?:){0}"})
  void refusesTooManyRepetitionsOfNothing(String nothing) {
    String pattern = "(?:".repeat(5) + nothing + "){1000}".repeat(5);
    assertThatExceptionOfType(RegexSyntaxException.class)
        .isThrownBy(() -> Regex.compile(pattern))
        .withMessageContaining("repetitions at character");
    assertThat(find("a(?:" + nothing + "){1000}b", "ab")).containsExactly("ab");
  }

  /** A text that needs more sets of states than are kept. */
  @ParameterizedTest
  @Timeout(60)
  @ValueSource(
      strings = {
        "[ab]{17}a",
        "(?=[ab]{17}a).",
        "(?<=b)[ab]{17}a",
        "(?:[ab]{30}a)?.",
        "a(?!.{20}b)"
      })
  void matchesTextsThatNeedManyStates(String pattern) {
    var random = new Random(3);
    var text = new StringBuilder();
    for (int i = 0; i < 150_000; i++) {
      text.append(random.nextBoolean() ? 'a' : 'b');
    }
    Regex.Matcher matcher = Regex.compile(pattern).matcher();
    List<String> expected =
        Pattern.compile(pattern).matcher(text).results().map(MatchResult::group).toList();
    assertThat(find(matcher, text.toString())).isEqualTo(expected);
    assertThat(find(matcher, text.toString())).isEqualTo(expected);
    assertThat(find(matcher, "c")).isEqualTo(find(pattern, "c"));
  }

  /** The tables of a set have an entry for each letter and what may be before it. */
  @Test
  @Timeout(60)
  void boundsTheMemoryOfLookBehind() {
    var hanCharacters = new StringBuilder("(?<!x)(?:[ab]{14}a");
    var lookBehinds = new StringBuilder();
    for (int han = 0x4e00; han < 0x4e00 + 2000; han++) {
      hanCharacters.append('|').appendCodePoint(han);
      lookBehinds.append("(?<!").appendCodePoint(han).append(')');
    }
    String pattern = hanCharacters.append(')').toString();
    String text = "x\u4e00\u4e01ab".repeat(100) + "abaabbabbab".repeat(1000);
    assertThat(find(pattern, text))
        .isEqualTo(
            Pattern.compile(pattern).matcher(text).results().map(MatchResult::group).toList());
    assertThatExceptionOfType(RegexSyntaxException.class)
        .isThrownBy(() -> Regex.compile(lookBehinds.toString()))
        .withMessageContaining("Too many characters to tell apart");
  }

  /** Random patterns and texts against {@code java.util.regex}. */
  @Test
  void matchesAsTheJdkDoes() {
    var random = new Random(47);
    for (int round = 0; round < 1000; round++) {
      String pattern = pattern(random, 3);
      Pattern expected = Pattern.compile(pattern);
      Regex.Matcher actual = Regex.compile(pattern).matcher();
      // With no room to keep sets of states, every stretch of a text is read again.
      Regex.Matcher narrow = Regex.compile(pattern, 0).matcher();
      for (int i = 0; i < 20; i++) {
        String text = text(random);
        List<String> found = new ArrayList<>();
        java.util.regex.Matcher matcher = expected.matcher(text);
        int last = -1;
        while (matcher.find()) {
          // The JDK gives an empty match where the last match ended; Oniguruma's users do not.
          if (matcher.start() < matcher.end() || matcher.end() != last) {
            found.add(matcher.group());
          }
          last = matcher.end();
        }
        assertThat(find(actual, text)).as("%s in %s", pattern, text).isEqualTo(found);
        assertThat(find(narrow, text)).as("%s in %s", pattern, text).isEqualTo(found);
      }
    }
  }

  private static String text(Random random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append("abc\u00e9".charAt(random.nextInt(4)));
    }
    return text.toString();
  }

  /** A pattern that takes at least one character, so that repeating it is plain. */
  private static String pattern(Random random, int depth) {
    return switch (depth == 0 ? random.nextInt(3) : random.nextInt(10)) {
      case 0, 1 -> String.valueOf("abc\u00e9".charAt(random.nextInt(4)));
      case 2 -> List.of("[ab]", "[^a]", ".", "[b-c]", "\u00e9").get(random.nextInt(5));
      case 3, 4 -> pattern(random, depth - 1) + pattern(random, depth - 1);
      case 5 -> "(?:" + pattern(random, depth - 1) + "|" + pattern(random, depth - 1) + ")";
      case 6 ->
          "(?:"
              + pattern(random, depth - 1)
              + ")"
              + List.of("+", "+?", "{2,3}").get(random.nextInt(3));
      case 7 ->
          pattern(random, 0)
              + List.of("*", "*?", "?", "??", "?+", "*+", "++", "{0,2}").get(random.nextInt(8))
              + pattern(random, depth - 1);
      case 8 ->
          pattern(random, depth - 1)
              + List.of("(?=", "(?!").get(random.nextInt(2))
              + pattern(random, depth - 1)
              + ")";
      default ->
          List.of("(?<=", "(?<!").get(random.nextInt(2))
              + pattern(random, 0)
              + ")"
              + pattern(random, depth - 1);
    };
  }

  @Test
  @Timeout(30)
  void takesLinearTime() {
    int length = 500_000;
    for (String pattern :
        List.of(
            "a+b|a",
            "(?:a+)+b|a",
            "a(?=a*b)|a",
            "(?:a|aa)*c|a",
            "\\d{1,3}(?=(?:\\d{3})*\\b)",
            ".*?x|.")) {
      for (String unit : List.of("a", "1", " ", "\u4f60")) {
        byte[] text = unit.repeat(length).getBytes(StandardCharsets.UTF_8);
        Regex.Matcher matcher = Regex.compile(pattern).matcher();
        matcher.reset(text, 0, text.length);
        int matches = 0;
        while (matcher.next()) {
          matches++;
        }
        assertThat(matches).isBetween(0, length);
      }
    }
  }
}
