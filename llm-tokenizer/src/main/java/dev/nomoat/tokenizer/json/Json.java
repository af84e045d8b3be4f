package dev.nomoat.tokenizer.json;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JSON value. Immutable. */
public sealed interface Json {

  /**
   * An object, in the order of the text.
   *
   * @param members its members by their names
   */
  record ObjectValue(Map<String, Json> members) implements Json {
    /** Copies the members. */
    public ObjectValue {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }
  }

  /**
   * An array.
   *
   * @param elements its elements
   */
  record ArrayValue(List<Json> elements) implements Json {
    /** Copies the elements. */
    public ArrayValue {
      elements = Collections.unmodifiableList(new ArrayList<>(elements));
    }
  }

  /**
   * A string.
   *
   * @param value its text
   */
  record TextValue(String value) implements Json {}

  /**
   * A number, as the text has it.
   *
   * @param digits the number as written
   */
  record NumberValue(String digits) implements Json {
    /**
     * Whether it was written without a fraction and without an exponent.
     *
     * @return whether it is a whole number to Python
     */
    public boolean isWhole() {
      return digits.chars().noneMatch(c -> c == '.' || c == 'e' || c == 'E');
    }
  }

  /**
   * True or false.
   *
   * @param value which one
   */
  record BoolValue(boolean value) implements Json {}

  /** The value null. */
  record NullValue() implements Json {}

  /**
   * A value within a text, and where it ends.
   *
   * @param value the value
   * @param end the place behind it
   */
  record Prefix(Json value, int end) {}

  /**
   * Parses a text that is one value. Of members with the same name the last one counts, at the
   * place of the first, and half a surrogate pair is a character, both as Python has it.
   *
   * @param text JSON, the whole of it
   * @return its value
   * @throws JsonException if it is not JSON, or nests deeper than 200 levels, with the place
   */
  static Json parse(String text) {
    return new JsonParser(text, 0).parse();
  }

  /**
   * Parses a text that is one object, as {@link #parse} does.
   *
   * @param text JSON, the whole of it
   * @return the object
   * @throws JsonException if it is not JSON, nests deeper than 200 levels, or is no object
   */
  static ObjectValue parseObject(String text) {
    Json value = parse(text);
    if (value instanceof ObjectValue object) {
      return object;
    }
    throw new JsonPlace("", value).fault("an object");
  }

  /**
   * Parses a value that more text may follow, as {@link #parse} does.
   *
   * @param text the text
   * @param from where the value begins, white space aside
   * @return the value
   * @throws JsonException if there is none, or it nests deeper than 200 levels, with the place
   */
  static Prefix parsePrefix(String text, int from) {
    return new JsonParser(text, from).parsePrefix();
  }

  /**
   * The value as JSON on one line, without spaces.
   *
   * @return the text
   */
  default String toJson() {
    StringBuilder out = new StringBuilder();
    JsonWriter.write(this, out);
    return out.toString();
  }

  /**
   * What kind of value this is, for messages.
   *
   * @return such as {@code an array}
   */
  default String kind() {
    return switch (this) {
      case ObjectValue _ -> "an object";
      case ArrayValue _ -> "an array";
      case TextValue _ -> "a string";
      case NumberValue _ -> "a number";
      case BoolValue _ -> "a boolean";
      case NullValue _ -> "null";
    };
  }
}
