package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StopMatcherTest {
  @Test
  void withoutStopStringsTextPassesThrough() {
    StopMatcher matcher = new StopMatcher(List.of());
    assertThat(matcher.accept("abc")).isEqualTo("abc");
    assertThat(matcher.accept("")).isEmpty();
    assertThat(matcher.flush()).isEmpty();
    assertThat(matcher.stopped()).isFalse();
  }

  @Test
  void findsAStopStringAcrossManyPieces() {
    StopMatcher matcher = new StopMatcher(List.of("</tool_call>"));
    assertThat(matcher.accept("x <")).isEqualTo("x ");
    assertThat(matcher.accept("/tool")).isEmpty();
    assertThat(matcher.accept("")).isEmpty();
    assertThat(matcher.accept("_call")).isEmpty();
    assertThat(matcher.stopped()).isFalse();
    assertThat(matcher.accept("> y")).isEmpty();
    assertThat(matcher.stopped()).isTrue();
    assertThat(matcher.flush()).isEmpty();
  }

  @Test
  void releasesWhatTurnsOutToBeNoStopString() {
    StopMatcher matcher = new StopMatcher(List.of("aab"));
    assertThat(matcher.accept("aa")).isEmpty();
    assertThat(matcher.accept("a")).isEqualTo("a");
    assertThat(matcher.accept("c")).isEqualTo("aac");
    assertThat(matcher.accept("xa")).isEqualTo("x");
    assertThat(matcher.flush()).isEqualTo("a");
    assertThat(matcher.accept("ab")).isEqualTo("ab");
    assertThat(matcher.stopped()).isFalse();
  }

  @Test
  void endsBeforeTheLongestOfThoseCompleteAtTheSamePlace() {
    StopMatcher matcher = new StopMatcher(List.of("c", "bc", "xbc"));
    assertThat(matcher.accept("abcd")).isEqualTo("a");
  }

  @Test
  void theFirstCompleteOneCountsEvenIfAnotherBeganEarlier() {
    StopMatcher matcher = new StopMatcher(List.of("abcd", "bc"));
    assertThat(matcher.accept("xabcd")).isEqualTo("xa");
    assertThat(matcher.stopped()).isTrue();
  }

  @Test
  void nothingComesAfterTheStop() {
    StopMatcher matcher = new StopMatcher(List.of("."));
    assertThat(matcher.accept("a.b")).isEqualTo("a");
    assertThat(matcher.accept("c.d")).isEmpty();
    assertThat(matcher.flush()).isEmpty();
  }

  @Test
  void agreesWithIndexOfHoweverTheTextIsCut() {
    Random random = new Random(1);
    int stopped = 0;
    for (int round = 0; round < 5_000; round++) {
      String alphabet = random.nextBoolean() ? "ab" : "abc";
      String text = text(random, alphabet, random.nextInt(30));
      List<String> stops =
          IntStream.range(0, 1 + random.nextInt(3))
              .mapToObj(i -> text(random, alphabet, 1 + random.nextInt(7)))
              .toList();
      String expected = textBeforeStop(text, stops);
      StopMatcher matcher = new StopMatcher(stops);
      StringBuilder released = new StringBuilder();
      int read = 0;
      for (String piece : cut(random, text)) {
        released.append(matcher.accept(piece));
        read += piece.length();
        if (!matcher.stopped()) {
          assertThat(read - released.length()).isEqualTo(open(text.substring(0, read), stops));
        }
      }
      assertThat(matcher.stopped()).isEqualTo(expected.length() < text.length());
      released.append(matcher.flush());
      assertThat(released.toString()).as("%s in %s", stops, text).isEqualTo(expected);
      stopped += matcher.stopped() ? 1 : 0;
    }
    assertThat(stopped).isBetween(1_000, 4_900);
  }

  /** The text before the first stop string to be complete, the longest of those. */
  private static String textBeforeStop(String text, List<String> stops) {
    int firstEnd = Integer.MAX_VALUE;
    int start = text.length();
    for (String stop : stops) {
      int at = text.indexOf(stop);
      int end = at + stop.length();
      if (at >= 0 && (end < firstEnd || (end == firstEnd && at < start))) {
        firstEnd = end;
        start = at;
      }
    }
    return text.substring(0, start);
  }

  /** How many chars at the end of the text may be the beginning of a stop string. */
  private static int open(String text, List<String> stops) {
    for (int from = 0; from < text.length(); from++) {
      String end = text.substring(from);
      if (stops.stream().anyMatch(stop -> stop.startsWith(end))) {
        return end.length();
      }
    }
    return 0;
  }

  private static String text(Random random, String alphabet, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  private static List<String> cut(Random random, String text) {
    List<String> pieces = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int end = Math.min(text.length(), at + random.nextInt(5));
      pieces.add(text.substring(at, end));
      at = end;
    }
    return pieces;
  }
}
