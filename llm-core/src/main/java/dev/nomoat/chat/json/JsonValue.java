package dev.nomoat.chat.json;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JSON value. Immutable. */
public sealed interface JsonValue {
  /** The values {@code null}, {@code true} and {@code false}. */
  enum Constant implements JsonValue {
    /** Nothing. */
    NULL,
    /** Yes. */
    TRUE,
    /** No. */
    FALSE
  }

  /**
   * A number, exactly as it was written.
   *
   * @param literal such as {@code -1.50e3}
   */
  record JsonNumber(String literal) implements JsonValue {
    /**
     * Whether it was written without a fraction and without an exponent.
     *
     * @return whether it is a whole number to Python
     */
    public boolean isWhole() {
      return literal.chars().noneMatch(c -> c == '.' || c == 'e' || c == 'E');
    }
  }

  /**
   * A string.
   *
   * @param value its characters
   */
  record JsonString(String value) implements JsonValue {}

  /**
   * An array.
   *
   * @param items its values
   */
  record JsonArray(List<JsonValue> items) implements JsonValue {
    /** Copies the items. */
    public JsonArray {
      items = List.copyOf(items);
    }
  }

  /**
   * An object.
   *
   * @param members its values by their names, in the order in which they stand
   */
  record JsonObject(Map<String, JsonValue> members) implements JsonValue {
    /** Copies the members. */
    public JsonObject {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }
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
}
