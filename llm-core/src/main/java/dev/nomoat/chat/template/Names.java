package dev.nomoat.chat.template;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names that the statements of one scope use, in the order of the source.
 *
 * <p>Jinja decides when it compiles a template where a name gets its value from. A name that a
 * scope sets before it reads it is its own from the beginning: until it is set, it has no value,
 * not even in inner scopes and if the template was given one. Only where an outer scope uses the
 * name too, or where a condition may leave it unset, the value from outside is seen before.
 */
final class Names {
  private final @Nullable Names outer;
  private final Set<String> used = new HashSet<>();
  private final Set<String> setFirst = new HashSet<>();
  private int conditions;

  Names(@Nullable Names outer) {
    this.outer = outer;
  }

  void read(String name) {
    used.add(name);
  }

  void set(String name) {
    if (used.add(name) && conditions == 0) {
      setFirst.add(name);
    }
  }

  /** What follows may not run; to be followed by {@link #leaveCondition}. */
  void enterCondition() {
    conditions++;
  }

  void leaveCondition() {
    conditions--;
  }

  /** To be called when the whole template is read. */
  void complete() {
    setFirst.removeIf(this::isUsedOutside);
  }

  private boolean isUsedOutside(String name) {
    for (Names scope = outer; scope != null; scope = scope.outer) {
      if (scope.used.contains(name)) {
        return true;
      }
    }
    return false;
  }

  /** The names that have no value when the scope begins. */
  Set<String> unset() {
    return setFirst;
  }
}
