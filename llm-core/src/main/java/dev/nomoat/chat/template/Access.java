package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Value.Bool;
import dev.nomoat.chat.template.Value.Callable;
import dev.nomoat.chat.template.Value.Int;
import dev.nomoat.chat.template.Value.Items;
import dev.nomoat.chat.template.Value.Namespace;
import dev.nomoat.chat.template.Value.None;
import dev.nomoat.chat.template.Value.Range;
import dev.nomoat.chat.template.Value.Real;
import dev.nomoat.chat.template.Value.Undefined;
import dev.nomoat.chat.template.Value.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What {@code value.name} and {@code value[key]} give, as Jinja's immutable sandbox has it. */
final class Access {
  private static final Set<String> LIST_CHANGES =
      Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");
  private static final Set<String> DICT_CHANGES =
      Set.of("clear", "pop", "popitem", "setdefault", "update");
  private static final Set<String> NUMBER_METHODS =
      Set.of(
          "as_integer_ratio",
          "bit_count",
          "bit_length",
          "conjugate",
          "denominator",
          "from_bytes",
          "fromhex",
          "hex",
          "imag",
          "is_integer",
          "numerator",
          "real",
          "to_bytes");

  private Access() {}

  /** What {@code value.name} is: the attribute, else the item, else undefined. */
  static Value attribute(Value value, String name) {
    Value attribute = own(value, name);
    if (attribute != null) {
      return attribute;
    }
    Value item = itemOrNull(value, Text.trusted(name));
    return item == null ? missing(value, name) : item;
  }

  /** What {@code value[key]} is: the item, else the attribute of that name, else undefined. */
  static Value item(Value value, Value key) {
    Value item = itemOrNull(value, key);
    if (item != null) {
      return item;
    }
    if (key instanceof Text name) {
      Value attribute = own(value, name.string());
      return attribute == null ? missing(value, name.string()) : attribute;
    }
    return new Undefined("%s has no such element".formatted(described(value)));
  }

  private static Undefined missing(Value value, String name) {
    return new Undefined("%s has no attribute '%s'".formatted(described(value), name));
  }

  private static String described(Value value) {
    return value == None.NONE ? "None" : "'%s object'".formatted(value.type());
  }

  private static @Nullable Value itemOrNull(Value value, Value key) {
    return switch (value) {
      case Undefined undefined -> throw undefined.fault();
      case Dict dict -> Values.isHashable(key) ? dict.get(key) : null;
      case Items items -> {
        int place = place(key, items.values().size());
        yield place < 0 ? null : items.values().get(place);
      }
      case Text text -> {
        int place = place(key, text.codePoints());
        yield place < 0 ? null : text.sub(text.offset(place), text.offset(place + 1));
      }
      case Range range -> {
        int place = place(key, range.size());
        yield place < 0 ? null : range.at(place);
      }
      case None _, Bool _, Int _, Real _, View _, Namespace _, Lazy _, Callable _, LoopState _ ->
          null;
    };
  }

  private static int place(Value key, int size) {
    return Values.whole(key) == null ? -1 : Values.place(Values.index(key), size);
  }

  /** An attribute that Python's type has, or nothing. */
  private static @Nullable Value own(Value value, String name) {
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (name.startsWith("__") && name.endsWith("__") && name.length() > 4) {
      return unsafe(value, name);
    }
    return switch (value) {
      case Text text -> StringMethods.of(text, name);
      case Dict dict -> ofDict(dict, name);
      case Items items -> ofItems(items, name);
      case LoopState loop -> loop.attribute(name);
      case Namespace namespace -> namespace.values().get(name);
      case Bool _, Int _, Real _ -> NUMBER_METHODS.contains(name) ? refused(value, name) : null;
      case Range _ ->
          Set.of("start", "stop", "step", "count", "index").contains(name)
              ? refused(value, name)
              : null;
      case View _ -> Set.of("isdisjoint", "mapping").contains(name) ? refused(value, name) : null;
      case Lazy _ ->
          Set.of("send", "throw", "close").contains(name) || name.startsWith("gi_")
              ? refused(value, name)
              : null;
      case Callable _ ->
          Set.of("name", "arguments", "caller", "catch_kwargs", "catch_varargs").contains(name)
              ? refused(value, name)
              : null;
      case None _, Undefined _ -> null;
    };
  }

  private static Undefined unsafe(Value value, String name) {
    return new Undefined(
        "access to attribute '%s' of '%s' object is unsafe".formatted(name, value.type()));
  }

  private static Value refused(Value value, String name) {
    throw Fault.unsupported("the attribute %s.%s".formatted(value.type(), name));
  }

  private static @Nullable Value ofDict(Dict dict, String name) {
    if (DICT_CHANGES.contains(name)) {
      return unsafe(dict, name);
    }
    return switch (name) {
      case "items" -> view(dict, View.Kind.ITEMS);
      case "keys" -> view(dict, View.Kind.KEYS);
      case "values" -> view(dict, View.Kind.VALUES);
      case "copy" -> (Callable) (_, _) -> dict;
      case "get" ->
          (Callable)
              (arguments, _) -> {
                var bound = arguments.bind("get", "key", "default");
                Value found = dict.get(bound.required(0));
                return found == null ? bound.get(1, None.NONE) : found;
              };
      case "fromkeys" -> refused(dict, name);
      default -> null;
    };
  }

  private static Callable view(Dict dict, View.Kind kind) {
    return (arguments, _) -> {
      arguments.bind("dict." + kind);
      return new View(dict, kind);
    };
  }

  private static @Nullable Value ofItems(Items items, String name) {
    if (!items.tuple() && LIST_CHANGES.contains(name)) {
      return unsafe(items, name);
    }
    if (items.names().contains(name)) {
      return items.values().get(items.names().indexOf(name));
    }
    return switch (name) {
      case "copy" -> items.tuple() ? null : (Callable) (_, _) -> items;
      case "count" ->
          (Callable)
              (arguments, machine) -> {
                Value wanted = arguments.bind("count", "value").required(0);
                Budget budget = machine.budget();
                return Int.of(
                    items.values().stream()
                        .filter(value -> Values.equal(value, wanted, budget))
                        .count());
              };
      case "index" ->
          (Callable)
              (arguments, machine) -> {
                Value wanted = arguments.bind("index", "value").required(0);
                for (int i = 0; i < items.values().size(); i++) {
                  if (Values.equal(items.values().get(i), wanted, machine.budget())) {
                    return Int.of(i);
                  }
                }
                throw Fault.value("the value is not in the list");
              };
      default -> null;
    };
  }

  /**
   * What Jinja calls an attribute getter: follows a path such as {@code function.name} or {@code
   * 0.name}.
   *
   * @param path the path, or nothing for the value itself
   * @param otherwise what takes the place of a part that is undefined, if anything
   */
  static UnaryOperator<Value> path(@Nullable Value path, @Nullable Value otherwise) {
    List<Value> parts = new ArrayList<>();
    if (path instanceof Text text) {
      for (String part : text.string().split("\\.", -1)) {
        boolean number = !part.isEmpty() && part.chars().allMatch(c -> c >= '0' && c <= '9');
        parts.add(number ? new Int(new java.math.BigInteger(part)) : Text.trusted(part));
      }
    } else if (path != null) {
      parts.add(path);
    }
    return value -> {
      Value at = value;
      for (Value part : parts) {
        at = item(at, part);
        at = at instanceof Undefined && otherwise != null ? otherwise : at;
      }
      return at;
    };
  }

  /** A path whose value is in lower case if it is text. */
  static Function<Value, Value> sortKey(
      @Nullable Value path, boolean caseSensitive, Budget budget) {
    UnaryOperator<Value> getter = path(path, null);
    return caseSensitive ? getter : value -> ignoreCase(getter.apply(value), budget);
  }

  static Value ignoreCase(Value value, Budget budget) {
    return value instanceof Text text ? Strings.lower(text, budget) : value;
  }
}
