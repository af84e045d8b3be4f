package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Expression.CallArguments;
import dev.nomoat.chat.template.Expression.Comparison;
import dev.nomoat.chat.template.Expression.Keyword;
import dev.nomoat.chat.template.Value.Bool;
import dev.nomoat.chat.template.Value.Callable;
import dev.nomoat.chat.template.Value.Items;
import dev.nomoat.chat.template.Value.Machine;
import dev.nomoat.chat.template.Value.Undefined;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the values of expressions. */
final class Evaluator implements Machine {
  private final Source source;
  private final Budget budget;
  private final LocalDateTime now;

  /** What the innermost block with a filter has written. */
  private Text captured = Text.EMPTY;

  Evaluator(Source source, Budget budget, LocalDateTime now) {
    this.source = source;
    this.budget = budget;
    this.now = now;
  }

  @Override
  public Budget budget() {
    return budget;
  }

  @Override
  public LocalDateTime now() {
    return now;
  }

  @Override
  public Value filter(String name, Value input, Arguments arguments) {
    Filters.Filter filter = Filters.ALL.get(name);
    if (filter == null) {
      throw new Fault(Filters.unknown(name));
    }
    return filter.apply(input, arguments, this);
  }

  @Override
  public Value test(String name, Value input, Arguments arguments) {
    Tests.Test test = Tests.ALL.get(name);
    if (test == null) {
      throw new Fault(Tests.unknown(name));
    }
    return Bool.of(test.holds(input, arguments, this));
  }

  /** The value of the filters of a block, given what the block has written. */
  Value filtered(Expression filters, Text written, Scope scope) {
    Text outer = captured;
    captured = written;
    Value value = value(filters, scope);
    captured = outer;
    return value;
  }

  boolean truth(Expression expression, Scope scope) {
    return Values.truth(value(expression, scope));
  }

  /** The value of an expression; errors in it get its place. */
  Value value(Expression expression, Scope scope) {
    try {
      budget.enter();
      Value value = evaluate(expression, scope);
      budget.leave();
      return value;
    } catch (Fault e) {
      throw source.error(expression.at(), String.valueOf(e.getMessage()));
    }
  }

  private Value evaluate(Expression expression, Scope scope) {
    return switch (expression) {
      case Expression.Literal literal -> literal.value();
      case Expression.Name name -> scope.get(name.name());
      case Expression.ListOf list -> {
        List<Value> values = values(list.items(), scope);
        yield list.tuple() ? Items.tuple(values) : Items.list(values);
      }
      case Expression.DictOf dict -> dict(dict, scope);
      case Expression.Attribute attribute ->
          Access.attribute(value(attribute.object(), scope), attribute.name());
      case Expression.Item item ->
          Access.item(value(item.object(), scope), value(item.key(), scope));
      case Expression.Slice slice ->
          Slices.slice(
              value(slice.object(), scope),
              value(slice.start(), scope),
              value(slice.stop(), scope),
              value(slice.step(), scope),
              budget);
      case Expression.Call call -> call(call, scope, Map.of());
      case Expression.Filter filter ->
          filter(
              filter.name(),
              value(filter.input(), scope),
              arguments(filter.arguments(), scope, Map.of()));
      case Expression.Test test ->
          test(
              test.name(),
              value(test.input(), scope),
              arguments(test.arguments(), scope, Map.of()));
      case Expression.Not not -> Bool.of(!truth(not.operand(), scope));
      case Expression.Sign sign -> {
        Value operand = value(sign.operand(), scope);
        yield sign.negative() ? Operators.negative(operand) : Operators.positive(operand);
      }
      case Expression.Binary binary ->
          Operators.binary(
              binary.operator(), value(binary.left(), scope), value(binary.right(), scope), budget);
      case Expression.Logic logic -> {
        Value left = value(logic.left(), scope);
        yield Values.truth(left) == logic.and() ? value(logic.right(), scope) : left;
      }
      case Expression.Concat concat -> {
        List<Text> parts = new ArrayList<>();
        for (Expression part : concat.parts()) {
          parts.add(PythonText.str(value(part, scope), budget));
        }
        yield Text.concat(budget, parts);
      }
      case Expression.Compare compare -> Bool.of(compare(compare, scope));
      case Expression.Conditional conditional -> conditional(conditional, scope);
      case Expression.Captured _ -> captured;
    };
  }

  private List<Value> values(List<Expression> expressions, Scope scope) {
    List<Value> values = new ArrayList<>(expressions.size());
    for (Expression expression : expressions) {
      values.add(value(expression, scope));
    }
    return values;
  }

  private Value dict(Expression.DictOf expression, Scope scope) {
    Dict dict = new Dict();
    for (int i = 0; i < expression.keys().size(); i++) {
      Value key = value(expression.keys().get(i), scope);
      dict.put(key, value(expression.values().get(i), scope));
    }
    return dict;
  }

  private boolean compare(Expression.Compare compare, Scope scope) {
    Value left = value(compare.first(), scope);
    for (Comparison comparison : compare.rest()) {
      Value right = value(comparison.right(), scope);
      boolean holds =
          switch (comparison.operator()) {
            case "in" -> Values.contains(right, left, budget);
            case "not in" -> !Values.contains(right, left, budget);
            default -> Operators.compare(comparison.operator(), left, right, budget);
          };
      if (!holds) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private Value conditional(Expression.Conditional conditional, Scope scope) {
    if (truth(conditional.test(), scope)) {
      return value(conditional.then(), scope);
    }
    Expression otherwise = conditional.otherwise();
    return otherwise == null
        ? new Undefined("the inline if-expression was false and has no else")
        : value(otherwise, scope);
  }

  /** Calls a function, with more named arguments than the call itself has. */
  Value call(Expression.Call call, Scope scope, Map<String, Value> more) {
    Value callee = value(call.callee(), scope);
    Arguments arguments = arguments(call.arguments(), scope, more);
    return switch (callee) {
      case Callable callable -> callable.call(arguments, this);
      case LoopState loop -> loop.recurse(arguments);
      case Undefined undefined -> throw undefined.fault();
      case Value _ -> throw Fault.type("'%s' object is not callable", callee.type());
    };
  }

  private Arguments arguments(CallArguments given, Scope scope, Map<String, Value> more) {
    List<Value> positional = values(given.positional(), scope);
    Map<String, Value> named = new LinkedHashMap<>();
    for (Keyword keyword : given.named()) {
      name(named, keyword.name(), value(keyword.value(), scope));
    }
    if (given.morePositional() != null) {
      Iterator<Value> values = Values.iterate(value(given.morePositional(), scope));
      positional.addAll(Lazy.rest(values, budget));
    }
    if (given.moreNamed() != null) {
      if (!(value(given.moreNamed(), scope) instanceof Dict dict)) {
        throw Fault.type("argument after ** must be a mapping");
      }
      for (Dict.Entry entry : dict.entries()) {
        name(named, Values.text(entry.key(), "a keyword").string(), entry.value());
      }
    }
    more.forEach((name, value) -> name(named, name, value));
    return new Arguments(positional, named);
  }

  private static void name(Map<String, Value> named, String name, Value value) {
    if (named.putIfAbsent(name, value) != null) {
      throw Fault.type("got multiple values for keyword argument '%s'", name);
    }
  }
}
