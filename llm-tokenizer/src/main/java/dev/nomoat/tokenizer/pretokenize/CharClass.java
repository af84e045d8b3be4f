package dev.nomoat.tokenizer.pretokenize;

import dev.nomoat.tokenizer.vocab.Utf8;

/** The classes of code points that the splitters tell apart; every code point is in one. */
final class CharClass {
  /** {@code [^\s\p{L}\p{N}]}. */
  static final byte OTHER = 0;

  /** {@code \p{L}}. */
  static final byte LETTER = 1;

  /** {@code \p{N}}. */
  static final byte NUMBER = 2;

  /** {@code \s} without newlines: the White_Space property of Unicode. */
  static final byte SPACE = 3;

  /** {@code [\r\n]}. */
  static final byte NEWLINE = 4;

  /** The classes of the basic multilingual plane. */
  private static final byte[] BASIC = basic();

  private CharClass() {}

  private static byte[] basic() {
    byte[] classes = new byte[0x10000];
    for (int codePoint = 0; codePoint < classes.length; codePoint++) {
      classes[codePoint] = classify(codePoint);
    }
    return classes;
  }

  private static byte classify(int codePoint) {
    if (codePoint == '\r' || codePoint == '\n') {
      return NEWLINE;
    }
    if (isWhiteSpace(codePoint)) {
      return SPACE;
    }
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER ->
          LETTER;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      default -> OTHER;
    };
  }

  /** The White_Space property; the JDK offers it in regular expressions only. */
  private static boolean isWhiteSpace(int codePoint) {
    return (codePoint >= 0x09 && codePoint <= 0x0D)
        || codePoint == 0x20
        || codePoint == 0x85
        || codePoint == 0xA0
        || codePoint == 0x1680
        || (codePoint >= 0x2000 && codePoint <= 0x200A)
        || codePoint == 0x2028
        || codePoint == 0x2029
        || codePoint == 0x202F
        || codePoint == 0x205F
        || codePoint == 0x3000;
  }

  /**
   * The class of the code point at a place.
   *
   * @param text well-formed UTF-8
   * @param at the first byte of a code point
   * @return its class
   */
  static byte at(byte[] text, int at) {
    byte lead = text[at];
    if (lead >= 0) {
      return BASIC[lead];
    }
    int codePoint = Utf8.codePoint(text, at);
    return codePoint < BASIC.length ? BASIC[codePoint] : classify(codePoint);
  }

  /**
   * Skips code points of one class.
   *
   * @param text well-formed UTF-8
   * @param from where to start
   * @param to where the text ends, exclusive
   * @param charClass the class
   * @return the first place that is of another class, or {@code to}
   */
  static int skip(byte[] text, int from, int to, byte charClass) {
    int at = from;
    while (at < to && at(text, at) == charClass) {
      at += Utf8.length(text[at]);
    }
    return at;
  }

  /**
   * Whether a class is white space.
   *
   * @param charClass a class
   * @return whether {@code \s} matches it
   */
  static boolean isSpace(byte charClass) {
    return charClass >= SPACE;
  }
}
