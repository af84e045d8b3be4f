package dev.nomoat.grammar.schema;

import dev.nomoat.grammar.automaton.CharSet;
import dev.nomoat.grammar.automaton.Expression;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/** Decimal numbers within bounds: exactly those, digit by digit. */
final class NumberText {
  /** Digits behind the point in which a number may differ from its bounds. */
  private static final int MORE_DIGITS = 15;

  private static final Expression REST = new Expression.Repeat(JsonText.DIGIT, 0, MORE_DIGITS);
  private static final Expression ZEROS =
      new Expression.Repeat(Expression.text("0"), 0, MORE_DIGITS);

  /** Digits of which one is not zero. */
  private static final Expression ABOVE_ZERO =
      Expression.sequence(ZEROS, Expression.chars(CharSet.range('1', '9')), REST);

  private NumberText() {}

  /** The integers from one to another; nothing if the first is greater. */
  static Expression integers(BigInteger from, BigInteger to) {
    List<Expression> ways = new ArrayList<>();
    BigInteger zero = BigInteger.ZERO;
    BigInteger one = BigInteger.ONE;
    if (from.signum() < 0) {
      BigInteger least = to.signum() < 0 ? to.negate() : one;
      ways.add(Expression.sequence(Expression.text("-"), natural(least, from.negate())));
    }
    if (to.signum() >= 0) {
      ways.add(natural(from.max(zero), to));
    }
    return new Expression.Choice(ways);
  }

  /** Whole numbers of which none is negative. */
  private static Expression natural(BigInteger from, BigInteger to) {
    List<Expression> ways = new ArrayList<>();
    String low = from.toString();
    String high = to.toString();
    if (from.compareTo(to) <= 0) {
      for (int length = low.length(); length <= high.length(); length++) {
        String first = length == low.length() ? low : "1" + "0".repeat(length - 1);
        String last = length == high.length() ? high : "9".repeat(length);
        ways.add(sameLength(first, last));
      }
    }
    return new Expression.Choice(ways);
  }

  /** Texts of digits of one length, from one to another. */
  private static Expression sameLength(String low, String high) {
    int same = 0;
    while (same < low.length() && low.charAt(same) == high.charAt(same)) {
      same++;
    }
    Expression start = Expression.text(low.substring(0, same));
    if (same == low.length()) {
      return start;
    }
    int left = low.length() - same - 1;
    char a = low.charAt(same);
    char b = high.charAt(same);
    List<Expression> ways = new ArrayList<>();
    ways.add(Expression.sequence(digit(a, a), atLeast(low.substring(same + 1))));
    if (b - a > 1) {
      ways.add(Expression.sequence(digit(a + 1, b - 1), digits(left)));
    }
    ways.add(Expression.sequence(digit(b, b), atMost(high.substring(same + 1))));
    return Expression.sequence(start, new Expression.Choice(ways));
  }

  private static Expression digit(int from, int to) {
    return Expression.chars(CharSet.range(from, to));
  }

  private static Expression digits(int count) {
    return new Expression.Repeat(JsonText.DIGIT, count, count);
  }

  private static Expression atLeast(String low) {
    Expression rest = Expression.EMPTY;
    for (int i = low.length() - 1; i >= 0; i--) {
      char c = low.charAt(i);
      Expression equal = Expression.sequence(digit(c, c), rest);
      rest =
          c == '9'
              ? equal
              : Expression.choice(
                  equal, Expression.sequence(digit(c + 1, '9'), digits(low.length() - 1 - i)));
    }
    return rest;
  }

  private static Expression atMost(String high) {
    Expression rest = Expression.EMPTY;
    for (int i = high.length() - 1; i >= 0; i--) {
      char c = high.charAt(i);
      Expression equal = Expression.sequence(digit(c, c), rest);
      rest =
          c == '0'
              ? equal
              : Expression.choice(
                  equal, Expression.sequence(digit('0', c - 1), digits(high.length() - 1 - i)));
    }
    return rest;
  }

  /**
   * A bound of numbers.
   *
   * @param value the bound
   * @param open whether it is itself out
   */
  record Bound(BigDecimal value, boolean open) {
    Bound negate() {
      return new Bound(value.negate(), open);
    }

    BigInteger whole() {
      return value.setScale(0, RoundingMode.FLOOR).toBigInteger();
    }

    /** The digits behind the point, without zeros at the end; of bounds that are not negative. */
    String fraction() {
      BigDecimal rest = value.subtract(new BigDecimal(whole())).stripTrailingZeros();
      String digits = rest.toPlainString();
      return rest.signum() == 0 ? "" : digits.substring(2);
    }
  }

  /** Numbers between bounds, written without exponent. */
  static Expression numbers(Bound low, Bound high) {
    List<Expression> ways = new ArrayList<>();
    Bound zero = new Bound(BigDecimal.ZERO, false);
    if (low.value.signum() < 0) {
      Bound above = new Bound(BigDecimal.ZERO, true);
      Bound least = high.value.signum() < 0 ? high.negate() : above;
      ways.add(Expression.sequence(Expression.text("-"), positive(least, low.negate())));
    }
    if (high.value.signum() >= 0) {
      ways.add(positive(low.value.signum() < 0 ? zero : low, high));
    }
    return new Expression.Choice(ways);
  }

  /** Numbers between bounds of which none is negative. */
  private static Expression positive(Bound low, Bound high) {
    int order = low.value.compareTo(high.value);
    if (order > 0 || (order == 0 && (low.open || high.open))) {
      return Expression.NOTHING;
    }
    BigInteger first = low.whole();
    BigInteger last = high.whole();
    if (first.equals(last)) {
      return Expression.sequence(
          Expression.text(first.toString()),
          between(low.fraction(), low.open, high.fraction(), high.open));
    }
    BigInteger one = BigInteger.ONE;
    return Expression.choice(
        Expression.sequence(Expression.text(first.toString()), above(low.fraction(), low.open)),
        Expression.sequence(natural(first.add(one), last.subtract(one)), JsonText.FRACTION),
        Expression.sequence(Expression.text(last.toString()), below(high.fraction(), high.open)));
  }

  private static Expression point(Expression digits) {
    return Expression.sequence(Expression.text("."), digits);
  }

  /** Nothing, or a point and digits, that together are at least a fraction. */
  private static Expression above(String low, boolean open) {
    if (low.isEmpty()) {
      return open ? point(ABOVE_ZERO) : JsonText.FRACTION;
    }
    return point(digitsAbove(low, open));
  }

  private static Expression digitsAbove(String low, boolean open) {
    Expression rest = open ? ABOVE_ZERO : REST;
    for (int i = low.length() - 1; i >= 0; i--) {
      char c = low.charAt(i);
      Expression equal = Expression.sequence(digit(c, c), rest);
      rest =
          c == '9' ? equal : Expression.choice(equal, Expression.sequence(digit(c + 1, '9'), REST));
    }
    return rest;
  }

  /** Nothing, or a point and digits, that together are at most a fraction. */
  private static Expression below(String high, boolean open) {
    if (high.isEmpty()) {
      return open
          ? Expression.NOTHING
          : Expression.optional(point(Expression.sequence(Expression.text("0"), ZEROS)));
    }
    return Expression.optional(point(digitsBelow(high, open)));
  }

  /** At least one digit, so that it may follow a point. */
  private static Expression digitsBelow(String high, boolean open) {
    Expression rest = open ? Expression.NOTHING : ZEROS;
    for (int i = high.length() - 1; i >= 0; i--) {
      char c = high.charAt(i);
      // Where the digits end before those of the bound, the number is less.
      Expression more = i == high.length() - 1 ? rest : Expression.optional(rest);
      Expression equal = Expression.sequence(digit(c, c), more);
      rest =
          c == '0' ? equal : Expression.choice(equal, Expression.sequence(digit('0', c - 1), REST));
    }
    return rest;
  }

  private static Expression between(String low, boolean lowOpen, String high, boolean highOpen) {
    int length = Math.max(low.length(), high.length());
    String a = low + "0".repeat(length - low.length());
    String b = high + "0".repeat(length - high.length());
    int same = 0;
    while (same < length && a.charAt(same) == b.charAt(same)) {
      same++;
    }
    if (same == length) {
      // Both bounds are the same number.
      return low.isEmpty()
          ? Expression.optional(point(Expression.sequence(Expression.text("0"), ZEROS)))
          : point(Expression.sequence(Expression.text(low), ZEROS));
    }
    char first = a.charAt(same);
    char last = b.charAt(same);
    String lowRest = stripped(a.substring(same + 1));
    String highRest = stripped(b.substring(same + 1));
    List<Expression> ways = new ArrayList<>();
    ways.add(Expression.sequence(digit(first, first), lowEnd(lowRest, lowOpen)));
    if (last - first > 1) {
      ways.add(Expression.sequence(digit(first + 1, last - 1), REST));
    }
    ways.add(Expression.sequence(digit(last, last), highEnd(highRest, highOpen)));
    Expression digits =
        point(
            Expression.sequence(
                Expression.text(a.substring(0, same)), new Expression.Choice(ways)));
    if (lowOpen) {
      return digits;
    }
    // the lower bound itself, with as many zeros behind it as the upper one has, too
    List<Expression> all = new ArrayList<>(List.of(digits));
    for (int end = Math.max(1, low.length()); end <= same; end++) {
      all.add(point(Expression.text(a.substring(0, end))));
    }
    Expression any = new Expression.Choice(all);
    return low.isEmpty() ? Expression.optional(any) : any;
  }

  private static String stripped(String digits) {
    return digits.replaceAll("0+$", "");
  }

  private static Expression lowEnd(String low, boolean open) {
    return low.isEmpty() ? (open ? ABOVE_ZERO : REST) : digitsAbove(low, open);
  }

  private static Expression highEnd(String high, boolean open) {
    if (high.isEmpty()) {
      return open ? Expression.NOTHING : ZEROS;
    }
    return Expression.optional(digitsBelow(high, open));
  }

  /** Integers of up to 18 digits that a number divides. */
  static Expression multiples(int divisor, RuleSet rules) {
    // By the digits that may still follow, and the remainder of those before them.
    int[][] ids = new int[JsonText.MOST_DIGITS][divisor];
    for (int left = 0; left < ids.length; left++) {
      for (int remainder = 0; remainder < divisor; remainder++) {
        ids[left][remainder] = rules.declare("multiples of " + divisor);
        List<Expression> ways = new ArrayList<>();
        if (remainder == 0) {
          ways.add(Expression.EMPTY);
        }
        for (int digit = 0; digit <= 9 && left > 0; digit++) {
          ways.add(step(digit, ids[left - 1][(remainder * 10 + digit) % divisor]));
        }
        rules.define(ids[left][remainder], new Expression.Choice(ways));
      }
    }
    List<Expression> first = new ArrayList<>();
    for (int digit = 1; digit <= 9; digit++) {
      first.add(step(digit, ids[ids.length - 1][digit % divisor]));
    }
    return Expression.choice(
        Expression.text("0"),
        Expression.sequence(
            Expression.optional(Expression.text("-")), new Expression.Choice(first)));
  }

  private static Expression step(int digit, int rule) {
    return Expression.sequence(digit('0' + digit, '0' + digit), new Expression.Reference(rule));
  }
}
