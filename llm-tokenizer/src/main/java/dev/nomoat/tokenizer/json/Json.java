package dev.nomoat.tokenizer.json;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JSON value. */
public sealed interface Json {

  /**
   * An object, in the order of the text.
   *
   * @param members its members; no name is there twice
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
  record NumberValue(String digits) implements Json {}

  /**
   * True or false.
   *
   * @param value which one
   */
  record BoolValue(boolean value) implements Json {}

  /** The value null. */
  record NullValue() implements Json {}

  /**
   * Parses a text.
   *
   * @param text JSON, the whole of it
   * @return its value
   * @throws JsonException if it is not JSON, with the place
   */
  static Json parse(String text) {
    return new JsonParser(text).parse();
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
