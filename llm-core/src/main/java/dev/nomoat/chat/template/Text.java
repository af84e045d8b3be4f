package dev.nomoat.chat.template;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A string that knows of each of its characters whether it can be trusted: those that the template
 * itself brought along can, those that somebody else wrote cannot. Places are those of Java, in
 * UTF-16; Python's, in code points, are translated by {@link #offset}.
 */
final class Text implements Value {
  private static final int[] NONE = {};

  static final Text EMPTY = new Text("", NONE, false);

  private final String string;

  /** Starts and ends of the parts that cannot be trusted, ascending, none empty or touching. */
  private final int[] untrusted;

  /** Whether the filter {@code safe} or {@code escape} made it, so that it is not escaped again. */
  private final boolean markup;

  private int codePoints = -1;

  Text(String string, int[] untrusted, boolean markup) {
    this.string = string;
    this.untrusted = untrusted;
    this.markup = markup;
  }

  /** Text of the template. */
  static Text trusted(String string) {
    return new Text(string, NONE, false);
  }

  /** Text of somebody else. */
  static Text untrusted(String string) {
    return string.isEmpty() ? EMPTY : new Text(string, new int[] {0, string.length()}, false);
  }

  String string() {
    return string;
  }

  int length() {
    return string.length();
  }

  boolean isEmpty() {
    return string.isEmpty();
  }

  boolean markup() {
    return markup;
  }

  Text withMarkup(boolean wanted) {
    return wanted == markup ? this : new Text(string, untrusted, wanted);
  }

  /** Starts and ends of the parts that cannot be trusted, in turn, ascending. */
  int[] untrustedParts() {
    return untrusted.clone();
  }

  /** The number of code points. */
  int codePoints() {
    if (codePoints < 0) {
      codePoints = string.codePointCount(0, string.length());
    }
    return codePoints;
  }

  /** The place of a code point, counted from the start; 0 to {@link #codePoints()}. */
  int offset(int codePoint) {
    return codePoints() == string.length() ? codePoint : string.offsetByCodePoints(0, codePoint);
  }

  /** The code points before a place. */
  int codePointsBefore(int offset) {
    return codePoints() == string.length() ? offset : string.codePointCount(0, offset);
  }

  Text sub(int from, int to) {
    if (from == 0 && to == string.length()) {
      return this;
    }
    if (untrusted.length == 0) {
      return new Text(string.substring(from, to), NONE, markup);
    }
    int[] parts = new int[untrusted.length];
    int count = 0;
    for (int i = firstPartAfter(from); i < untrusted.length && untrusted[i] < to; i += 2) {
      parts[count++] = Math.max(untrusted[i], from) - from;
      parts[count++] = Math.min(untrusted[i + 1], to) - from;
    }
    boolean some = count > 0 && from < to;
    return new Text(string.substring(from, to), some ? Arrays.copyOf(parts, count) : NONE, markup);
  }

  Text sub(int from) {
    return sub(from, string.length());
  }

  /** The first part that ends after {@code from}, as an index of its start. */
  private int firstPartAfter(int from) {
    int low = 0;
    int high = untrusted.length / 2;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (untrusted[2 * middle + 1] <= from) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return 2 * low;
  }

  /** Appends this text's pieces of one trust each to a builder. */
  void appendTo(TextBuilder builder, int from, int to, UnaryOperator<String> change) {
    int at = from;
    for (int i = firstPartAfter(from); i < untrusted.length && untrusted[i] < to; i += 2) {
      int start = Math.max(untrusted[i], from);
      int end = Math.min(untrusted[i + 1], to);
      if (at < start) {
        builder.append(change.apply(string.substring(at, start)), false);
      }
      builder.append(change.apply(string.substring(start, end)), true);
      at = end;
    }
    if (at < to) {
      builder.append(change.apply(string.substring(at, to)), false);
    }
  }

  /** This text with each piece of one trust changed. */
  Text map(Budget budget, UnaryOperator<String> change) {
    var builder = new TextBuilder(budget);
    appendTo(builder, 0, string.length(), change);
    return builder.toText().withMarkup(markup);
  }

  static Text concat(Budget budget, List<Text> parts) {
    var builder = new TextBuilder(budget);
    parts.forEach(builder::append);
    return builder.toText();
  }

  static Text concat(Budget budget, Text... parts) {
    return concat(budget, List.of(parts));
  }

  @Override
  public String type() {
    return markup ? "Markup" : "str";
  }

  /** Equal as strings; trust makes no difference. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Text text && string.equals(text.string);
  }

  @Override
  public int hashCode() {
    return string.hashCode();
  }

  @Override
  public String toString() {
    return string;
  }
}
