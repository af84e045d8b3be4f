package dev.nomoat.chat.template;

import java.util.Arrays;

/** Puts a {@link Text} together. */
final class TextBuilder {
  private final Budget budget;
  private final StringBuilder string = new StringBuilder();
  private int[] untrusted = new int[4];
  private int count;

  TextBuilder(Budget budget) {
    this.budget = budget;
  }

  TextBuilder append(String piece, boolean isUntrusted) {
    budget.checkText((long) string.length() + piece.length());
    budget.spend(1 + piece.length() / 16);
    int from = string.length();
    string.append(piece);
    if (isUntrusted) {
      mark(from, string.length());
    }
    return this;
  }

  /** Appends text of the template or of the engine. */
  TextBuilder append(String piece) {
    return append(piece, false);
  }

  TextBuilder append(Text text) {
    return append(text, 0, text.length());
  }

  TextBuilder append(Text text, int from, int to) {
    text.appendTo(this, from, to, piece -> piece);
    return this;
  }

  private void mark(int from, int to) {
    if (from == to) {
      return;
    }
    if (count > 0 && untrusted[count - 1] == from) {
      untrusted[count - 1] = to;
      return;
    }
    if (count == untrusted.length) {
      untrusted = Arrays.copyOf(untrusted, 2 * count);
    }
    untrusted[count++] = from;
    untrusted[count++] = to;
  }

  int length() {
    return string.length();
  }

  Text toText() {
    return new Text(string.toString(), Arrays.copyOf(untrusted, count), false);
  }
}
