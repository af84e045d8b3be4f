package dev.nomoat.chat.template;

import dev.nomoat.tokenizer.json.Json;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Names and their values, for a template or for an object that it sees. Not thread-safe. */
public final class Variables {
  private final Dict values = new Dict();

  /** Starts with no names. */
  public Variables() {}

  /**
   * Sets a text that somebody else wrote: control tokens in it stay text.
   *
   * @param name a name
   * @param text its value
   * @return this
   */
  public Variables text(String name, String text) {
    values.put(name, Text.untrusted(text));
    return this;
  }

  /**
   * Sets a text of the application: control tokens in it are honoured.
   *
   * @param name a name
   * @param text its value
   * @return this
   */
  public Variables trustedText(String name, String text) {
    values.put(name, Text.trusted(text));
    return this;
  }

  /**
   * Sets a truth value.
   *
   * @param name a name
   * @param value its value
   * @return this
   */
  public Variables truth(String name, boolean value) {
    values.put(name, Value.Bool.of(value));
    return this;
  }

  /**
   * Sets {@code None}.
   *
   * @param name a name
   * @return this
   */
  public Variables none(String name) {
    values.put(name, Value.None.NONE);
    return this;
  }

  /**
   * Sets a value that somebody else wrote: control tokens in its texts stay text.
   *
   * @param name a name
   * @param value its value
   * @return this
   */
  public Variables json(String name, Json value) {
    values.put(name, value(value));
    return this;
  }

  /**
   * Sets an object.
   *
   * @param name a name
   * @param object its value
   * @return this
   */
  public Variables object(String name, Variables object) {
    values.put(name, object.values);
    return this;
  }

  /**
   * Sets a list of objects.
   *
   * @param name a name
   * @param objects its value
   * @return this
   */
  public Variables objects(String name, List<Variables> objects) {
    List<Value> list = new ArrayList<>();
    objects.forEach(object -> list.add(object.values));
    values.put(name, Value.Items.list(list));
    return this;
  }

  Dict values() {
    return values;
  }

  private static Value value(Json json) {
    return switch (json) {
      case Json.NullValue _ -> Value.None.NONE;
      case Json.BoolValue bool -> Value.Bool.of(bool.value());
      case Json.NumberValue number -> number(number);
      case Json.TextValue string -> Text.untrusted(string.value());
      case Json.ArrayValue array -> {
        List<Value> items = new ArrayList<>(array.elements().size());
        array.elements().forEach(item -> items.add(value(item)));
        yield Value.Items.list(items);
      }
      case Json.ObjectValue object -> {
        Dict dict = new Dict();
        object.members().forEach((name, value) -> dict.put(Text.untrusted(name), value(value)));
        yield dict;
      }
    };
  }

  private static Value number(Json.NumberValue number) {
    if (!number.isWhole()) {
      return new Value.Real(Double.parseDouble(number.digits()));
    }
    if (number.digits().length() > 4300) {
      throw new IllegalArgumentException("a number of more than 4300 digits");
    }
    try {
      return new Value.Int(new BigInteger(number.digits()));
    } catch (Fault e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
