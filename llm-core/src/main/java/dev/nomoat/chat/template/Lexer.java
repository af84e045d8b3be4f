package dev.nomoat.chat.template;

import dev.nomoat.chat.TemplateException;
import dev.nomoat.chat.template.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Cuts a template into words. White space around tags goes away as Hugging Face has it: the line
 * end behind a statement or comment, the spaces before one that begins its line, and what a hyphen
 * in a tag tells to strip.
 */
final class Lexer {
  private static final String[] OPERATORS = {
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}",
    ">", "<", "=", ".", ":", "|", ",", ";"
  };

  private final Source source;
  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  private Lexer(Source source) {
    this.source = source;
    this.text = source.text();
  }

  /**
   * Cuts a template into words.
   *
   * @throws TemplateException where there is no valid word
   */
  static List<Token> tokens(Source source) {
    var lexer = new Lexer(source);
    lexer.template();
    lexer.add(Kind.END, "", lexer.text.length());
    return lexer.tokens;
  }

  private void add(Kind kind, String value, int place) {
    tokens.add(new Token(kind, value, place));
  }

  private void template() {
    boolean atLineStart = true;
    while (true) {
      int open = nextTag(at);
      if (open < 0) {
        data(at, text.length());
        return;
      }
      char kind = text.charAt(open + 1);
      char mark = open + 2 < text.length() ? text.charAt(open + 2) : ' ';
      data(at, endOfData(open, kind, mark, atLineStart));
      at = open + (mark == '-' || mark == '+' ? 3 : 2);
      switch (kind) {
        case '#' -> comment(open);
        case '%' -> block(open);
        default -> inside(open, "{{", Kind.VARIABLE_BEGIN, Kind.VARIABLE_END);
      }
      atLineStart = text.charAt(at - 1) == '\n';
    }
  }

  private int nextTag(int from) {
    int open = text.indexOf('{', from);
    while (open >= 0 && (open + 1 == text.length() || "{%#".indexOf(text.charAt(open + 1)) < 0)) {
      open = text.indexOf('{', open + 1);
    }
    return open;
  }

  private void data(int from, int to) {
    if (from < to) {
      add(Kind.DATA, text.substring(from, to), from);
    }
  }

  /** Where the text before a tag ends, without the white space that the tag takes away. */
  private int endOfData(int open, char kind, char mark, boolean atLineStart) {
    int end = open;
    if (mark == '-') {
      while (end > at && Strings.isSpace(text.charAt(end - 1))) {
        end--;
      }
      return end;
    }
    if (mark == '+' || kind == '{') {
      return open;
    }
    int start = open;
    while (start > at
        && Strings.isSpace(text.charAt(start - 1))
        && text.charAt(start - 1) != '\n') {
      start--;
    }
    boolean beginsLine = start > at ? text.charAt(start - 1) == '\n' : atLineStart;
    return beginsLine ? start : open;
  }

  private void comment(int open) {
    int close = text.indexOf("#}", at);
    // A mark belongs to the opening only if something is left to close: {#-#} is a whole comment.
    if (close < 0) {
      throw source.error(open, "Missing end of comment tag");
    }
    char mark = close > at ? text.charAt(close - 1) : ' ';
    at = close + 2;
    afterBlock(mark);
  }

  /** Skips what the end of a statement or comment takes away. */
  private void afterBlock(char mark) {
    if (mark == '-') {
      skipSpace();
    } else if (mark != '+' && at < text.length() && text.charAt(at) == '\n') {
      at++;
    }
  }

  private void skipSpace() {
    while (at < text.length() && Strings.isSpace(text.charAt(at))) {
      at++;
    }
  }

  private void block(int open) {
    int end = endOfKeyword("raw", at);
    if (end >= 0) {
      boolean strip = text.startsWith("-%}", end);
      if (strip || text.startsWith("%}", end)) {
        at = end + (strip ? 3 : 2);
        if (strip) {
          skipSpace();
        }
        raw(open);
        return;
      }
    }
    inside(open, "{%", Kind.BLOCK_BEGIN, Kind.BLOCK_END);
  }

  /** Where a word and the white space around it end, or -1 if another follows. */
  private int endOfKeyword(String word, int from) {
    int start = from;
    while (start < text.length() && Strings.isSpace(text.charAt(start))) {
      start++;
    }
    if (!text.startsWith(word, start)) {
      return -1;
    }
    int end = start + word.length();
    while (end < text.length() && Strings.isSpace(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private void raw(int open) {
    int from = at;
    for (int tag = text.indexOf("{%", at); tag >= 0; tag = text.indexOf("{%", tag + 2)) {
      char mark = tag + 2 < text.length() ? text.charAt(tag + 2) : ' ';
      int end = endOfKeyword("endraw", tag + (mark == '-' || mark == '+' ? 3 : 2));
      if (end < 0) {
        continue;
      }
      char closing = end < text.length() ? text.charAt(end) : ' ';
      int close = closing == '-' || closing == '+' ? end + 1 : end;
      if (text.startsWith("%}", close)) {
        boolean atLineStart = from > 0 && text.charAt(from - 1) == '\n';
        data(from, endOfData(tag, '%', mark, atLineStart));
        at = close + 2;
        afterBlock(closing);
        return;
      }
    }
    throw source.error(open, "Missing end of raw directive");
  }

  /** The words of a tag, up to its end. */
  private void inside(int open, String opening, Kind begin, Kind end) {
    add(begin, opening, open);
    Deque<Character> brackets = new ArrayDeque<>();
    while (true) {
      if (brackets.isEmpty() && closes(end)) {
        return;
      }
      if (at == text.length()) {
        throw source.error(open, "the tag is not closed");
      }
      char c = text.charAt(at);
      if (Strings.isSpace(c)) {
        skipSpace();
      } else if (isDigit(c)) {
        number();
      } else if (isNameChar(text.codePointAt(at))) {
        name();
      } else if (c == '"' || c == '\'') {
        string(c);
      } else {
        operator(brackets);
      }
    }
  }

  private boolean closes(Kind end) {
    String closing = end == Kind.BLOCK_END ? "%}" : "}}";
    char mark = at < text.length() ? text.charAt(at) : ' ';
    boolean marked = mark == '-' || (mark == '+' && end == Kind.BLOCK_END);
    if (!text.startsWith(closing, marked ? at + 1 : at)) {
      return false;
    }
    add(end, closing, at);
    at += marked ? 3 : 2;
    if (end == Kind.BLOCK_END) {
      afterBlock(mark);
    } else if (mark == '-') {
      skipSpace();
    }
    return true;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isNameChar(int c) {
    return c == '_'
        || Character.isLetterOrDigit(c)
        || (c > 127 && Character.isUnicodeIdentifierPart(c));
  }

  private void name() {
    int from = at;
    while (at < text.length() && isNameChar(text.codePointAt(at))) {
      at += Character.charCount(text.codePointAt(at));
    }
    String name = text.substring(from, at);
    int first = name.codePointAt(0);
    if (first != '_' && !Character.isUnicodeIdentifierStart(first)) {
      throw source.error(from, "Invalid character in identifier");
    }
    add(Kind.NAME, name, from);
  }

  private void number() {
    int from = at;
    int whole = digits(from);
    int end = whole;
    boolean behindDot = from > 0 && text.charAt(from - 1) == '.';
    if (!behindDot) {
      if (end + 1 < text.length() && text.charAt(end) == '.' && isDigit(text.charAt(end + 1))) {
        end = digits(end + 1);
      }
      if (end < text.length() && (text.charAt(end) | 0x20) == 'e') {
        int exponent = end + 1;
        if (exponent < text.length() && "+-".indexOf(text.charAt(exponent)) >= 0) {
          exponent++;
        }
        end = exponent < text.length() && isDigit(text.charAt(exponent)) ? digits(exponent) : end;
      }
    }
    if (end > whole) {
      at = end;
      add(Kind.FLOAT, text.substring(from, end).replace("_", ""), from);
      return;
    }
    at = integer(from, whole);
    add(Kind.INTEGER, text.substring(from, at).replace("_", ""), from);
  }

  private int digits(int from) {
    int end = from;
    while (end < text.length()
        && (isDigit(text.charAt(end))
            || (text.charAt(end) == '_'
                && end > from
                && end + 1 < text.length()
                && isDigit(text.charAt(end + 1))))) {
      end++;
    }
    return end;
  }

  /** Where an integer ends: a decimal one must not begin with zeros, others have a prefix. */
  private int integer(int from, int decimalEnd) {
    if (text.charAt(from) != '0') {
      return decimalEnd;
    }
    char kind = from + 1 < text.length() ? (char) (text.charAt(from + 1) | 0x20) : ' ';
    int radix = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;
    if (radix > 0) {
      int end = from + 2;
      while (end < text.length()) {
        int digit = text.charAt(end) == '_' ? end + 1 : end;
        if (digit == text.length() || Character.digit(text.charAt(digit), radix) < 0) {
          break;
        }
        end = digit + 1;
      }
      if (end > from + 2) {
        return end;
      }
    }
    int end = from + 1;
    while (end < decimalEnd && (text.charAt(end) == '0' || text.charAt(end) == '_')) {
      end++;
    }
    return text.charAt(end - 1) == '_' ? end - 1 : end;
  }

  private void string(char quote) {
    int from = at;
    int close = from + 1;
    while (close < text.length() && text.charAt(close) != quote) {
      close += text.charAt(close) == '\\' ? 2 : 1;
    }
    if (close >= text.length()) {
      throw source.error(from, "the string is not closed");
    }
    at = close + 1;
    add(Kind.STRING, StringEscapes.decode(text.substring(from + 1, close), source, from), from);
  }

  private void operator(Deque<Character> brackets) {
    for (String operator : OPERATORS) {
      if (text.startsWith(operator, at)) {
        balance(operator.charAt(0), brackets);
        add(Kind.OPERATOR, operator, at);
        at += operator.length();
        return;
      }
    }
    throw source.error(
        at, "unexpected character '%s'".formatted(Character.toString(text.codePointAt(at))));
  }

  private void balance(char c, Deque<Character> brackets) {
    switch (c) {
      case '(' -> brackets.push(')');
      case '[' -> brackets.push(']');
      case '{' -> brackets.push('}');
      case ')', ']', '}' -> {
        if (brackets.isEmpty() || brackets.pop() != c) {
          throw source.error(at, "unexpected '%s'".formatted(c));
        }
      }
      default -> {}
    }
  }
}
