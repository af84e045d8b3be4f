package dev.nomoat.grammar;

import dev.nomoat.grammar.automaton.CharSet;
import dev.nomoat.grammar.automaton.Expression;
import dev.nomoat.grammar.automaton.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads GBNF, the notation of llama.cpp's grammars ({@code grammars/README.md} there). Rules are
 * {@code name ::= alternatives}, one a line; within parentheses lines do not count.
 */
final class GbnfParser {
  /** Parentheses within parentheses, at most. */
  private static final int MOST_NESTED = 200;

  private static final int MOST_CHARS = 1 << 22;
  private static final String ROOT = "root";

  private final String text;
  private final Map<String, Integer> ids = new HashMap<>();
  private final List<String> names = new ArrayList<>();
  private final List<Optional<Expression>> bodies = new ArrayList<>();
  private final List<Integer> firstUses = new ArrayList<>();
  private int at;

  private GbnfParser(String text) {
    this.text = text;
  }

  /** The rules of a text, the root first. */
  static List<Rule> parse(String text) {
    if (text.length() > MOST_CHARS) {
      throw GrammarException.of(
          "a grammar of %d chars; %d are the most".formatted(text.length(), MOST_CHARS));
    }
    return new GbnfParser(text).rules();
  }

  private List<Rule> rules() {
    int root = id(ROOT);
    skip(true);
    while (at < text.length()) {
      rule();
    }
    if (bodies.get(root).isEmpty()) {
      throw GrammarException.of("the grammar has no rule root");
    }
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (bodies.get(i).isEmpty()) {
        at = firstUses.get(i);
        throw fault("there is no rule " + names.get(i));
      }
      rules.add(new Rule("rule " + names.get(i), bodies.get(i).get()));
    }
    return rules;
  }

  private int id(String name) {
    return ids.computeIfAbsent(
        name,
        _ -> {
          names.add(name);
          bodies.add(Optional.empty());
          firstUses.add(at - name.length());
          return names.size() - 1;
        });
  }

  private void rule() {
    int start = at;
    String name = name();
    int id = id(name);
    if (bodies.get(id).isPresent()) {
      at = start;
      throw fault("a second rule " + name);
    }
    skip(false);
    if (!text.startsWith("::=", at)) {
      throw expected("::=");
    }
    at += 3;
    skip(true);
    bodies.set(id, Optional.of(alternatives(0)));
    if (at < text.length()) {
      if (peek() != '\n' && peek() != '\r') {
        throw expected("the end of the line");
      }
      skip(true);
    }
  }

  private String name() {
    int start = at;
    while (at < text.length() && isNameChar(peek())) {
      at++;
    }
    if (at == start) {
      throw expected("the name of a rule");
    }
    return text.substring(start, at);
  }

  private static boolean isNameChar(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  }

  private Expression alternatives(int depth) {
    List<Expression> alternatives = new ArrayList<>();
    alternatives.add(sequence(depth));
    while (at < text.length() && peek() == '|') {
      at++;
      skip(true);
      alternatives.add(sequence(depth));
    }
    return alternatives.size() == 1 ? alternatives.getFirst() : new Expression.Choice(alternatives);
  }

  private Expression sequence(int depth) {
    List<Expression> parts = new ArrayList<>();
    boolean lines = depth > 0;
    while (at < text.length()) {
      char c = peek();
      if (c == '"') {
        parts.add(literal());
      } else if (c == '[') {
        parts.add(characters());
      } else if (c == '.') {
        at++;
        parts.add(Expression.chars(CharSet.ALL));
      } else if (c == '(') {
        parts.add(group(depth + 1));
      } else if (isNameChar(c)) {
        parts.add(new Expression.Reference(id(name())));
      } else if (c == '*' || c == '+' || c == '?' || c == '{') {
        if (parts.isEmpty()) {
          throw fault("there is nothing to repeat before " + c);
        }
        parts.add(repetition(parts.removeLast(), lines));
      } else if (c == '<' || c == '!') {
        throw fault(
            "tokens of a vocabulary (<name>, <[id]>) are not supported; a grammar is about text");
      } else {
        break;
      }
      skip(lines);
    }
    return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
  }

  private Expression group(int depth) {
    if (depth > MOST_NESTED) {
      throw fault("more than %d parentheses within each other".formatted(MOST_NESTED));
    }
    at++;
    skip(true);
    Expression inner = alternatives(depth);
    if (at >= text.length() || peek() != ')') {
      throw expected(")");
    }
    at++;
    return inner;
  }

  private Expression literal() {
    at++;
    StringBuilder chars = new StringBuilder();
    while (next("\"") != '"') {
      chars.appendCodePoint(character());
    }
    at++;
    return Expression.text(chars.toString());
  }

  private Expression characters() {
    int start = at++;
    boolean negated = at < text.length() && peek() == '^';
    if (negated) {
      at++;
    }
    List<int[]> ranges = new ArrayList<>();
    while (next("]") != ']') {
      int first = character();
      int last = first;
      if (next("]") == '-' && at + 1 < text.length() && text.charAt(at + 1) != ']') {
        int dash = at++;
        last = character();
        if (last < first) {
          at = dash;
          throw fault("a range that ends before it begins");
        }
      }
      ranges.add(new int[] {first, last});
    }
    at++;
    CharSet set = CharSet.union(ranges);
    if (ranges.isEmpty() || (negated ? set.negate() : set).isEmpty()) {
      at = start;
      throw fault("a set of no characters");
    }
    return Expression.chars(negated ? set.negate() : set);
  }

  /** A code point, written as it is or with an escape. */
  private int character() {
    if (peek() != '\\') {
      int codePoint = text.codePointAt(at);
      at += Character.charCount(codePoint);
      return scalar(codePoint, at - 1);
    }
    int start = at++;
    char letter = next("an escape");
    at++;
    return switch (letter) {
      case 'x' -> hex(2, start);
      case 'u' -> hex(4, start);
      case 'U' -> hex(8, start);
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'n' -> '\n';
      case '\\', '"', '[', ']', '-' -> letter;
      default -> {
        at = start;
        throw fault("there is no escape \\" + letter);
      }
    };
  }

  private int hex(int digits, int start) {
    long value = 0;
    for (int i = 0; i < digits; i++) {
      char c = next("a hexadecimal digit");
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw expected("a hexadecimal digit");
      }
      value = value << 4 | digit;
      at++;
    }
    if (value > Character.MAX_CODE_POINT) {
      at = start;
      throw fault("there is no character U+%X".formatted(value));
    }
    return scalar((int) value, start);
  }

  private int scalar(int codePoint, int place) {
    if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
      at = place;
      throw fault("U+%X is half a surrogate pair, not a character".formatted(codePoint));
    }
    return codePoint;
  }

  private Expression repetition(Expression body, boolean lines) {
    char c = peek();
    at++;
    return switch (c) {
      case '*' -> new Expression.Repeat(body, 0, Expression.UNBOUNDED);
      case '+' -> new Expression.Repeat(body, 1, Expression.UNBOUNDED);
      case '?' -> new Expression.Repeat(body, 0, 1);
      default -> counted(body, lines);
    };
  }

  private Expression counted(Expression body, boolean lines) {
    int start = at - 1;
    skip(lines);
    int min = number();
    skip(lines);
    int max = min;
    if (next("} or ,") == ',') {
      at++;
      skip(lines);
      max = next("}") == '}' ? Expression.UNBOUNDED : number();
      skip(lines);
    }
    if (next("}") != '}') {
      throw expected("}");
    }
    at++;
    if (max < min) {
      at = start;
      throw fault("at least %d and at most %d times".formatted(min, max));
    }
    return new Expression.Repeat(body, min, max);
  }

  private int number() {
    int start = at;
    long value = 0;
    while (at < text.length() && peek() >= '0' && peek() <= '9') {
      value = Math.min(value * 10 + (peek() - '0'), Expression.UNBOUNDED);
      at++;
    }
    if (at == start) {
      throw expected("a number");
    }
    if (value == Expression.UNBOUNDED) {
      at = start;
      throw fault("a number of %d or more".formatted(Expression.UNBOUNDED));
    }
    return (int) value;
  }

  /** Passes over white space and comments, over ends of lines only if they do not count. */
  private void skip(boolean lines) {
    while (at < text.length()) {
      char c = peek();
      if (c == '#') {
        while (at < text.length() && peek() != '\n' && peek() != '\r') {
          at++;
        }
      } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
        at++;
      } else {
        return;
      }
    }
  }

  private char peek() {
    return text.charAt(at);
  }

  private char next(String expected) {
    if (at >= text.length()) {
      throw expected(expected);
    }
    return text.charAt(at);
  }

  private GrammarException expected(String what) {
    String found =
        at < text.length() ? "'" + Character.toString(text.codePointAt(at)) + "'" : "the end";
    return fault("expected %s, but found %s".formatted(what, found));
  }

  private GrammarException fault(String message) {
    int line = 1;
    int start = 0;
    for (int i = 0; i < at; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        start = i + 1;
      }
    }
    return GrammarException.at(line, at - start + 1, message);
  }
}
