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
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What all values have in Python: truth, length, iteration, equality, order. */
final class Values {
  /** Values in a key of a hash table, those of tuples within tuples included. */
  private static final int MOST_IN_KEY = 1000;

  private Values() {}

  static boolean truth(Value value) {
    return switch (value) {
      case None _, Undefined _ -> false;
      case Bool bool -> bool.value();
      case Int number -> number.value().signum() != 0;
      case Real number -> number.value() != 0;
      case Text text -> !text.isEmpty();
      case Items items -> !items.values().isEmpty();
      case Dict dict -> dict.size() > 0;
      case Range range -> range.size() > 0;
      case View view -> view.dict().size() > 0;
      case Namespace _, Lazy _, Callable _, LoopState _ -> true;
    };
  }

  /** The number of items, or -1 if the value has no length. */
  static int length(Value value) {
    return switch (value) {
      case Undefined _ -> 0;
      case Text text -> text.codePoints();
      case Items items -> items.values().size();
      case Dict dict -> dict.size();
      case Range range -> range.size();
      case View view -> view.dict().size();
      case LoopState loop -> index(loop.attribute("length"));
      case None _, Bool _, Int _, Real _, Namespace _, Lazy _, Callable _ -> -1;
    };
  }

  static boolean isIterable(Value value) {
    return switch (value) {
      case Undefined _, Text _, Items _, Dict _, Range _, View _, Lazy _ -> true;
      case None _, Bool _, Int _, Real _, Namespace _, Callable _, LoopState _ -> false;
    };
  }

  static Iterator<Value> iterate(Value value) {
    return switch (value) {
      case Undefined _ -> Collections.emptyIterator();
      case Text text -> characters(text);
      case Items items -> items.values().iterator();
      case Dict dict -> dict.keys().iterator();
      case Range range -> IntStream.range(0, range.size()).mapToObj(range::at).iterator();
      case View view -> items(view).iterator();
      case Lazy lazy -> lazy.iterator();
      case None _, Bool _, Int _, Real _, Namespace _, Callable _, LoopState _ ->
          throw Fault.type("'%s' object is not iterable", value.type());
    };
  }

  private static List<Value> items(View view) {
    return switch (view.kind()) {
      case KEYS -> view.dict().keys();
      case VALUES -> view.dict().entries().stream().map(Dict.Entry::value).toList();
      case ITEMS -> view.dict().entries().stream().<Value>map(Dict.Entry::pair).toList();
    };
  }

  private static Iterator<Value> characters(Text text) {
    return new Iterator<>() {
      private int at;

      @Override
      public boolean hasNext() {
        return at < text.length();
      }

      @Override
      public Value next() {
        int from = at;
        at += Character.charCount(text.string().codePointAt(from));
        return text.sub(from, at).withMarkup(false);
      }
    };
  }

  static List<Value> list(Value value, Budget budget) {
    if (value instanceof Text || value instanceof Range) {
      budget.keepPieces(Math.max(0, length(value)));
    }
    return Lazy.rest(iterate(value), budget);
  }

  /** The value as a whole number, or nothing if it is none. */
  static @Nullable BigInteger whole(Value value) {
    return switch (value) {
      case Bool bool -> bool.value() ? BigInteger.ONE : BigInteger.ZERO;
      case Int number -> number.value();
      case None _,
          Real _,
          Text _,
          Items _,
          Dict _,
          Range _,
          View _,
          Undefined _,
          Namespace _,
          Lazy _,
          Callable _,
          LoopState _ ->
          null;
    };
  }

  static boolean isNumber(Value value) {
    return value instanceof Real || whole(value) != null;
  }

  static double real(Value value) {
    if (value instanceof Real number) {
      return number.value();
    }
    BigInteger whole = whole(value);
    if (whole == null) {
      throw value instanceof Undefined undefined
          ? undefined.fault()
          : Fault.type("must be a number, not %s", value.type());
    }
    double real = whole.doubleValue();
    if (Double.isInfinite(real)) {
      throw new Fault("OverflowError: int too large to convert to float");
    }
    return real;
  }

  /** A number of items, limited to what is an int in Java: a longer one makes no difference. */
  static int index(@Nullable Value value) {
    BigInteger whole = value == null ? null : whole(value);
    if (whole == null) {
      throw value instanceof Undefined undefined
          ? undefined.fault()
          : Fault.type(
              "'%s' object cannot be interpreted as an integer",
              value == null ? "NoneType" : value.type());
    }
    return whole.bitLength() < 31
        ? whole.intValue()
        : whole.signum() < 0 ? -Integer.MAX_VALUE : Integer.MAX_VALUE;
  }

  static Text text(Value value, String function) {
    if (value instanceof Text text) {
      return text;
    }
    throw value instanceof Undefined undefined
        ? undefined.fault()
        : Fault.type("%s needs a str, not '%s'", function, value.type());
  }

  /** What stands for the value among the keys of a hash table: equal for equal values. */
  static Object hashable(Value value) {
    return hashable(value, 0, new int[] {MOST_IN_KEY});
  }

  private record TupleKey(List<Object> keys) {}

  /** Tuples within tuples may be the same ones, so that a few are millions. */
  private static Object hashable(Value value, int depth, int[] left) {
    countInKey(depth, left);
    return switch (value) {
      case Text text -> text.string();
      case Real number
          when Double.isFinite(number.value()) && number.value() == Math.rint(number.value()) ->
          new BigDecimal(number.value()).toBigInteger();
      case Real number -> number.value();
      case Bool bool -> bool.value() ? BigInteger.ONE : BigInteger.ZERO;
      case Int number -> number.value();
      case None none -> none;
      case Undefined _ -> Undefined.class;
      case Items items when items.tuple() ->
          new TupleKey(items.values().stream().map(v -> hashable(v, depth + 1, left)).toList());
      case Items _, Dict _, View _ -> throw Fault.type("unhashable type: '%s'", value.type());
      case Range _, Namespace _, Lazy _, Callable _, LoopState _ ->
          throw Fault.unsupported("a key of type " + value.type());
    };
  }

  /** Whether the value may be among the keys of a hash table in Python. */
  static boolean isHashable(Value value) {
    return isHashable(value, 0, new int[] {MOST_IN_KEY});
  }

  private static boolean isHashable(Value value, int depth, int[] left) {
    countInKey(depth, left);
    return switch (value) {
      case Dict _, View _ -> false;
      case Items items ->
          items.tuple() && items.values().stream().allMatch(v -> isHashable(v, depth + 1, left));
      case Value _ -> true;
    };
  }

  private static void countInKey(int depth, int[] left) {
    checkDepth(depth);
    if (left[0]-- == 0) {
      throw new Fault("a key of more than %d values".formatted(MOST_IN_KEY));
    }
  }

  static boolean equal(Value a, Value b, Budget budget) {
    return equal(a, b, 0, budget);
  }

  @SuppressWarnings("ReferenceEquality") // as in Python, identity comes first
  private static boolean equal(Value a, Value b, int depth, Budget budget) {
    checkDepth(depth);
    budget.spend(1);
    if (a == b) {
      return true;
    }
    if (isNumber(a) && isNumber(b)) {
      return hashable(a).equals(hashable(b)) && !isNan(a);
    }
    return switch (a) {
      case Text text -> {
        budget.spend(text.length() / 16);
        yield b instanceof Text other && text.string().equals(other.string());
      }
      case Items items -> b instanceof Items other && equal(items, other, depth + 1, budget);
      case Dict dict -> b instanceof Dict other && equal(dict, other, depth + 1, budget);
      case Undefined _ -> b instanceof Undefined;
      case Range range ->
          b instanceof Range other
              && range.size() == other.size()
              && (range.size() == 0 || range.at(0).equals(other.at(0)))
              && (range.size() < 2 || range.step().equals(other.step()));
      case View _ -> {
        if (b instanceof View) {
          throw Fault.unsupported("comparing " + a.type() + " with " + b.type());
        }
        yield false;
      }
      case None _, Bool _, Int _, Real _, Namespace _, Lazy _, Callable _, LoopState _ -> false;
    };
  }

  private static boolean isNan(Value value) {
    return value instanceof Real number && Double.isNaN(number.value());
  }

  private static boolean equal(Items a, Items b, int depth, Budget budget) {
    if (a.tuple() != b.tuple() || a.values().size() != b.values().size()) {
      return false;
    }
    Iterator<Value> others = b.values().iterator();
    for (Value value : a.values()) {
      if (!equal(value, others.next(), depth, budget)) {
        return false;
      }
    }
    return true;
  }

  private static boolean equal(Dict a, Dict b, int depth, Budget budget) {
    if (a.size() != b.size()) {
      return false;
    }
    for (Dict.Entry entry : a.entries()) {
      Value other = b.get(entry.key());
      if (other == null || !equal(entry.value(), other, depth, budget)) {
        return false;
      }
    }
    return true;
  }

  static void checkDepth(int depth) {
    if (depth > Limits.VALUE_DEPTH) {
      throw new Fault("a value nests deeper than %d levels".formatted(Limits.VALUE_DEPTH));
    }
  }

  static boolean contains(Value container, Value value, Budget budget) {
    if (container instanceof Text text) {
      if (value instanceof Text part) {
        budget.search(text, part);
        return text.string().contains(part.string());
      }
      throw value instanceof Undefined undefined
          ? undefined.fault()
          : Fault.type("'in <string>' requires string as left operand, not %s", value.type());
    }
    if (container instanceof Dict dict) {
      return dict.get(value) != null;
    }
    if (container instanceof View view && view.kind() == View.Kind.KEYS) {
      return view.dict().get(value) != null;
    }
    if (!isIterable(container)) {
      throw Fault.type("argument of type '%s' is not iterable", container.type());
    }
    Iterator<Value> values = iterate(container);
    while (values.hasNext()) {
      budget.spend(1);
      if (equal(values.next(), value, budget)) {
        return true;
      }
    }
    return false;
  }

  /** Where an index of Python's is, counted from the end if it is negative; -1 if nowhere. */
  static int place(int index, int size) {
    int place = index < 0 ? index + size : index;
    return place < 0 || place >= size ? -1 : place;
  }
}
