package dev.nomoat.chat.template;

import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop} of a loop, and the loop's place in what it iterates over. */
final class LoopState implements Value {
  /** Renders the body of a recursive loop for other items. */
  interface Recursion {
    Value render(Value items, int depth);
  }

  private final Budget budget;
  private final @Nullable Recursion recursion;
  private final int depth;
  private Iterator<Value> values;
  private int length;
  private int index = -1;
  private @Nullable Value before;
  private @Nullable Value current;
  private @Nullable Value after;
  private @Nullable List<Value> lastChanged;

  /**
   * Starts before the first item.
   *
   * @param length the number of items, or -1 if that is not known before they were read
   */
  LoopState(
      Iterator<Value> values, int length, int depth, @Nullable Recursion recursion, Budget budget) {
    this.values = values;
    this.length = length;
    this.depth = depth;
    this.recursion = recursion;
    this.budget = budget;
  }

  /** Goes on to the next item; returns nothing behind the last. */
  @Nullable Value advance() {
    Value next = peek();
    if (next != null) {
      after = null;
      index++;
      before = current;
      current = next;
    }
    return next;
  }

  private @Nullable Value peek() {
    if (after == null && values.hasNext()) {
      after = values.next();
    }
    return after;
  }

  private int length() {
    if (length < 0) {
      List<Value> rest = Lazy.rest(values, budget);
      values = rest.iterator();
      length = rest.size() + index + 1 + (after == null ? 0 : 1);
    }
    return length;
  }

  /** What {@code loop.NAME} is, or nothing if there is no such name. */
  @Nullable Value attribute(String name) {
    return switch (name) {
      case "index" -> Int.of(index + 1);
      case "index0" -> Int.of(index);
      case "first" -> Bool.of(index == 0);
      case "last" -> Bool.of(peek() == null);
      case "length" -> Int.of(length());
      case "revindex" -> Int.of(length() - index);
      case "revindex0" -> Int.of(length() - index - 1);
      case "depth" -> Int.of(depth + 1);
      case "depth0" -> Int.of(depth);
      case "previtem" -> before == null ? new Undefined("there is no previous item") : before;
      case "nextitem" -> nextItem();
      case "cycle" -> (Callable) (arguments, _) -> cycle(arguments.positional());
      case "changed" -> (Callable) (arguments, _) -> changed(arguments.positional());
      default -> null;
    };
  }

  private Value nextItem() {
    Value next = peek();
    return next == null ? new Undefined("there is no next item") : next;
  }

  private Value cycle(List<Value> choices) {
    if (choices.isEmpty()) {
      throw Fault.type("no items for cycling given");
    }
    return choices.get(index % choices.size());
  }

  private Value changed(List<Value> now) {
    if (lastChanged != null && Values.equal(Items.tuple(lastChanged), Items.tuple(now), budget)) {
      return Bool.FALSE;
    }
    lastChanged = now;
    return Bool.TRUE;
  }

  /** Renders the loop's body for other items, one level deeper. */
  Value recurse(Arguments arguments) {
    if (recursion == null) {
      throw Fault.type("the loop must have the 'recursive' marker to be called recursively");
    }
    return recursion.render(arguments.bind("loop", "iterable").required(0), depth + 1);
  }

  @Override
  public String type() {
    return "LoopContext";
  }
}
