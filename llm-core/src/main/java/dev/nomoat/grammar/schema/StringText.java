package dev.nomoat.grammar.schema;

import dev.nomoat.grammar.automaton.CharSet;
import dev.nomoat.grammar.automaton.Expression;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Characters as JSON strings have them. */
final class StringText {
  static final Expression QUOTE = Expression.text("\"");

  private static final CharSet CONTROL = CharSet.range(0, 0x1F);
  private static final CharSet SPECIAL = CONTROL.or(CharSet.of("\"\\"));
  private static final CharSet HEX = CharSet.of("0123456789abcdefABCDEF");

  /** Any character, itself or escaped in any way that is one character. */
  static final Expression ANY =
      Expression.choice(
          Expression.chars(SPECIAL.negate()),
          Expression.sequence(
              Expression.text("\\"),
              Expression.choice(Expression.chars(CharSet.of("\"\\/bfnrt")), hexadecimal())));

  /** Any character, written in one way only. */
  static final Expression ANY_ONE_WAY = of(CharSet.ALL);

  private StringText() {}

  /** Four digits that are no half of a surrogate pair. */
  private static Expression hexadecimal() {
    Expression hex = Expression.chars(HEX);
    return Expression.sequence(
        Expression.text("u"),
        Expression.choice(
            Expression.sequence(Expression.chars(CharSet.of("0123456789abcefABCEF")), hex),
            Expression.sequence(
                Expression.chars(CharSet.of("dD")), Expression.chars(CharSet.range('0', '7')))),
        hex,
        hex);
  }

  /** A character of a set, written in one way: escaped only if it must be. */
  static Expression of(CharSet set) {
    List<Expression> ways = new ArrayList<>();
    CharSet plain = set.and(SPECIAL.negate());
    if (!plain.isEmpty()) {
      ways.add(Expression.chars(plain));
    }
    for (int[] range : set.and(SPECIAL).ranges()) {
      for (int c = range[0]; c <= range[1]; c++) {
        ways.add(Expression.text(escape(c)));
      }
    }
    return ways.size() == 1 ? ways.getFirst() : new Expression.Choice(ways);
  }

  private static String escape(int c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> "\\u%04x".formatted(c);
    };
  }

  /** A text, written in one way, without quotes. */
  static String escape(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (SPECIAL.contains(c)) {
                out.append(escape(c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.toString();
  }

  /** A string of what an expression says. */
  static Expression quoted(Expression content) {
    return Expression.sequence(QUOTE, content, QUOTE);
  }

  /** Any content, written in one way, but for some texts. */
  static Expression allBut(List<String> texts, RuleSet rules) {
    if (texts.isEmpty()) {
      return Expression.many(ANY_ONE_WAY);
    }
    Node root = node(rules);
    for (String text : texts) {
      Node node = root;
      for (int c : text.codePoints().toArray()) {
        node = node.children.computeIfAbsent(c, _ -> node(rules));
      }
      node.ends = true;
    }
    return allBut(root, rules);
  }

  private static Node node(RuleSet rules) {
    return new Node(rules.declare("the names of other properties"));
  }

  /** A beginning of some of the texts. */
  private static final class Node {
    private final TreeMap<Integer, Node> children = new TreeMap<>();
    private final int rule;
    private boolean ends;

    Node(int rule) {
      this.rule = rule;
    }
  }

  /** What may follow a beginning that some of the texts have in common. */
  private static Expression allBut(Node root, RuleSet rules) {
    // rules of their own, as each letter of the names needs them
    Expression escaped = rules.add("an escaped character", of(SPECIAL));
    Expression rest = rules.add("the end of a name", Expression.many(ANY_ONE_WAY));
    List<Node> left = new ArrayList<>(List.of(root));
    while (!left.isEmpty()) {
      Node node = left.removeLast();
      List<Expression> ways = new ArrayList<>();
      if (!node.ends) {
        ways.add(Expression.EMPTY);
      }
      CharSet others = CharSet.ALL;
      for (var child : node.children.entrySet()) {
        CharSet letter = CharSet.range(child.getKey(), child.getKey());
        others = others.and(letter.negate());
        left.add(child.getValue());
        ways.add(Expression.sequence(of(letter), new Expression.Reference(child.getValue().rule)));
      }
      boolean anyEscaped = others.and(SPECIAL).equals(SPECIAL);
      Expression other =
          anyEscaped
              ? Expression.choice(Expression.chars(others.and(SPECIAL.negate())), escaped)
              : of(others);
      ways.add(Expression.sequence(other, rest));
      rules.define(node.rule, new Expression.Choice(ways));
    }
    return new Expression.Reference(root.rule);
  }
}
