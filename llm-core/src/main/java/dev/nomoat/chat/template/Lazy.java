package dev.nomoat.chat.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A sequence that is made while it is read, and can be read once: Python's generator. */
final class Lazy implements Value {
  private final Iterator<Value> values;

  Lazy(Iterator<Value> values) {
    this.values = values;
  }

  static Lazy map(Iterator<Value> values, Function<Value, Value> change) {
    return new Lazy(
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return values.hasNext();
          }

          @Override
          public Value next() {
            return change.apply(values.next());
          }
        });
  }

  static Lazy filter(Iterator<Value> values, Predicate<Value> wanted) {
    return new Lazy(
        new Iterator<>() {
          private @Nullable Value ahead;

          @Override
          public boolean hasNext() {
            while (ahead == null && values.hasNext()) {
              Value value = values.next();
              ahead = wanted.test(value) ? value : null;
            }
            return ahead != null;
          }

          @Override
          public Value next() {
            if (!hasNext() || ahead == null) {
              throw new java.util.NoSuchElementException();
            }
            Value value = ahead;
            ahead = null;
            return value;
          }
        });
  }

  /** A sequence whose values are made all at once when the first is read. */
  static Lazy of(java.util.function.Supplier<List<Value>> values) {
    return new Lazy(
        new Iterator<>() {
          private @Nullable Iterator<Value> made;

          private Iterator<Value> made() {
            if (made == null) {
              made = values.get().iterator();
            }
            return made;
          }

          @Override
          public boolean hasNext() {
            return made().hasNext();
          }

          @Override
          public Value next() {
            return made().next();
          }
        });
  }

  Iterator<Value> iterator() {
    return values;
  }

  static List<Value> rest(Iterator<Value> values, Budget budget) {
    List<Value> list = new ArrayList<>();
    while (values.hasNext()) {
      budget.spend(1);
      list.add(values.next());
    }
    return list;
  }

  @Override
  public String type() {
    return "generator";
  }
}
