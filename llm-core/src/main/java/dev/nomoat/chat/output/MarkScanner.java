package dev.nomoat.chat.output;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Text that arrives in pieces, and the marks in it. */
final class MarkScanner {
  /** Text up to a mark, or up to where one may begin. */
  record Found(String before, @Nullable String mark) {}

  private StringBuilder text = new StringBuilder();

  /** Where the text starts that is not taken yet. */
  private int start;

  void append(String piece) {
    text.append(piece);
  }

  /** Puts text back before the one that is not taken yet. */
  void putBack(String piece) {
    text = new StringBuilder(piece).append(text, start, text.length());
    start = 0;
  }

  /**
   * Takes text away up to the first of some marks, and the mark; of several at the same place the
   * longest. Without one, takes away what cannot be the beginning of one.
   *
   * @param last whether no more text will come
   */
  Found take(List<String> marks, boolean last) {
    for (int at = start; at < text.length(); at++) {
      String longest = null;
      boolean open = false;
      for (String mark : marks) {
        int same = common(mark, at);
        if (same == mark.length() && (longest == null || same > longest.length())) {
          longest = mark;
        }
        open |= same < mark.length() && at + same == text.length();
      }
      if (open && !last) {
        return new Found(remove(at), null);
      }
      if (longest != null) {
        String before = text.substring(start, at);
        start = at + longest.length();
        return new Found(before, longest);
      }
    }
    return new Found(remove(text.length()), null);
  }

  private int common(String mark, int at) {
    int same = 0;
    while (same < mark.length()
        && at + same < text.length()
        && mark.charAt(same) == text.charAt(at + same)) {
      same++;
    }
    return same;
  }

  private String remove(int end) {
    String removed = text.substring(start, end);
    text.delete(0, end);
    start = 0;
    return removed;
  }
}
