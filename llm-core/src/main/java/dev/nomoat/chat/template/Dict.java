package dev.nomoat.chat.template;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A dictionary, in the order in which its keys came first. */
final class Dict implements Value {
  /** A key and its value. */
  record Entry(Value key, Value value) {
    Value.Items pair() {
      return Value.Items.tuple(key, value);
    }
  }

  private final Map<Object, Entry> entries = new LinkedHashMap<>();

  /** Only while the dictionary is being made. */
  Dict put(Value key, Value value) {
    Object hashed = Values.hashable(key);
    Entry earlier = entries.get(hashed);
    entries.put(hashed, new Entry(earlier == null ? key : earlier.key(), value));
    return this;
  }

  Dict put(String key, Value value) {
    return put(Text.trusted(key), value);
  }

  Dict putAll(Dict other) {
    other.entries().forEach(entry -> put(entry.key(), entry.value()));
    return this;
  }

  @Nullable Value get(Value key) {
    return at(Values.hashable(key));
  }

  @Nullable Value get(String key) {
    return at(key);
  }

  private @Nullable Value at(Object hashed) {
    Entry entry = entries.get(hashed);
    return entry == null ? null : entry.value();
  }

  Collection<Entry> entries() {
    return entries.values();
  }

  List<Value> keys() {
    return entries.values().stream().map(Entry::key).toList();
  }

  int size() {
    return entries.size();
  }

  @Override
  public String type() {
    return "dict";
  }
}
