package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Expression.CallArguments;
import dev.nomoat.chat.template.Expression.Keyword;
import dev.nomoat.chat.template.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Parses the operands of expressions, with all that may stand behind one. */
final class OperandParser {
  private static final Set<String> SPECIAL_NAMES = Set.of("caller", "kwargs", "varargs");

  private final Words words;
  private final ExpressionParser expressions;

  OperandParser(Words words, ExpressionParser expressions) {
    this.words = words;
    this.expressions = expressions;
  }

  /** A literal, a name, or something in brackets. */
  Expression primary() {
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
        words.names.read(token.text());
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
        Expression inside = expressions.parenthesized();
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
      items.add(expressions.expression());
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
      keys.add(expressions.expression());
      words.expectOperator(":");
      values.add(expressions.expression());
      if (!words.takeIfOperator(",")) {
        break;
      }
    }
    words.expectOperator("}");
    return new Expression.DictOf(open.at(), keys, values);
  }

  /** An operand with the attributes, items and calls behind it. */
  Expression postfix(Expression value) {
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
      Expression key = expressions.expression();
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
    return none ? none(at) : expressions.expression();
  }

  /** An operand with the filters and tests behind it. */
  Expression filters(Expression value) {
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

  /** One filter or more. */
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
      throw words.error(name.at(), Filters.unknown(name.text()));
    }
    CallArguments arguments = words.peek().isOperator("(") ? arguments() : CallArguments.NONE;
    return new Expression.Filter(name.at(), input, name.text(), arguments);
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
      throw words.error(name.at(), Tests.unknown(name.text()));
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

  private CallArguments arguments() {
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
        morePositional = expressions.expression();
      } else if (words.takeIfOperator("**")) {
        moreNamed = expressions.expression();
      } else if (words.peek().is(Kind.NAME) && words.peekSecond().isOperator("=")) {
        String name = words.take().text();
        words.take();
        named.add(new Keyword(name, expressions.expression()));
      } else {
        valid &= morePositional == null && named.isEmpty();
        positional.add(expressions.expression());
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
