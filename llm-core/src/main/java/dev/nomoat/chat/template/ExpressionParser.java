package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Expression.CallArguments;
import dev.nomoat.chat.template.Expression.Comparison;
import dev.nomoat.chat.template.Expression.Keyword;
import dev.nomoat.chat.template.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses expressions, with the precedence that Jinja gives the operators. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> SPECIAL_NAMES = Set.of("caller", "kwargs", "varargs");

  private final Words words;

  ExpressionParser(Words words) {
    this.words = words;
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
      value = primary();
    }
    value = postfix(value);
    return withFilter ? filters(value) : value;
  }

  private Expression primary() {
    Token token = words.take();
    return switch (token.kind()) {
      case NAME -> name(token);
      case STRING -> strings(token);
      case INTEGER -> new Expression.Literal(token.at(), integer(token));
      case FLOAT ->
          new Expression.Literal(token.at(), new Value.Real(Double.parseDouble(token.text())));
      case OPERATOR -> bracket(token);
      case DATA, VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, END ->
          throw words.error(token.at(), "unexpected " + token.described());
    };
  }

  private Expression name(Token token) {
    return switch (token.text()) {
      case "true", "True" -> new Expression.Literal(token.at(), Value.Bool.TRUE);
      case "false", "False" -> new Expression.Literal(token.at(), Value.Bool.FALSE);
      case "none", "None" -> new Expression.Literal(token.at(), Value.None.NONE);
      default -> {
        if (SPECIAL_NAMES.contains(token.text())) {
          words.specialNames.add(token.text());
        }
        yield new Expression.Name(token.at(), token.text());
      }
    };
  }

  /** Strings that stand side by side are one. */
  private Expression strings(Token first) {
    StringBuilder string = new StringBuilder(first.text());
    while (words.peek().is(Kind.STRING)) {
      string.append(words.take().text());
    }
    return new Expression.Literal(first.at(), Text.trusted(string.toString()));
  }

  private Value integer(Token token) {
    BigInteger whole = null;
    if (token.text().length() <= 4300) {
      boolean prefixed = token.text().matches("0[xXoObB].*");
      whole = PythonNumbers.parseWhole(token.text().toLowerCase(Locale.ROOT), prefixed ? 0 : 10);
    }
    if (whole == null) {
      throw words.error(token.at(), "the number is too long");
    }
    try {
      return new Value.Int(whole);
    } catch (Fault e) {
      throw words.error(token.at(), String.valueOf(e.getMessage()));
    }
  }

  private Expression bracket(Token open) {
    return switch (open.text()) {
      case "(" -> {
        words.enter();
        Expression inside = tuple(true, null, true);
        words.leave();
        words.expectOperator(")");
        yield inside;
      }
      case "[" -> new Expression.ListOf(open.at(), items("]"), false);
      case "{" -> dict(open);
      default -> throw words.error(open.at(), "unexpected " + open.described());
    };
  }

  private List<Expression> items(String close) {
    List<Expression> items = new ArrayList<>();
    while (!words.peek().isOperator(close)) {
      items.add(expression());
      if (!words.takeIfOperator(",")) {
        break;
      }
    }
    words.expectOperator(close);
    return items;
  }

  private Expression dict(Token open) {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!words.peek().isOperator("}")) {
      keys.add(expression());
      words.expectOperator(":");
      values.add(expression());
      if (!words.takeIfOperator(",")) {
        break;
      }
    }
    words.expectOperator("}");
    return new Expression.DictOf(open.at(), keys, values);
  }

  private Expression postfix(Expression value) {
    Expression result = value;
    while (true) {
      Token token = words.peek();
      if (token.isOperator(".")) {
        result = dotted(result, words.take().at());
      } else if (token.isOperator("[")) {
        result = subscript(result, words.take().at());
      } else if (token.isOperator("(")) {
        result = new Expression.Call(token.at(), result, arguments());
      } else {
        return result;
      }
    }
  }

  private Expression dotted(Expression object, int at) {
    Token token = words.take();
    return switch (token.kind()) {
      case NAME -> new Expression.Attribute(at, object, token.text());
      case INTEGER ->
          new Expression.Item(at, object, new Expression.Literal(token.at(), integer(token)));
      case DATA,
          VARIABLE_BEGIN,
          VARIABLE_END,
          BLOCK_BEGIN,
          BLOCK_END,
          STRING,
          FLOAT,
          OPERATOR,
          END ->
          throw words.error(token.at(), "expected name or number, got " + token.described());
    };
  }

  private Expression subscript(Expression object, int at) {
    List<Expression> keys = new ArrayList<>();
    while (!words.peek().isOperator("]")) {
      if (!keys.isEmpty()) {
        words.expectOperator(",");
      }
      if (words.peek().isOperator(":")) {
        return slice(object, at, none(at), keys.isEmpty());
      }
      Expression key = expression();
      if (words.peek().isOperator(":")) {
        return slice(object, at, key, keys.isEmpty());
      }
      keys.add(key);
    }
    words.expectOperator("]");
    Expression key = keys.size() == 1 ? keys.getFirst() : new Expression.ListOf(at, keys, true);
    return new Expression.Item(at, object, key);
  }

  private static Expression none(int at) {
    return new Expression.Literal(at, Value.None.NONE);
  }

  private Expression slice(Expression object, int at, Expression start, boolean alone) {
    words.expectOperator(":");
    Expression stop = bound(at);
    Expression step = words.takeIfOperator(":") ? bound(at) : none(at);
    if (!alone || !words.peek().isOperator("]")) {
      throw words.error(at, "a slice among several keys is not supported");
    }
    words.take();
    return new Expression.Slice(at, object, start, stop, step);
  }

  private Expression bound(int at) {
    Token token = words.peek();
    boolean none = token.isOperator(":") || token.isOperator("]") || token.isOperator(",");
    return none ? none(at) : expression();
  }

  private Expression filters(Expression value) {
    Expression result = value;
    while (true) {
      Token token = words.peek();
      if (token.isOperator("|")) {
        words.take();
        result = filter(result);
      } else if (token.isName("is")) {
        words.take();
        result = test(result, token.at());
      } else if (token.isOperator("(")) {
        result = new Expression.Call(token.at(), result, arguments());
      } else {
        return result;
      }
    }
  }

  /** The filters behind the keyword of a block, or behind what a block sets. */
  Expression blockFilters(Expression captured) {
    Expression result = filter(captured);
    while (words.takeIfOperator("|")) {
      result = filter(result);
    }
    return result;
  }

  private Expression filter(Expression input) {
    Token name = dottedName("a filter");
    if (!Filters.ALL.containsKey(name.text()) && !words.optional) {
      throw words.error(name.at(), unknown("filter", name.text(), Filters.UNSUPPORTED));
    }
    CallArguments arguments = words.peek().isOperator("(") ? arguments() : CallArguments.NONE;
    return new Expression.Filter(name.at(), input, name.text(), arguments);
  }

  /** What to say of a filter or test that is not there. */
  static String unknown(String kind, String name, Set<String> unsupported) {
    return unsupported.contains(name)
        ? "the %s %s is not supported".formatted(kind, name)
        : "No %s named '%s'".formatted(kind, name);
  }

  private Token dottedName(String what) {
    Token first = words.expect(Kind.NAME, what);
    StringBuilder name = new StringBuilder(first.text());
    while (words.takeIfOperator(".")) {
      name.append('.').append(words.expect(Kind.NAME, "a name").text());
    }
    return new Token(Kind.NAME, name.toString(), first.at());
  }

  private Expression test(Expression input, int at) {
    boolean negated = words.takeIfName("not");
    Token name = dottedName("a test");
    if (!Tests.ALL.containsKey(name.text()) && !words.optional) {
      throw words.error(name.at(), unknown("test", name.text(), Set.of()));
    }
    CallArguments arguments = CallArguments.NONE;
    Token next = words.peek();
    if (next.isOperator("(")) {
      arguments = arguments();
    } else if (startsTestArgument(next)) {
      if (next.isName("is")) {
        throw words.error("You cannot chain multiple tests with is");
      }
      arguments = new CallArguments(List.of(postfix(primary())), List.of(), null, null);
    }
    Expression test = new Expression.Test(name.at(), input, name.text(), arguments);
    return negated ? new Expression.Not(at, test) : test;
  }

  private static boolean startsTestArgument(Token token) {
    return switch (token.kind()) {
      case NAME -> !Set.of("else", "or", "and").contains(token.text());
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> token.text().equals("[") || token.text().equals("{");
      case DATA, VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, END -> false;
    };
  }

  CallArguments arguments() {
    int at = words.peek().at();
    words.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    List<Keyword> named = new ArrayList<>();
    Expression morePositional = null;
    Expression moreNamed = null;
    while (!words.peek().isOperator(")")) {
      boolean valid = moreNamed == null;
      if (words.takeIfOperator("*")) {
        valid &= morePositional == null;
        morePositional = expression();
      } else if (words.takeIfOperator("**")) {
        moreNamed = expression();
      } else if (words.peek().is(Kind.NAME) && words.peekSecond().isOperator("=")) {
        String name = words.take().text();
        words.take();
        named.add(new Keyword(name, expression()));
      } else {
        valid &= morePositional == null && named.isEmpty();
        positional.add(expression());
      }
      if (!valid) {
        throw words.error(at, "invalid syntax for function call expression");
      }
      if (!words.takeIfOperator(",")) {
        break;
      }
    }
    words.expectOperator(")");
    return new CallArguments(positional, named, morePositional, moreNamed);
  }
}
