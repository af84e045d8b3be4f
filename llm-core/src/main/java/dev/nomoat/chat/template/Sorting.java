package dev.nomoat.chat.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/** Python's {@code sorted}. */
final class Sorting {
  private Sorting() {}

  private record Keyed<T>(T item, Value key) {}

  /** Sorts items by keys; equal ones keep their order, also when reversed. */
  static <T> List<T> sort(List<T> items, Function<T, Value> key, boolean reverse, Budget budget) {
    List<Keyed<T>> keyed = new ArrayList<>(items.size());
    for (T item : items) {
      keyed.add(new Keyed<>(item, key.apply(item)));
    }
    if (reverse) {
      Collections.reverse(keyed);
    }
    keyed.sort(
        (a, b) -> {
          budget.spend(1);
          Integer order = Operators.order("<", a.key(), b.key(), 0, budget);
          if (order == null) {
            throw Fault.unsupported("sorting nan");
          }
          return order;
        });
    if (reverse) {
      Collections.reverse(keyed);
    }
    return keyed.stream().map(Keyed::item).toList();
  }
}
