package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Value.Bool;
import dev.nomoat.chat.template.Value.Callable;
import dev.nomoat.chat.template.Value.Int;
import dev.nomoat.chat.template.Value.Items;
import dev.nomoat.chat.template.Value.Machine;
import dev.nomoat.chat.template.Value.None;
import dev.nomoat.chat.template.Value.Range;
import dev.nomoat.chat.template.Value.Real;
import dev.nomoat.chat.template.Value.Undefined;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/** The tests: {@code value is name(arguments)}. */
final class Tests {
  /** A test. */
  @FunctionalInterface
  interface Test {
    boolean holds(Value value, Arguments arguments, Machine machine);
  }

  static final Map<String, Test> ALL = new HashMap<>();

  private Tests() {}

  static {
    is("defined", value -> !(value instanceof Undefined));
    is("undefined", value -> value instanceof Undefined);
    is("none", value -> value == None.NONE);
    is("boolean", value -> value instanceof Bool);
    is("true", value -> value instanceof Bool bool && bool.value());
    is("false", value -> value instanceof Bool bool && !bool.value());
    is("integer", value -> value instanceof Int);
    is("float", value -> value instanceof Real);
    is("number", Values::isNumber);
    is("string", value -> value instanceof Text);
    is("mapping", value -> value instanceof Dict);
    is("iterable", value -> Values.isIterable(value) || value instanceof LoopState);
    is("sequence", Tests::isSequence);
    is(
        "callable",
        value ->
            value instanceof Callable || value instanceof LoopState || value instanceof Undefined);
    is("escaped", value -> value instanceof Text text && text.markup());
    ALL.put("odd", (value, arguments, machine) -> parity(value, arguments, machine, "odd", 1));
    ALL.put("even", (value, arguments, machine) -> parity(value, arguments, machine, "even", 0));
    ALL.put("lower", (value, arguments, machine) -> cased(value, arguments, machine, false));
    ALL.put("upper", (value, arguments, machine) -> cased(value, arguments, machine, true));
    with("divisibleby", (value, other, budget) -> modulo(value, other, 0, budget));
    with("sameas", Tests::same);
    ALL.put(
        "in",
        (value, arguments, machine) ->
            Values.contains(arguments.bind("in", "seq").required(0), value, machine.budget()));
    for (String operator : new String[] {"==", "!=", "<", "<=", ">", ">="}) {
      with(operator, (value, other, budget) -> Operators.compare(operator, value, other, budget));
    }
    alias("==", "eq", "equalto");
    alias("!=", "ne");
    alias("<", "lt", "lessthan");
    alias("<=", "le");
    alias(">", "gt", "greaterthan");
    alias(">=", "ge");
    ALL.put("filter", (value, arguments, _) -> known(value, arguments, "filter"));
    ALL.put("test", (value, arguments, _) -> known(value, arguments, "test"));
  }

  private static void is(String name, Predicate<Value> test) {
    ALL.put(
        name,
        (value, arguments, _) -> {
          arguments.bind(name);
          return test.test(value);
        });
  }

  private interface Comparison {
    boolean holds(Value value, Value other, Budget budget);
  }

  private static void with(String name, Comparison test) {
    ALL.put(
        name,
        (value, arguments, machine) ->
            test.holds(value, arguments.bind(name, "other").required(0), machine.budget()));
  }

  private static void alias(String name, String... others) {
    for (String other : others) {
      ALL.put(other, ALL.getOrDefault(name, (_, _, _) -> false));
    }
  }

  private static boolean isSequence(Value value) {
    return value instanceof Text
        || value instanceof Items
        || value instanceof Dict
        || value instanceof Range
        || value instanceof Undefined;
  }

  private static boolean parity(
      Value value, Arguments arguments, Machine machine, String name, int rest) {
    arguments.bind(name);
    return modulo(value, Int.of(2), rest, machine.budget());
  }

  private static boolean modulo(Value value, Value by, int rest, Budget budget) {
    if (value instanceof Text) {
      throw Fault.type("not all arguments converted during string formatting");
    }
    return Values.equal(Operators.binary("%", value, by, budget), Int.of(rest), budget);
  }

  private static boolean cased(Value value, Arguments arguments, Machine machine, boolean upper) {
    arguments.bind(upper ? "upper" : "lower");
    return Strings.allCased(
        PythonText.str(value, machine.budget()),
        upper ? Character::isUpperCase : Character::isLowerCase);
  }

  /** Identity, as far as it does not depend on what Python happens to share. */
  @SuppressWarnings("ReferenceEquality")
  private static boolean same(Value a, Value b, Budget budget) {
    return switch (a) {
      case None _, Bool _ -> a.equals(b);
      case Value _ when Values.equal(a, b, budget) && a != b ->
          throw Fault.unsupported("sameas for values of type " + a.type());
      case Value _ -> a == b;
    };
  }

  private static boolean known(Value value, Arguments arguments, String kind) {
    arguments.bind(kind);
    if (!(Values.hashable(value) instanceof String name)) {
      return false;
    }
    return kind.equals("test")
        ? ALL.containsKey(name)
        : Filters.ALL.containsKey(name) || Filters.UNSUPPORTED.contains(name);
  }

  /** What to say of a test that is not there. */
  static String unknown(String name) {
    return "No test named '%s'".formatted(name);
  }
}
