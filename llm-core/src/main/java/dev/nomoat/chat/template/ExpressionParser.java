package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Expression.Comparison;
import dev.nomoat.chat.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses expressions: operators, with the precedence that Jinja gives them. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final Words words;
  private final OperandParser operands;

  ExpressionParser(Words words) {
    this.words = words;
    this.operands = new OperandParser(words, this);
  }

  Expression expression() {
    return expression(true);
  }

  private Expression expression(boolean conditional) {
    words.enter();
    Expression expression = conditional ? conditional() : or();
    words.leave();
    return expression;
  }

  /**
   * One expression, or a tuple of several.
   *
   * @param conditional whether {@code a if b else c} is allowed without parentheses
   * @param end a name that ends it
   */
  Expression tuple(boolean conditional, @Nullable String end) {
    return tuple(conditional, end, false);
  }

  /** What stands in parentheses: an expression, or a tuple of any number. */
  Expression parenthesized() {
    return tuple(true, null, true);
  }

  private Expression tuple(boolean conditional, @Nullable String end, boolean parentheses) {
    int at = words.peek().at();
    List<Expression> items = new ArrayList<>();
    boolean isTuple = false;
    while (!endsTuple(end)) {
      items.add(expression(conditional));
      if (!words.takeIfOperator(",")) {
        break;
      }
      isTuple = true;
    }
    if (!isTuple && !items.isEmpty()) {
      return items.getFirst();
    }
    if (!isTuple && !parentheses) {
      throw words.error("expected an expression, got " + words.peek().described());
    }
    return new Expression.ListOf(at, items, true);
  }

  private boolean endsTuple(@Nullable String end) {
    Token token = words.peek();
    return token.is(Kind.VARIABLE_END)
        || token.is(Kind.BLOCK_END)
        || token.isOperator(")")
        || (end != null && token.isName(end));
  }

  private Expression conditional() {
    boolean optional = words.optional;
    Expression then = or();
    while (words.peek().isName("if")) {
      // Filters in what was parsed already were checked as if it were always evaluated.
      int at = words.take().at();
      words.optional = true;
      Expression test = or();
      Expression otherwise = null;
      if (words.takeIfName("else")) {
        words.enter();
        otherwise = conditional();
        words.leave();
      }
      words.optional = optional;
      then = new Expression.Conditional(at, test, then, otherwise);
    }
    return then;
  }

  private Expression or() {
    Expression left = and();
    while (words.peek().isName("or")) {
      int at = words.take().at();
      left = new Expression.Logic(at, false, left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (words.peek().isName("and")) {
      int at = words.take().at();
      left = new Expression.Logic(at, true, left, not());
    }
    return left;
  }

  private Expression not() {
    if (!words.peek().isName("not")) {
      return compare();
    }
    int at = words.take().at();
    words.enter();
    Expression operand = not();
    words.leave();
    return new Expression.Not(at, operand);
  }

  private Expression compare() {
    Expression first = sum();
    int at = words.peek().at();
    List<Comparison> rest = new ArrayList<>();
    while (true) {
      Token token = words.peek();
      if (token.is(Kind.OPERATOR) && COMPARISONS.contains(token.text())) {
        words.take();
        rest.add(new Comparison(token.text(), sum()));
      } else if (words.takeIfName("in")) {
        rest.add(new Comparison("in", sum()));
      } else if (token.isName("not") && words.peekSecond().isName("in")) {
        words.take();
        words.take();
        rest.add(new Comparison("not in", sum()));
      } else {
        return rest.isEmpty() ? first : new Expression.Compare(at, first, rest);
      }
    }
  }

  private Expression sum() {
    Expression left = concat();
    while (words.peek().isOperator("+") || words.peek().isOperator("-")) {
      Token operator = words.take();
      left = new Expression.Binary(operator.at(), operator.text(), left, concat());
    }
    return left;
  }

  private Expression concat() {
    Expression first = product();
    if (!words.peek().isOperator("~")) {
      return first;
    }
    int at = words.peek().at();
    List<Expression> parts = new ArrayList<>(List.of(first));
    while (words.takeIfOperator("~")) {
      parts.add(product());
    }
    return new Expression.Concat(at, parts);
  }

  private Expression product() {
    Expression left = power();
    while (isProductOperator(words.peek())) {
      Token operator = words.take();
      left = new Expression.Binary(operator.at(), operator.text(), left, power());
    }
    return left;
  }

  private static boolean isProductOperator(Token token) {
    return token.isOperator("*")
        || token.isOperator("/")
        || token.isOperator("//")
        || token.isOperator("%");
  }

  private Expression power() {
    Expression left = unary(true);
    while (words.peek().isOperator("**")) {
      int at = words.take().at();
      left = new Expression.Binary(at, "**", left, unary(true));
    }
    return left;
  }

  private Expression unary(boolean withFilter) {
    Token token = words.peek();
    Expression value;
    if (token.isOperator("-") || token.isOperator("+")) {
      words.take();
      words.enter();
      value = new Expression.Sign(token.at(), token.isOperator("-"), unary(false));
      words.leave();
    } else {
      value = operands.primary();
    }
    value = operands.postfix(value);
    return withFilter ? operands.filters(value) : value;
  }

  /** The filters behind the keyword of a block, or behind what a block sets. */
  Expression blockFilters(Expression captured) {
    return operands.blockFilters(captured);
  }
}
