package dev.nomoat.chat.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names and their values, on top of those of the scope around. */
final class Scope {
  private final @Nullable Scope outer;
  private final Map<String, Value> values = new HashMap<>();

  Scope(@Nullable Scope outer) {
    this.outer = outer;
  }

  /** A scope in which some names have no value yet. */
  Scope(@Nullable Scope outer, Names names) {
    this(outer);
    unset(names);
  }

  void unset(Names names) {
    for (String name : names.unset()) {
      set(name, Value.Undefined.name(name));
    }
  }

  void set(String name, Value value) {
    values.put(name, value);
  }

  Value get(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      Value value = scope.values.get(name);
      if (value != null) {
        return value;
      }
    }
    Value global = Globals.ALL.get(name);
    return global == null ? Value.Undefined.name(name) : global;
  }
}
