package dev.nomoat.chat.template;

/** Reads escapes in strings of templates, as Python's codec {@code unicode-escape} does. */
final class StringEscapes {
  private final String literal;
  private final Source source;
  private final int place;
  private final StringBuilder value = new StringBuilder();
  private int at;

  private StringEscapes(String literal, Source source, int place) {
    this.literal = literal;
    this.source = source;
    this.place = place;
  }

  /** The value of a string, of which {@code literal} is what stands between the quotes. */
  static String decode(String literal, Source source, int place) {
    return literal.indexOf('\\') < 0 ? literal : new StringEscapes(literal, source, place).run();
  }

  private String run() {
    while (at < literal.length()) {
      char c = literal.charAt(at++);
      if (c == '\\') {
        escape(literal.charAt(at++));
      } else {
        value.append(c);
      }
    }
    return value.toString();
  }

  private void escape(char c) {
    switch (c) {
      case '\n' -> {}
      case '\\', '\'', '"' -> value.append(c);
      case 'a' -> value.append('\u0007');
      case 'b' -> value.append('\b');
      case 'f' -> value.append('\f');
      case 'n' -> value.append('\n');
      case 'r' -> value.append('\r');
      case 't' -> value.append('\t');
      case 'v' -> value.append('\u000b');
      case 'x' -> hex(2);
      case 'u' -> hex(4);
      case 'U' -> hex(8);
      case 'N' -> throw source.error(place, "character names in strings are not supported");
      case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(c);
      default -> value.append('\\').append(c);
    }
  }

  private void octal(char first) {
    int code = first - '0';
    for (int i = 0; i < 2 && at < literal.length(); i++) {
      int digit = Character.digit(literal.charAt(at), 8);
      if (digit < 0) {
        break;
      }
      code = 8 * code + digit;
      at++;
    }
    value.append((char) code);
  }

  private void hex(int digits) {
    long code = 0;
    for (int i = 0; i < digits; i++) {
      int digit = at < literal.length() ? Character.digit(literal.charAt(at), 16) : -1;
      if (digit < 0) {
        throw source.error(place, "an escape in the string is cut off");
      }
      code = 16 * code + digit;
      at++;
    }
    if (code > Character.MAX_CODE_POINT) {
      throw source.error(place, "an escape in the string is no character");
    }
    value.appendCodePoint((int) code);
  }
}
