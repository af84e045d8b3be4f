package dev.nomoat.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes the inside of a Jinja tag apart into words, so that spelling makes no difference: {@code
 * a['b']} gives the words of {@code a.b}, {@code ~} becomes {@code +}, and a string is a quote
 * followed by its characters, however it was quoted and escaped.
 */
final class TemplateTokens {
  private static final char STRING = '\'';
  private static final String OPERATORS = ".[]()+~-*/%|,:=!<>";

  private final String source;
  private int at;
  private final List<String> tokens = new ArrayList<>();

  private TemplateTokens(String source) {
    this.source = source;
  }

  /**
   * Takes the inside of a tag apart.
   *
   * @param source the inside
   * @return the words, or nothing if one is not understood
   */
  static Optional<List<String>> of(String source) {
    var tokens = new TemplateTokens(source);
    while (tokens.at < source.length()) {
      if (!tokens.next()) {
        return Optional.empty();
      }
    }
    return Optional.of(tokens.tokens);
  }

  /**
   * The characters of a string.
   *
   * @param token a word
   * @return its characters, or nothing if it is no string
   */
  static Optional<String> string(String token) {
    return token.charAt(0) == STRING ? Optional.of(token.substring(1)) : Optional.empty();
  }

  private boolean next() {
    char c = source.charAt(at);
    if (c == ' ' || c == '\t' || c == '\n') {
      at++;
      return true;
    }
    if (c == '\'' || c == '"') {
      return string(c);
    }
    if (isWordPart(c)) {
      int from = at;
      while (at < source.length() && isWordPart(source.charAt(at))) {
        at++;
      }
      tokens.add(source.substring(from, at));
      return true;
    }
    if (OPERATORS.indexOf(c) < 0) {
      return false;
    }
    boolean comparison = "=!<>".indexOf(c) >= 0 && source.startsWith("=", at + 1);
    tokens.add(comparison ? c + "=" : c == '~' ? "+" : String.valueOf(c));
    at += comparison ? 2 : 1;
    return c != ']' || nameField();
  }

  private static boolean isWordPart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  private boolean string(char quote) {
    StringBuilder characters = new StringBuilder().append(STRING);
    for (at++; at < source.length(); at++) {
      char c = source.charAt(at);
      if (c == quote) {
        at++;
        tokens.add(characters.toString());
        return true;
      }
      if (c == '\\') {
        at++;
        c = at < source.length() ? unescape(source.charAt(at)) : 0;
        if (c == 0) {
          return false;
        }
      }
      characters.append(c);
    }
    return false;
  }

  /** The character that a backslash and {@code c} stand for, or 0 if that is not understood. */
  private static char unescape(char c) {
    return switch (c) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case '\\', '\'', '"' -> c;
      default -> 0;
    };
  }

  /** Turns {@code ['name']} after a value, just read, into {@code .name}. */
  private boolean nameField() {
    int open = tokens.size() - 3;
    if (open < 1 || !tokens.get(open).equals("[")) {
      return true;
    }
    String before = tokens.get(open - 1);
    Optional<String> name = string(tokens.get(open + 1));
    boolean afterValue = before.equals("]") || before.equals(")") || isWordPart(before.charAt(0));
    if (afterValue && name.isPresent() && isName(name.get())) {
      tokens.subList(open, tokens.size()).clear();
      tokens.add(".");
      tokens.add(name.get());
    }
    return true;
  }

  private static boolean isName(String text) {
    return !text.isEmpty()
        && !Character.isDigit(text.charAt(0))
        && text.chars().allMatch(c -> isWordPart((char) c));
  }
}
