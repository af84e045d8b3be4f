package dev.nomoat.chat.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An expression; {@code at} is its place in the source. */
sealed interface Expression {
  int at();

  record Literal(int at, Value value) implements Expression {}

  record Name(int at, String name) implements Expression {}

  record ListOf(int at, List<Expression> items, boolean tuple) implements Expression {}

  record DictOf(int at, List<Expression> keys, List<Expression> values) implements Expression {}

  record Attribute(int at, Expression object, String name) implements Expression {}

  record Item(int at, Expression object, Expression key) implements Expression {}

  /** Bounds that are left out are {@code None}. */
  record Slice(int at, Expression object, Expression start, Expression stop, Expression step)
      implements Expression {}

  record Call(int at, Expression callee, CallArguments arguments) implements Expression {}

  record Filter(int at, Expression input, String name, CallArguments arguments)
      implements Expression {}

  record Test(int at, Expression input, String name, CallArguments arguments)
      implements Expression {}

  record Not(int at, Expression operand) implements Expression {}

  record Sign(int at, boolean negative, Expression operand) implements Expression {}

  record Binary(int at, String operator, Expression left, Expression right) implements Expression {}

  /** {@code and} or {@code or}. */
  record Logic(int at, boolean and, Expression left, Expression right) implements Expression {}

  /** Parts joined by {@code ~}. */
  record Concat(int at, List<Expression> parts) implements Expression {}

  record Compare(int at, Expression first, List<Comparison> rest) implements Expression {}

  record Conditional(int at, Expression test, Expression then, @Nullable Expression otherwise)
      implements Expression {}

  /** What a block with a filter has written. */
  record Captured(int at) implements Expression {}

  /** One of {@code == != < <= > >= in}, or {@code not in}, and its right side. */
  record Comparison(String operator, Expression right) {}

  /** The arguments of a call. */
  record CallArguments(
      List<Expression> positional,
      List<Keyword> named,
      @Nullable Expression morePositional,
      @Nullable Expression moreNamed) {
    static final CallArguments NONE = new CallArguments(List.of(), List.of(), null, null);
  }

  /** A named argument. */
  record Keyword(String name, Expression value) {}
}
