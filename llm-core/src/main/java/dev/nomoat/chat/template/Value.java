package dev.nomoat.chat.template;

import java.math.BigInteger;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A value of a template, with the meaning that Python gives it. All but namespaces are immutable.
 */
sealed interface Value
    permits Value.None,
        Value.Bool,
        Value.Int,
        Value.Real,
        Value.Items,
        Value.Range,
        Value.View,
        Value.Undefined,
        Value.Namespace,
        Text,
        Dict,
        Lazy,
        LoopState,
        Value.Callable {

  /** The name of the type in Python, for messages. */
  String type();

  /** Python's {@code None}. */
  enum None implements Value {
    NONE;

    @Override
    public String type() {
      return "NoneType";
    }
  }

  /** {@code True} or {@code False}, which count as 1 and 0. */
  record Bool(boolean value) implements Value {
    static final Bool TRUE = new Bool(true);
    static final Bool FALSE = new Bool(false);

    static Bool of(boolean value) {
      return value ? TRUE : FALSE;
    }

    @Override
    public String type() {
      return "bool";
    }
  }

  /** A whole number. */
  record Int(BigInteger value) implements Value {
    public Int {
      if (value.bitLength() > Limits.INTEGER_BITS) {
        throw new Fault("a number of more than %d bits".formatted(Limits.INTEGER_BITS));
      }
    }

    static Int of(long value) {
      return new Int(BigInteger.valueOf(value));
    }

    @Override
    public String type() {
      return "int";
    }
  }

  /** A floating-point number. */
  record Real(double value) implements Value {
    @Override
    public String type() {
      return "float";
    }
  }

  /**
   * A list or a tuple.
   *
   * @param names attributes of a tuple that stand for its values, in their order; mostly none
   */
  record Items(List<Value> values, boolean tuple, List<String> names) implements Value {
    static Items list(List<Value> values) {
      return new Items(Collections.unmodifiableList(values), false, List.of());
    }

    static Items tuple(List<Value> values) {
      return new Items(Collections.unmodifiableList(values), true, List.of());
    }

    static Items tuple(Value... values) {
      return named(List.of(), values);
    }

    static Items named(List<String> names, Value... values) {
      return new Items(List.of(values), true, names);
    }

    @Override
    public String type() {
      return tuple ? "tuple" : "list";
    }
  }

  /** What {@code range} makes. */
  record Range(BigInteger start, BigInteger stop, BigInteger step, int size) implements Value {
    Value at(int index) {
      return new Int(start.add(step.multiply(BigInteger.valueOf(index))));
    }

    @Override
    public String type() {
      return "range";
    }
  }

  /** What a dictionary's {@code keys}, {@code values} or {@code items} gives. */
  record View(Dict dict, Kind kind) implements Value {
    enum Kind {
      KEYS,
      VALUES,
      ITEMS
    }

    @Override
    public String type() {
      return switch (kind) {
        case KEYS -> "dict_keys";
        case VALUES -> "dict_values";
        case ITEMS -> "dict_items";
      };
    }
  }

  /**
   * What a name without a value stands for.
   *
   * @param message what to say when something is done with it that needs a value
   */
  record Undefined(String message) implements Value {
    static Undefined name(String name) {
      return new Undefined("'%s' is undefined".formatted(name));
    }

    Fault fault() {
      return new Fault("UndefinedError: " + message);
    }

    @Override
    public String type() {
      return "Undefined";
    }
  }

  /** What {@code namespace} makes: names whose values can be set from inner scopes. */
  record Namespace(Map<String, Value> values) implements Value {
    Namespace() {
      this(new LinkedHashMap<>());
    }

    @Override
    public String type() {
      return "Namespace";
    }

    // Compared by identity, as in Python; it may also contain itself.
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }

    @Override
    public String toString() {
      return "Namespace";
    }
  }

  /** A function, a macro, or a method of a value. */
  @FunctionalInterface
  non-sealed interface Callable extends Value {
    Value call(Arguments arguments, Machine machine);

    @Override
    default String type() {
      return "function";
    }
  }

  /** What functions, filters and tests may ask of the run that they are part of. */
  interface Machine {
    Budget budget();

    LocalDateTime now();

    Value filter(String name, Value input, Arguments arguments);

    Value test(String name, Value input, Arguments arguments);
  }
}
