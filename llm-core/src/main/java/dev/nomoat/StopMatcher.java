package dev.nomoat;

import java.util.List;

/**
 * Finds the end of a text that arrives in pieces: where the first of several stop strings is
 * complete. The text ends before that string, before the longest if several are complete at the
 * same place. How the text is cut into pieces makes no difference.
 *
 * <p>Text that may be the beginning of a stop string is held back until that is decided, and no
 * other. Takes time linear in the text, for each stop string (Knuth, Morris, Pratt, "Fast Pattern
 * Matching in Strings", 1977). Not thread-safe.
 */
final class StopMatcher {
  private final Pattern[] patterns;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  /**
   * Starts at the beginning of a text.
   *
   * @param stops the stop strings, none of them empty
   */
  StopMatcher(List<String> stops) {
    patterns = stops.stream().map(Pattern::new).toArray(Pattern[]::new);
  }

  /**
   * Takes the next piece of the text.
   *
   * @param piece any text; it is ignored once a stop string was found
   * @return what became final: the text before the stop string if this piece completes one, else
   *     all but what is held back
   */
  String accept(String piece) {
    if (stopped) {
      return "";
    }
    if (patterns.length == 0) {
      return piece;
    }
    int end = held.length();
    held.append(piece);
    int open = 0;
    for (int i = 0; i < piece.length(); i++) {
      end++;
      int complete = 0;
      open = 0;
      for (Pattern pattern : patterns) {
        int matched = pattern.advance(piece.charAt(i));
        open = Math.max(open, matched);
        complete = Math.max(complete, matched == pattern.text.length() ? matched : 0);
      }
      if (complete > 0) {
        stopped = true;
        return held.substring(0, end - complete);
      }
    }
    return piece.isEmpty() ? "" : release(held.length() - open);
  }

  /**
   * Says that no stop string goes on from here: the text ends, or something else stands in it.
   *
   * @return what was held back; nothing if a stop string was found
   */
  String flush() {
    for (Pattern pattern : patterns) {
      pattern.matched = 0;
    }
    return stopped ? "" : release(held.length());
  }

  /** Whether a stop string was found, so that the text has ended. */
  boolean stopped() {
    return stopped;
  }

  private String release(int length) {
    String released = held.substring(0, length);
    held.delete(0, length);
    return released;
  }

  /** A stop string, and how much of its beginning the text ends with. */
  private static final class Pattern {
    private final String text;

    // border[n] is the length of the longest proper prefix of the first n chars that also ends
    // them.
    private final int[] border;

    private int matched;

    Pattern(String text) {
      this.text = text;
      this.border = new int[text.length() + 1];
      border[0] = -1;
      int length = -1;
      for (int n = 1; n <= text.length(); n++) {
        while (length >= 0 && text.charAt(length) != text.charAt(n - 1)) {
          length = border[length];
        }
        border[n] = ++length;
      }
    }

    /** Takes a char of the text, and returns how much of the stop string the text now ends with. */
    int advance(char c) {
      while (matched >= 0 && text.charAt(matched) != c) {
        matched = border[matched];
      }
      return ++matched;
    }
  }
}
