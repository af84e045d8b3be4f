package dev.nomoat.chat.template;

/**
 * What a template may use up at most.
 *
 * @param steps expressions and statements that are evaluated, list items that are made, and 16
 *     characters of text that are made count as one each
 * @param depth how deep evaluation may nest, macros and loops that call themselves included
 * @param text characters of a text, the output included
 */
record Limits(long steps, int depth, int text) {
  /** Far more than templates need, and done in seconds. */
  static final Limits DEFAULT = new Limits(50_000_000, 500, 1 << 26);

  /** How deep lists and dictionaries may nest where they are read, printed or compared. */
  static final int VALUE_DEPTH = 200;

  /** How deep statements and parentheses may nest in the source. */
  static final int SOURCE_DEPTH = 100;

  /** The longest number, in bits; a few more digits than Python prints. */
  static final int INTEGER_BITS = 14_000;

  /** The longest range, as in Jinja's sandbox. */
  static final int RANGE = 100_000;
}
