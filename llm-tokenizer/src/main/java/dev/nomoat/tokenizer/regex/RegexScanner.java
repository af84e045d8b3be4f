package dev.nomoat.tokenizer.regex;

import org.jspecify.annotations.Nullable;

/** Reads a pattern code point by code point. */
final class RegexScanner {
  /** The characters of the longest interval but its last brace. */
  private static final int LONGEST_INTERVAL = "{123456,123456".length();

  private final String pattern;
  private int at;

  RegexScanner(String pattern) {
    this.pattern = pattern;
  }

  int at() {
    return at;
  }

  void reset(int to) {
    at = to;
  }

  boolean atEnd() {
    return at >= pattern.length();
  }

  int peek() {
    return pattern.codePointAt(at);
  }

  int next() {
    if (atEnd()) {
      throw fault("The pattern ends too early");
    }
    int codePoint = pattern.codePointAt(at);
    at += Character.charCount(codePoint);
    return codePoint;
  }

  boolean take(char expected) {
    if (!atEnd() && pattern.charAt(at) == expected) {
      at++;
      return true;
    }
    return false;
  }

  boolean take(String expected) {
    if (pattern.startsWith(expected, at)) {
      at += expected.length();
      return true;
    }
    return false;
  }

  /** Takes everything up to a character, and the character. */
  String until(char end) {
    int found = pattern.indexOf(end, at);
    if (found < 0) {
      throw fault("Missing " + end);
    }
    String taken = pattern.substring(at, found);
    at = found + 1;
    return taken;
  }

  /** Takes {@code {n}}, {@code {n,}}, {@code {n,m}} or {@code {,m}}; null for any other text. */
  int @Nullable [] interval(int most) {
    int end = pattern.indexOf('}', at);
    String text = end < 0 || end - at > LONGEST_INTERVAL ? "" : pattern.substring(at + 1, end);
    if (!text.matches("[0-9]{1,6}|[0-9]{1,6},[0-9]{0,6}|,[0-9]{1,6}")) {
      return null;
    }
    int comma = text.indexOf(',');
    String low = comma < 0 ? text : text.substring(0, comma);
    String high = comma < 0 ? text : text.substring(comma + 1);
    int min = low.isEmpty() ? 0 : Integer.parseInt(low);
    int max = high.isEmpty() ? Node.UNLIMITED : Integer.parseInt(high);
    if (min > most || max > most) {
      throw fault("More than " + most + " repetitions");
    }
    if (max != Node.UNLIMITED && min > max) {
      throw fault("A repetition from " + min + " to " + max);
    }
    at = end + 1;
    return new int[] {min, max};
  }

  /** Takes hexadecimal digits. */
  int hex(int fewest, int most) {
    int value = 0;
    int digits = 0;
    while (digits < most && !atEnd() && Character.digit(pattern.charAt(at), 16) >= 0) {
      value = value * 16 + Character.digit(pattern.charAt(at++), 16);
      digits++;
    }
    if (digits < fewest || value > Character.MAX_CODE_POINT) {
      throw fault("No code point");
    }
    return value;
  }

  RegexSyntaxException fault(String what) {
    return fault(what, at);
  }

  RegexSyntaxException fault(String what, int where) {
    return new RegexSyntaxException(what, pattern, where);
  }
}
