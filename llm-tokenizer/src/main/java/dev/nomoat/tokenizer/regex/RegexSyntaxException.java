package dev.nomoat.tokenizer.regex;

/** A pattern that is malformed, or needs what is not implemented. */
public final class RegexSyntaxException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /**
   * Makes the exception.
   *
   * @param what what is wrong
   * @param pattern the pattern
   * @param at where in it, in characters
   */
  RegexSyntaxException(String what, String pattern, int at) {
    super("%s at character %d of the regular expression %s".formatted(what, at, shown(pattern)));
  }

  private static String shown(String pattern) {
    return pattern.length() <= 200 ? pattern : pattern.substring(0, 200) + "\u2026";
  }
}
