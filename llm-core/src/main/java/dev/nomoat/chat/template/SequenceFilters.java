package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Filters.Filter;
import dev.nomoat.chat.template.Value.Bool;
import dev.nomoat.chat.template.Value.Int;
import dev.nomoat.chat.template.Value.Items;
import dev.nomoat.chat.template.Value.Machine;
import dev.nomoat.chat.template.Value.Undefined;
import dev.nomoat.chat.template.Value.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The filters that take sequences and dictionaries. */
final class SequenceFilters {
  static final Map<String, Filter> ALL = new HashMap<>();

  /** The names of what is in a group of {@code groupby}. */
  private static final List<String> GROUP = List.of("grouper", "list");

  private SequenceFilters() {}

  static {
    ALL.put("length", SequenceFilters::length);
    ALL.put("count", SequenceFilters::length);
    ALL.put("first", SequenceFilters::first);
    ALL.put("last", SequenceFilters::last);
    ALL.put("list", SequenceFilters::list);
    ALL.put("join", SequenceFilters::join);
    ALL.put("reverse", SequenceFilters::reverse);
    ALL.put("sort", SequenceFilters::sort);
    ALL.put("groupby", SequenceFilters::groupBy);
    ALL.put("dictsort", SequenceFilters::dictSort);
    ALL.put("items", SequenceFilters::items);
    ALL.put("unique", SequenceFilters::unique);
    ALL.put("map", SequenceFilters::map);
    ALL.put("sum", SequenceFilters::sum);
    ALL.put("batch", SequenceFilters::batch);
    ALL.put("slice", SequenceFilters::slice);
    ALL.put("min", (input, arguments, machine) -> extreme(input, arguments, machine, false));
    ALL.put("max", (input, arguments, machine) -> extreme(input, arguments, machine, true));
    ALL.put("select", (input, arguments, machine) -> select(input, arguments, machine, true));
    ALL.put("reject", (input, arguments, machine) -> select(input, arguments, machine, false));
    ALL.put("selectattr", (input, args, machine) -> selectAttribute(input, args, machine, true));
    ALL.put("rejectattr", (input, args, machine) -> selectAttribute(input, args, machine, false));
  }

  private static Value length(Value input, Arguments arguments, Machine machine) {
    arguments.bind("length");
    int length = Values.length(input);
    if (length < 0) {
      throw Fault.type("object of type '%s' has no len()", input.type());
    }
    return Int.of(length);
  }

  private static Value first(Value input, Arguments arguments, Machine machine) {
    arguments.bind("first");
    Iterator<Value> values = Values.iterate(input);
    return values.hasNext() ? values.next() : new Undefined("No first item, sequence was empty.");
  }

  private static Value last(Value input, Arguments arguments, Machine machine) {
    arguments.bind("last");
    Iterator<Value> values = reversed(input, machine.budget()).iterator();
    return values.hasNext() ? values.next() : new Undefined("No last item, sequence was empty.");
  }

  /** The items from the last to the first; refused for what Python cannot reverse. */
  private static List<Value> reversed(Value input, Budget budget) {
    if (input instanceof Lazy || !Values.isIterable(input)) {
      throw Fault.type("'%s' object is not reversible", input.type());
    }
    if (input instanceof Text text) {
      budget.spend(text.length());
    }
    List<Value> values = Values.list(input, budget);
    return values.reversed();
  }

  private static Value list(Value input, Arguments arguments, Machine machine) {
    arguments.bind("list");
    return Items.list(Values.list(input, machine.budget()));
  }

  private static Value join(Value input, Arguments arguments, Machine machine) {
    Budget budget = machine.budget();
    var bound = arguments.bind("join", "d", "attribute");
    Text separator = PythonText.str(bound.get(0, Text.EMPTY), budget);
    Function<Value, Value> getter = Access.path(bound.optional(1), null);
    List<Text> parts = new ArrayList<>();
    for (Iterator<Value> values = Values.iterate(input); values.hasNext(); ) {
      budget.spend(1);
      parts.add(PythonText.str(getter.apply(values.next()), budget));
    }
    return Strings.join(separator, parts, budget);
  }

  private static Value reverse(Value input, Arguments arguments, Machine machine) {
    arguments.bind("reverse");
    if (input instanceof Text text) {
      return Slices.slice(text, Value.None.NONE, Value.None.NONE, Int.of(-1), machine.budget());
    }
    if (input instanceof Lazy) {
      List<Value> values = new ArrayList<>(Values.list(input, machine.budget()));
      Collections.reverse(values);
      return Items.list(values);
    }
    if (!Values.isIterable(input)) {
      throw new Fault("argument must be iterable");
    }
    return new Lazy(reversed(input, machine.budget()).iterator());
  }

  private static Value sort(Value input, Arguments arguments, Machine machine) {
    var bound = arguments.bind("sort", "reverse", "case_sensitive", "attribute");
    Budget budget = machine.budget();
    boolean caseSensitive = bound.truth(1, false);
    List<Function<Value, Value>> keys = new ArrayList<>();
    if (bound.optional(2) instanceof Text paths) {
      for (Text path : Strings.split(paths, Text.trusted(","), -1, budget)) {
        keys.add(Access.sortKey(path, caseSensitive, budget));
      }
    } else {
      keys.add(Access.sortKey(bound.optional(2), caseSensitive, budget));
    }
    Function<Value, Value> key =
        value -> Items.list(keys.stream().map(each -> each.apply(value)).toList());
    return Items.list(Sorting.sort(Values.list(input, budget), key, bound.truth(0, false), budget));
  }

  private static Value groupBy(Value input, Arguments arguments, Machine machine) {
    var bound = arguments.bind("groupby", "attribute", "default", "case_sensitive");
    Budget budget = machine.budget();
    bound.required(0);
    UnaryOperator<Value> getter = Access.path(bound.optional(0), bound.optional(1));
    Function<Value, Value> key =
        bound.truth(2, false) ? getter : value -> Access.ignoreCase(getter.apply(value), budget);
    List<Value> groups = new ArrayList<>();
    List<Value> group = new ArrayList<>();
    Value groupKey = null;
    for (Value value : Sorting.sort(Values.list(input, budget), key, false, budget)) {
      Value thisKey = key.apply(value);
      if (groupKey == null || !Values.equal(groupKey, thisKey, budget)) {
        group = new ArrayList<>();
        groups.add(Items.named(GROUP, getter.apply(value), Items.list(group)));
      }
      groupKey = thisKey;
      group.add(value);
    }
    return Items.list(groups);
  }

  private static Value dictSort(Value input, Arguments arguments, Machine machine) {
    var bound = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
    String by = Values.text(bound.get(1, Text.trusted("key")), "dictsort").string();
    if (!by.equals("key") && !by.equals("value")) {
      throw new Fault("You can only sort by either \"key\" or \"value\"");
    }
    boolean caseSensitive = bound.truth(0, false);
    Budget budget = machine.budget();
    Function<Value, Value> key =
        pair -> {
          Value part = ((Items) pair).values().get(by.equals("key") ? 0 : 1);
          return caseSensitive ? part : Access.ignoreCase(part, budget);
        };
    List<Value> pairs = Values.list(new View(mapping(input), View.Kind.ITEMS), budget);
    return Items.list(Sorting.sort(pairs, key, bound.truth(2, false), budget));
  }

  static Dict mapping(Value input) {
    return switch (input) {
      case Dict dict -> dict;
      case Undefined undefined -> throw undefined.fault();
      case Value _ -> throw Fault.type("a mapping is needed, not '%s'", input.type());
    };
  }

  private static Value items(Value input, Arguments arguments, Machine machine) {
    arguments.bind("items");
    return Lazy.of(
        () ->
            input instanceof Undefined
                ? List.of()
                : Values.list(new View(mapping(input), View.Kind.ITEMS), machine.budget()));
  }

  private static Value unique(Value input, Arguments arguments, Machine machine) {
    var bound = arguments.bind("unique", "case_sensitive", "attribute");
    Function<Value, Value> key =
        Access.sortKey(bound.optional(1), bound.truth(0, false), machine.budget());
    Set<Object> seen = new HashSet<>();
    return Lazy.filter(started(input, false), value -> seen.add(Values.hashable(key.apply(value))));
  }

  /**
   * The items of a sequence, which is looked at when the first is asked for.
   *
   * @param onlyIfTrue whether a value that counts as false has no items
   */
  private static Iterator<Value> started(Value input, boolean onlyIfTrue) {
    return new Iterator<>() {
      private @Nullable Iterator<Value> values;

      private Iterator<Value> values() {
        if (values == null) {
          boolean none = onlyIfTrue && !Values.truth(input);
          values = none ? Collections.emptyIterator() : Values.iterate(input);
        }
        return values;
      }

      @Override
      public boolean hasNext() {
        return values().hasNext();
      }

      @Override
      public Value next() {
        return values().next();
      }
    };
  }

  private static Value map(Value input, Arguments arguments, Machine machine) {
    if (!Values.truth(input)) {
      return new Lazy(Collections.emptyIterator());
    }
    return Lazy.map(started(input, true), lazily(() -> change(arguments, machine)));
  }

  private static Function<Value, Value> change(Arguments arguments, Machine machine) {
    if (!arguments.positional().isEmpty()) {
      String name = Values.text(arguments.positional().getFirst(), "map").string();
      Arguments rest = arguments.skip(1);
      return value -> machine.filter(name, value, rest);
    }
    if (!arguments.named().containsKey("attribute")) {
      throw new Fault("map requires a filter argument");
    }
    var bound = arguments.bind("map", "attribute", "default");
    return Access.path(bound.optional(0), bound.optional(1));
  }

  /** A function that is made when it is first needed, as in Python's generators. */
  private static Function<Value, Value> lazily(
      java.util.function.Supplier<Function<Value, Value>> maker) {
    return new Function<>() {
      private @Nullable Function<Value, Value> made;

      @Override
      public Value apply(Value value) {
        if (made == null) {
          made = maker.get();
        }
        return made.apply(value);
      }
    };
  }

  private static Value select(Value input, Arguments arguments, Machine machine, boolean wanted) {
    Function<Value, Value> test = lazily(() -> test(arguments, 0, machine));
    return Lazy.filter(started(input, true), value -> Values.truth(test.apply(value)) == wanted);
  }

  private static Value selectAttribute(
      Value input, Arguments arguments, Machine machine, boolean wanted) {
    Function<Value, Value> test =
        lazily(
            () -> {
              if (arguments.positional().isEmpty()) {
                throw new Fault("Missing parameter for attribute name");
              }
              Function<Value, Value> getter = Access.path(arguments.positional().getFirst(), null);
              return getter.andThen(test(arguments, 1, machine));
            });
    Predicate<Value> kept = value -> Values.truth(test.apply(value)) == wanted;
    return Lazy.filter(started(input, true), kept);
  }

  /** The test that the arguments name from {@code first} on, or truth if they name none. */
  private static Function<Value, Value> test(Arguments arguments, int first, Machine machine) {
    if (arguments.positional().size() <= first) {
      return value -> Bool.of(Values.truth(value));
    }
    String name = Values.text(arguments.positional().get(first), "select").string();
    Arguments rest = arguments.skip(first + 1);
    return value -> machine.test(name, value, rest);
  }

  private static Value sum(Value input, Arguments arguments, Machine machine) {
    var bound = arguments.bind("sum", "attribute", "start");
    Function<Value, Value> getter = Access.path(bound.optional(0), null);
    Value sum = bound.get(1, Int.of(0));
    if (sum instanceof Text) {
      throw Fault.type("sum() can't sum strings");
    }
    for (Value value : Values.list(input, machine.budget())) {
      sum = Operators.binary("+", sum, getter.apply(value), machine.budget());
    }
    return sum;
  }

  private static Value batch(Value input, Arguments arguments, Machine machine) {
    var bound = arguments.bind("batch", "linecount", "fill_with");
    int size = Values.index(bound.required(0));
    return Lazy.of(
        () -> {
          List<Value> batches = new ArrayList<>();
          List<Value> batch = new ArrayList<>();
          for (Value value : Values.list(input, machine.budget())) {
            if (batch.size() == size) {
              batches.add(Items.list(batch));
              batch = new ArrayList<>();
            }
            batch.add(value);
          }
          if (!batch.isEmpty()) {
            fill(batch, size, bound.optional(1), machine.budget());
            batches.add(Items.list(batch));
          }
          return batches;
        });
  }

  private static void fill(List<Value> batch, int size, @Nullable Value with, Budget budget) {
    if (with != null && batch.size() < size) {
      budget.spend(size - batch.size());
      batch.addAll(Collections.nCopies(size - batch.size(), with));
    }
  }

  private static Value slice(Value input, Arguments arguments, Machine machine) {
    var bound = arguments.bind("slice", "slices", "fill_with");
    int count = Values.index(bound.required(0));
    return Lazy.of(
        () -> {
          if (count == 0) {
            throw new Fault("ZeroDivisionError: slices of nothing");
          }
          machine.budget().spend(Math.max(0, count));
          List<Value> all = Values.list(input, machine.budget());
          int size = Math.floorDiv(all.size(), count);
          int longer = Math.floorMod(all.size(), count);
          List<Value> slices = new ArrayList<>();
          int from = 0;
          for (int i = 0; i < count; i++) {
            int to = from + size + (i < longer ? 1 : 0);
            List<Value> slice = new ArrayList<>(all.subList(from, to));
            Value filler = bound.optional(1);
            if (filler != null && i >= longer) {
              slice.add(filler);
            }
            slices.add(Items.list(slice));
            from = to;
          }
          return slices;
        });
  }

  private static Value extreme(Value input, Arguments arguments, Machine machine, boolean highest) {
    var bound = arguments.bind(highest ? "max" : "min", "case_sensitive", "attribute");
    Function<Value, Value> key =
        Access.sortKey(bound.optional(1), bound.truth(0, false), machine.budget());
    Value best = new Undefined("No aggregated item, sequence was empty.");
    Value bestKey = null;
    for (Value value : Values.list(input, machine.budget())) {
      Value thisKey = key.apply(value);
      if (bestKey == null
          || Operators.compare(highest ? ">" : "<", thisKey, bestKey, machine.budget())) {
        best = value;
        bestKey = thisKey;
      }
    }
    return best;
  }
}
