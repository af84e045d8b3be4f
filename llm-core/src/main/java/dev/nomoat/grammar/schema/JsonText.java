package dev.nomoat.grammar.schema;

import dev.nomoat.grammar.automaton.CharSet;
import dev.nomoat.grammar.automaton.Expression;

/**
 * The shape of JSON (RFC 8259). Between its parts there may be a space, or an end of line with up
 * to sixteen spaces, and no more, so that a model cannot go on with blanks for ever. Numbers have
 * as many digits as a {@code long} and a {@code double} hold.
 */
final class JsonText {
  private static final int MOST_INDENT = 16;
  static final int MOST_DIGITS = 18;
  private static final int MOST_FRACTION = 17;

  static final Expression DIGIT = Expression.chars(CharSet.range('0', '9'));
  static final Expression FALSE_OR_TRUE =
      Expression.choice(Expression.text("false"), Expression.text("true"));
  static final Expression NULL = Expression.text("null");

  private static final Expression NATURAL =
      Expression.choice(
          Expression.text("0"),
          Expression.sequence(
              Expression.chars(CharSet.range('1', '9')),
              new Expression.Repeat(DIGIT, 0, MOST_DIGITS - 1)));

  private static final Expression MINUS = Expression.optional(Expression.text("-"));

  /** An integer of up to 18 digits. */
  static final Expression INTEGER =
      Expression.choice(
          Expression.text("0"),
          Expression.sequence(
              MINUS,
              Expression.chars(CharSet.range('1', '9')),
              new Expression.Repeat(DIGIT, 0, MOST_DIGITS - 1)));

  /** A point and digits behind it, or nothing. */
  static final Expression FRACTION =
      Expression.optional(
          Expression.sequence(
              Expression.text("."), new Expression.Repeat(DIGIT, 1, MOST_FRACTION)));

  /** Any number. */
  static final Expression NUMBER =
      Expression.sequence(
          MINUS,
          NATURAL,
          FRACTION,
          Expression.optional(
              Expression.sequence(
                  Expression.chars(CharSet.of("eE")),
                  Expression.optional(Expression.chars(CharSet.of("+-"))),
                  new Expression.Repeat(DIGIT, 1, 2))));

  /** Any string. */
  static final Expression STRING = StringText.quoted(Expression.many(StringText.ANY));

  private final RuleSet rules;
  private final Expression space;
  private int value = -1;

  JsonText(RuleSet rules) {
    this.rules = rules;
    this.space =
        rules.add(
            "a space",
            Expression.optional(
                Expression.choice(
                    Expression.text(" "),
                    Expression.sequence(
                        Expression.text("\n"),
                        new Expression.Repeat(Expression.text(" "), 0, MOST_INDENT)))));
  }

  /** What may be between the parts of a value. */
  Expression space() {
    return space;
  }

  Expression comma() {
    return Expression.sequence(space, Expression.text(","), space);
  }

  /** A member of an object. */
  Expression member(Expression name, Expression itsValue) {
    return Expression.sequence(name, space, Expression.text(":"), space, itsValue);
  }

  Expression object(Expression members) {
    return Expression.sequence(Expression.text("{"), space, members, space, Expression.text("}"));
  }

  Expression array(Expression elements) {
    return Expression.sequence(Expression.text("["), space, elements, space, Expression.text("]"));
  }

  /** Some of the same, with commas between them. */
  Expression list(Expression element, int min, int max) {
    if (max == 0) {
      return Expression.EMPTY;
    }
    Expression more =
        new Expression.Repeat(
            Expression.sequence(comma(), element),
            Math.max(min - 1, 0),
            max == Expression.UNBOUNDED ? max : max - 1);
    Expression list = Expression.sequence(element, more);
    return min == 0 ? Expression.optional(list) : list;
  }

  /** Any value. */
  Expression value() {
    if (value < 0) {
      value = rules.declare("a JSON value");
      rules.define(value, Expression.choice(scalar(), anyObject(), anyArray()));
    }
    return new Expression.Reference(value);
  }

  private static Expression scalar() {
    return Expression.choice(STRING, NUMBER, FALSE_OR_TRUE, NULL);
  }

  Expression anyObject() {
    return object(list(member(STRING, value()), 0, Expression.UNBOUNDED));
  }

  Expression anyArray() {
    return array(list(value(), 0, Expression.UNBOUNDED));
  }
}
