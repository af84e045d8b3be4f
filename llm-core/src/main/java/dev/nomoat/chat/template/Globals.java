package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Value.Callable;
import dev.nomoat.chat.template.Value.Machine;
import dev.nomoat.chat.template.Value.Namespace;
import dev.nomoat.chat.template.Value.Range;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** The functions that every template can call. */
final class Globals {
  static final Map<String, Callable> ALL =
      Map.of(
          "range",
          (arguments, _) -> range(arguments),
          "dict",
          Globals::dict,
          "namespace",
          Globals::namespace,
          "raise_exception",
          Globals::raise,
          "strftime_now",
          Globals::now,
          "joiner",
          (arguments, _) -> joiner(arguments),
          "cycler",
          (_, _) -> refuse("cycler"),
          "lipsum",
          (_, _) -> refuse("lipsum"));

  private Globals() {}

  private static Value refuse(String name) {
    throw Fault.unsupported("the function " + name);
  }

  private static Value range(Arguments arguments) {
    List<Value> bounds = arguments.positional();
    if (bounds.isEmpty() || bounds.size() > 3 || !arguments.named().isEmpty()) {
      throw Fault.type("range takes from 1 to 3 positional arguments");
    }
    BigInteger start = bounds.size() == 1 ? BigInteger.ZERO : whole(bounds.get(0));
    BigInteger stop = whole(bounds.get(bounds.size() == 1 ? 0 : 1));
    BigInteger step = bounds.size() == 3 ? whole(bounds.get(2)) : BigInteger.ONE;
    if (step.signum() == 0) {
      throw Fault.value("range() arg 3 must not be zero");
    }
    BigInteger span = stop.subtract(start).multiply(BigInteger.valueOf(step.signum()));
    BigInteger size =
        span.signum() <= 0
            ? BigInteger.ZERO
            : span.subtract(BigInteger.ONE).divide(step.abs()).add(BigInteger.ONE);
    if (size.compareTo(BigInteger.valueOf(Limits.RANGE)) > 0) {
      throw new Fault("a range of more than %d numbers".formatted(Limits.RANGE));
    }
    return new Range(start, stop, step, size.intValueExact());
  }

  private static BigInteger whole(Value value) {
    BigInteger whole = Values.whole(value);
    // Says what is wrong with anything that is no whole number.
    return whole == null ? BigInteger.valueOf(Values.index(value)) : whole;
  }

  private static Dict dict(Arguments arguments, Machine machine) {
    Dict dict = new Dict();
    if (arguments.positional().size() > 1) {
      throw Fault.type("dict expected at most 1 argument");
    }
    for (Value from : arguments.positional()) {
      if (from instanceof Dict other) {
        dict.putAll(other);
      } else {
        for (Value pair : Values.list(from, machine.budget())) {
          List<Value> both = Values.list(pair, machine.budget());
          if (both.size() != 2) {
            throw Fault.value("dict needs pairs of a key and a value");
          }
          dict.put(both.get(0), both.get(1));
        }
      }
    }
    arguments.named().forEach(dict::put);
    return dict;
  }

  private static Value namespace(Arguments arguments, Machine machine) {
    Namespace namespace = new Namespace();
    for (Dict.Entry entry : dict(arguments, machine).entries()) {
      namespace.values().put(Values.text(entry.key(), "namespace").string(), entry.value());
    }
    return namespace;
  }

  private static Value raise(Arguments arguments, Machine machine) {
    Value message = arguments.bind("raise_exception", "message").required(0);
    throw new Fault(PythonText.str(message, machine.budget()).string());
  }

  private static Value now(Arguments arguments, Machine machine) {
    String format = arguments.bind("strftime_now", "format").text(0).string();
    return Text.trusted(Strftime.format(format, machine.now()));
  }

  private static Value joiner(Arguments arguments) {
    Value separator = arguments.bind("joiner", "sep").get(0, Text.trusted(", "));
    boolean[] used = {false};
    return (Callable)
        (none, _) -> {
          none.bind("joiner");
          Value result = used[0] ? separator : Text.EMPTY;
          used[0] = true;
          return result;
        };
  }
}
