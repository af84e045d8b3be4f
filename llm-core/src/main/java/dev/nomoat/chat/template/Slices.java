package dev.nomoat.chat.template;

import dev.nomoat.chat.template.Value.Items;
import dev.nomoat.chat.template.Value.None;
import dev.nomoat.chat.template.Value.Undefined;
import java.util.ArrayList;
import java.util.List;

/** Python's slices: {@code value[start:stop:step]}. */
final class Slices {
  private Slices() {}

  static Value slice(Value value, Value start, Value stop, Value step, Budget budget) {
    return switch (value) {
      case Undefined undefined -> throw undefined.fault();
      case Items items -> {
        List<Value> all = items.values();
        int[] places = places(all.size(), start, stop, step);
        budget.spend(places.length);
        List<Value> part = new ArrayList<>(places.length);
        for (int place : places) {
          part.add(all.get(place));
        }
        yield items.tuple() ? Items.tuple(part) : Items.list(part);
      }
      case Text text -> slice(text, places(text.codePoints(), start, stop, step), budget);
      case Value.Range _ -> throw Fault.unsupported("a slice of a range");
      case Value _ -> throw Fault.type("'%s' object is not subscriptable", value.type());
    };
  }

  private static Text slice(Text text, int[] places, Budget budget) {
    budget.spend(places.length);
    boolean contiguous =
        places.length == 0 || places[places.length - 1] - places[0] == places.length - 1;
    if (contiguous) {
      int from = places.length == 0 ? 0 : places[0];
      return text.sub(text.offset(from), text.offset(from + places.length));
    }
    var out = new TextBuilder(budget);
    boolean simple = text.codePoints() == text.length();
    int[] offsets = simple ? new int[0] : offsets(text);
    for (int place : places) {
      int from = simple ? place : offsets[place];
      out.append(text, from, simple ? from + 1 : offsets[place + 1]);
    }
    return out.toText().withMarkup(text.markup());
  }

  private static int[] offsets(Text text) {
    int[] offsets = new int[text.codePoints() + 1];
    int at = 0;
    for (int i = 0; i < text.codePoints(); i++) {
      offsets[i] = at;
      at += Character.charCount(text.string().codePointAt(at));
    }
    offsets[text.codePoints()] = at;
    return offsets;
  }

  /** The places that a slice takes, in its order. */
  private static int[] places(int size, Value start, Value stop, Value step) {
    int by = step == None.NONE ? 1 : index(step);
    if (by == 0) {
      throw Fault.value("slice step cannot be zero");
    }
    int from = start == None.NONE ? (by > 0 ? 0 : size - 1) : bound(index(start), size, by);
    int to = stop == None.NONE ? (by > 0 ? size : -1) : bound(index(stop), size, by);
    long span = by > 0 ? (long) to - from : (long) from - to;
    int count = span <= 0 ? 0 : (int) ((span - 1) / Math.abs((long) by) + 1);
    int[] places = new int[count];
    for (int i = 0; i < count; i++) {
      places[i] = (int) (from + (long) i * by);
    }
    return places;
  }

  private static int index(Value value) {
    if (value instanceof Undefined || Values.whole(value) == null) {
      throw Fault.type("slice indices must be integers or None");
    }
    return Values.index(value);
  }

  private static int bound(int index, int size, int step) {
    long place = index < 0 ? (long) index + size : index;
    return step > 0 ? Math.clamp(place, 0, size) : Math.clamp(place, -1, size - 1);
  }

  /** A bound of a part that is counted forwards. */
  static int clamp(int index, int size) {
    return bound(index, size, 1);
  }
}
