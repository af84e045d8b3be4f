package dev.nomoat.grammar.schema;

import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.automaton.CharSet;
import dev.nomoat.grammar.automaton.Expression;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads regular expressions of ECMA-262, in Unicode mode, as far as they describe regular
 * languages: characters, classes, groups, alternatives, repetitions, and anchors at the ends. The
 * expression that it makes is of the string as JSON writes it, each character in one way.
 */
final class PatternParser {
  private static final int MOST_NESTED = 100;

  private static final CharSet DIGITS = CharSet.range('0', '9');
  private static final CharSet WORD =
      DIGITS.or(CharSet.range('a', 'z')).or(CharSet.range('A', 'Z')).or(CharSet.of("_"));
  private static final CharSet SPACE =
      CharSet.of("\t\n\u000b\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff")
          .or(CharSet.range(0x2000, 0x200a));
  private static final CharSet NOT_LINE_END = CharSet.of("\n\r\u2028\u2029").negate();

  /**
   * What a pattern is.
   *
   * @param expression the content of the strings that it finds
   * @param min the characters of the shortest
   * @param max the characters of the longest, or {@link Expression#UNBOUNDED}
   * @param unit the character that it repeats, if it does nothing else
   */
  record Pattern(Expression expression, int min, int max, Optional<Expression> unit) {
    Pattern(Expression expression, int min, int max) {
      this(expression, min, max, Optional.empty());
    }

    /** The same, repeated. */
    private Pattern times(int from, int to) {
      long least = (long) min * from;
      long most = max == 0 || to == 0 ? 0 : (long) max * to;
      return new Pattern(
          new Expression.Repeat(expression, from, to),
          cap(least),
          cap(most),
          min == 1 && max == 1 ? Optional.of(expression) : Optional.empty());
    }

    /** The same with bounds on its length, if it is one repeated character. */
    Optional<Expression> bounded(int least, int most) {
      int from = Math.max(min, least);
      int to = Math.min(max, most);
      return from > to
          ? Optional.empty()
          : unit.map(character -> new Expression.Repeat(character, from, to));
    }

    private static int cap(long length) {
      return (int) Math.min(length, Expression.UNBOUNDED);
    }
  }

  private final String text;
  private final String path;
  private int at;

  private PatternParser(String text, String path) {
    this.text = text;
    this.path = path;
  }

  /** What a pattern finds. */
  static Pattern parse(String text, String path) {
    PatternParser parser = new PatternParser(text, path);
    Pattern whole = parser.alternatives(0);
    if (parser.at < text.length()) {
      throw parser.fault("an unmatched )");
    }
    return whole;
  }

  private Pattern alternatives(int depth) {
    List<Expression> ways = new ArrayList<>();
    Pattern only = null;
    int min = Expression.UNBOUNDED;
    int max = 0;
    while (true) {
      Pattern way = depth == 0 ? anchored() : sequence(depth);
      only = ways.isEmpty() ? way : null;
      ways.add(way.expression);
      min = Math.min(min, way.min);
      max = Math.max(max, way.max);
      if (at == text.length() || text.charAt(at) != '|') {
        return only != null ? only : new Pattern(new Expression.Choice(ways), min, max);
      }
      at++;
    }
  }

  /** An alternative that may be found anywhere unless anchors say where. */
  private Pattern anchored() {
    Expression anything = Expression.many(StringText.ANY_ONE_WAY);
    boolean start = at < text.length() && text.charAt(at) == '^';
    if (start) {
      at++;
    }
    Pattern inner = sequence(0);
    boolean end = at < text.length() && text.charAt(at) == '$';
    if (end) {
      at++;
      if (at < text.length() && text.charAt(at) != '|') {
        throw fault("$ elsewhere than at the end");
      }
    }
    if (start && end) {
      return inner;
    }
    return new Pattern(
        Expression.sequence(
            start ? Expression.EMPTY : anything,
            inner.expression,
            end ? Expression.EMPTY : anything),
        inner.min,
        Expression.UNBOUNDED);
  }

  private Pattern sequence(int depth) {
    List<Expression> parts = new ArrayList<>();
    Pattern only = null;
    long min = 0;
    long max = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '|' || c == ')' || (c == '$' && depth == 0)) {
        break;
      }
      Pattern part = repeated(atom(depth));
      only = parts.isEmpty() ? part : null;
      parts.add(part.expression);
      min += part.min;
      max += part.max;
    }
    return only != null
        ? only
        : new Pattern(new Expression.Sequence(parts), Pattern.cap(min), Pattern.cap(max));
  }

  private Pattern atom(int depth) {
    char c = text.charAt(at);
    return switch (c) {
      case '(' -> group(depth + 1);
      case '[' -> one(characters());
      case '.' -> {
        at++;
        yield one(NOT_LINE_END);
      }
      case '\\' -> one(escape());
      case '^', '$' -> throw fault(c + " elsewhere than at the ends");
      case '*', '+', '?', '{', '}', ']' -> throw fault("a " + c + " that stands alone");
      default -> {
        int codePoint = text.codePointAt(at);
        at += Character.charCount(codePoint);
        yield one(single(codePoint));
      }
    };
  }

  private Pattern one(CharSet set) {
    if (set.isEmpty()) {
      throw fault("a set of no characters");
    }
    return new Pattern(StringText.of(set), 1, 1);
  }

  private Pattern group(int depth) {
    if (depth > MOST_NESTED) {
      throw fault("more than %d groups within each other".formatted(MOST_NESTED));
    }
    if (text.startsWith("(?:", at)) {
      at += 3;
    } else if (text.startsWith("(?", at)) {
      throw fault(
          "a look-around, name or flag " + text.substring(at, Math.min(at + 4, text.length())));
    } else {
      at++;
    }
    Pattern inner = alternatives(depth);
    if (at == text.length()) {
      throw fault("a group without end");
    }
    at++;
    return inner;
  }

  private Pattern repeated(Pattern atom) {
    if (at == text.length()) {
      return atom;
    }
    Pattern repeated =
        switch (text.charAt(at)) {
          case '*' -> {
            at++;
            yield atom.times(0, Expression.UNBOUNDED);
          }
          case '+' -> {
            at++;
            yield atom.times(1, Expression.UNBOUNDED);
          }
          case '?' -> {
            at++;
            yield atom.times(0, 1);
          }
          case '{' -> counted(atom);
          default -> null;
        };
    if (repeated == null) {
      return atom;
    }
    // Which of several ways is tried first makes no difference to what matches.
    if (at < text.length() && text.charAt(at) == '?') {
      at++;
    }
    return repeated;
  }

  private Pattern counted(Pattern atom) {
    at++;
    int min = number();
    int max = min;
    if (at < text.length() && text.charAt(at) == ',') {
      at++;
      max = at < text.length() && text.charAt(at) == '}' ? Expression.UNBOUNDED : number();
    }
    if (at == text.length() || text.charAt(at) != '}' || max < min) {
      throw fault("a repetition that is none");
    }
    at++;
    return atom.times(min, max);
  }

  private int number() {
    int start = at;
    long value = 0;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      value = Math.min(value * 10 + (text.charAt(at++) - '0'), Expression.UNBOUNDED);
    }
    if (at == start || value == Expression.UNBOUNDED) {
      throw fault("a repetition that is none");
    }
    return (int) value;
  }

  private CharSet characters() {
    at++;
    boolean negated = at < text.length() && text.charAt(at) == '^';
    if (negated) {
      at++;
    }
    CharSet set = CharSet.NONE;
    while (at < text.length() && text.charAt(at) != ']') {
      int from = at;
      CharSet first = member();
      boolean range =
          at + 1 < text.length() && text.charAt(at) == '-' && text.charAt(at + 1) != ']';
      if (!range) {
        set = set.or(first);
        continue;
      }
      at++;
      CharSet last = member();
      if (size(first) != 1 || size(last) != 1) {
        at = from;
        throw fault("a range between classes");
      }
      int low = first.ranges().getFirst()[0];
      int high = last.ranges().getFirst()[0];
      if (low > high) {
        at = from;
        throw fault("a range that ends before it begins");
      }
      set = set.or(CharSet.range(low, high));
    }
    if (at == text.length()) {
      throw fault("a class without end");
    }
    at++;
    return negated ? set.negate() : set;
  }

  private static int size(CharSet set) {
    List<int[]> ranges = set.ranges();
    return ranges.size() == 1 ? ranges.getFirst()[1] - ranges.getFirst()[0] + 1 : ranges.size();
  }

  private CharSet member() {
    if (at == text.length()) {
      throw fault("a class without end");
    }
    if (text.charAt(at) == '\\') {
      return escape();
    }
    int codePoint = text.codePointAt(at);
    at += Character.charCount(codePoint);
    return single(codePoint);
  }

  private CharSet single(int codePoint) {
    CharSet set = CharSet.range(codePoint, codePoint);
    if (set.isEmpty()) {
      throw fault("half a surrogate pair");
    }
    return set;
  }

  private CharSet escape() {
    at++;
    if (at == text.length()) {
      throw fault("an escape without end");
    }
    char c = text.charAt(at++);
    return switch (c) {
      case 'd' -> DIGITS;
      case 'D' -> DIGITS.negate();
      case 'w' -> WORD;
      case 'W' -> WORD.negate();
      case 's' -> SPACE;
      case 'S' -> SPACE.negate();
      case 't' -> single('\t');
      case 'n' -> single('\n');
      case 'r' -> single('\r');
      case 'f' -> single('\f');
      case 'v' -> single(0x0b);
      case 'x' -> single(hex(2));
      case 'u' -> unicode();
      default -> {
        // Outside classes many write \- although Unicode mode has no such escape.
        if ("^$\\.*+?()[]{}|/-".indexOf(c) < 0) {
          at -= 2;
          throw fault("the escape \\" + c);
        }
        yield single(c);
      }
    };
  }

  private CharSet unicode() {
    if (at < text.length() && text.charAt(at) == '{') {
      int end = text.indexOf('}', at);
      if (end < 0 || end - at < 2 || end - at > 7) {
        throw fault("an escape without end");
      }
      at++;
      int value = hex(end - at);
      at++;
      if (value > Character.MAX_CODE_POINT) {
        throw fault("a character beyond Unicode");
      }
      return single(value);
    }
    int first = hex(4);
    if (Character.isHighSurrogate((char) first) && text.startsWith("\\u", at)) {
      at += 2;
      int second = hex(4);
      if (Character.isLowSurrogate((char) second)) {
        return single(Character.toCodePoint((char) first, (char) second));
      }
    }
    return single(first);
  }

  private int hex(int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
      if (digit < 0) {
        throw fault("an escape without its digits");
      }
      value = value << 4 | digit;
      at++;
    }
    return value;
  }

  private GrammarException fault(String what) {
    return GrammarException.in(
        path, "%s, at char %d of the pattern, is not supported: %s".formatted(what, at, text));
  }
}
