package dev.nomoat.chat.output;

/**
 * Tells whether the text of a call, as far as it has come, ends within a value: a mark that follows
 * there is part of the value. Reads every character once.
 */
final class ValueScanner {
  private final String open;
  private final String close;
  private int at;
  private boolean inside;
  private boolean escaped;

  /** A scanner for values between two tags, or within the quotes of JSON if these are empty. */
  ValueScanner(String open, String close) {
    this.open = open;
    this.close = close;
  }

  /**
   * Whether the text ends within a value.
   *
   * @param text the text of the call; each time a longer one
   */
  boolean endsInside(StringBuilder text) {
    return open.isEmpty() ? endsInString(text) : endsInTags(text);
  }

  private boolean endsInString(StringBuilder text) {
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (escaped) {
        escaped = false;
      } else if (c == '"') {
        inside = !inside;
      } else if (c == '\n') {
        inside = false; // no string of JSON goes on in the next line
      } else {
        escaped = inside && c == '\\';
      }
    }
    return inside;
  }

  private boolean endsInTags(StringBuilder text) {
    while (true) {
      String tag = inside ? close : open;
      int found = text.indexOf(tag, at);
      if (found < 0) {
        at = Math.max(at, text.length() - tag.length() + 1);
        return inside;
      }
      at = found + tag.length();
      inside = !inside;
    }
  }
}
