package dev.nomoat.chat.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The arguments of a call. */
record Arguments(List<Value> positional, Map<String, Value> named) {
  /** These arguments without the first {@code count} positional ones. */
  Arguments skip(int count) {
    return new Arguments(positional.subList(count, positional.size()), named);
  }

  /**
   * Gives the arguments to parameters.
   *
   * @param function what is called, for messages
   * @param parameters the names of the parameters in order
   */
  Bound bind(String function, String... parameters) {
    if (positional.size() > parameters.length) {
      throw Fault.type(
          "%s takes %d arguments and was given %d", function, parameters.length, positional.size());
    }
    @Nullable Value[] values = new @Nullable Value[parameters.length];
    for (int i = 0; i < positional.size(); i++) {
      values[i] = positional.get(i);
    }
    Map<String, Value> left = new LinkedHashMap<>(named);
    for (int i = 0; i < parameters.length; i++) {
      Value value = left.remove(parameters[i]);
      if (value != null && values[i] != null) {
        throw Fault.type("%s got two values for argument '%s'", function, parameters[i]);
      }
      values[i] = value == null ? values[i] : value;
    }
    if (!left.isEmpty()) {
      throw Fault.type(
          "%s got an unexpected keyword argument '%s'", function, left.keySet().iterator().next());
    }
    return new Bound(function, parameters, values);
  }

  /** Arguments by the places of their parameters. */
  static final class Bound {
    private final String function;
    private final String[] parameters;
    private final @Nullable Value[] values;

    private Bound(String function, String[] parameters, @Nullable Value[] values) {
      this.function = function;
      this.parameters = parameters;
      this.values = values;
    }

    Value required(int index) {
      Value value = values[index];
      if (value == null) {
        throw Fault.type("%s needs the argument '%s'", function, parameters[index]);
      }
      return value;
    }

    Value get(int index, Value otherwise) {
      Value value = values[index];
      return value == null ? otherwise : value;
    }

    /** An argument for which {@code None} means that it was not given. */
    @Nullable Value optional(int index) {
      Value value = values[index];
      return value instanceof Value.None ? null : value;
    }

    boolean truth(int index, boolean otherwise) {
      Value value = values[index];
      return value == null ? otherwise : Values.truth(value);
    }

    int integer(int index, int otherwise) {
      Value value = values[index];
      return value == null ? otherwise : Values.index(value);
    }

    Text text(int index) {
      return Values.text(required(index), function);
    }
  }
}
