package dev.nomoat.tokenizer.json;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A value and where it is, so that what is wrong with it can be said.
 *
 * @param path the way to it, such as {@code model.vocab}
 * @param value the value; null counts as nothing there where something is optional
 */
public record JsonPlace(String path, Json value) {

  /**
   * A member of an object that may be missing.
   *
   * @param name its name
   * @return the member; nothing if it is missing or null
   * @throws JsonException if this is no object
   */
  public Optional<JsonPlace> find(String name) {
    if (!(value instanceof Json.ObjectValue object)) {
      throw fault("an object");
    }
    Json member = object.members().get(name);
    return member == null || member instanceof Json.NullValue
        ? Optional.empty()
        : Optional.of(new JsonPlace(path.isEmpty() ? name : path + "." + name, member));
  }

  /**
   * A member of an object.
   *
   * @param name its name
   * @return the member
   * @throws JsonException if this is no object, or has no such member
   */
  public JsonPlace get(String name) {
    return find(name)
        .orElseThrow(() -> new JsonException("%s has no %s".formatted(shownPath(), name)));
  }

  /**
   * The names of an object's members.
   *
   * @return the names, in their order
   * @throws JsonException if this is no object
   */
  public Set<String> names() {
    if (!(value instanceof Json.ObjectValue object)) {
      throw fault("an object");
    }
    return object.members().keySet();
  }

  /**
   * The elements of an array.
   *
   * @return the elements
   * @throws JsonException if this is no array
   */
  public List<JsonPlace> elements() {
    if (!(value instanceof Json.ArrayValue array)) {
      throw fault("an array");
    }
    List<JsonPlace> elements = new ArrayList<>(array.elements().size());
    for (int i = 0; i < array.elements().size(); i++) {
      elements.add(new JsonPlace(path + "[" + i + "]", array.elements().get(i)));
    }
    return elements;
  }

  /**
   * A string.
   *
   * @return its text
   * @throws JsonException if this is no string
   */
  public String text() {
    if (!(value instanceof Json.TextValue text)) {
      throw fault("a string");
    }
    return text.value();
  }

  /**
   * A boolean.
   *
   * @return its value
   * @throws JsonException if this is no boolean
   */
  public boolean bool() {
    if (!(value instanceof Json.BoolValue bool)) {
      throw fault("a boolean");
    }
    return bool.value();
  }

  /**
   * A number.
   *
   * @return its value
   * @throws JsonException if this is no number
   */
  public double number() {
    if (!(value instanceof Json.NumberValue number)) {
      throw fault("a number");
    }
    return Double.parseDouble(number.digits());
  }

  /**
   * A whole number.
   *
   * @return its value
   * @throws JsonException if this is no whole number from 0 to {@link Integer#MAX_VALUE}
   */
  public int count() {
    if (value instanceof Json.NumberValue number && number.digits().matches("[0-9]{1,10}")) {
      long count = Long.parseLong(number.digits());
      if (count <= Integer.MAX_VALUE) {
        return (int) count;
      }
    }
    throw fault("a whole number below 2147483648");
  }

  /**
   * A member that says yes or no.
   *
   * @param name its name
   * @param orElse what it is if it is missing or null
   * @return its value
   * @throws JsonException if it is no boolean
   */
  public boolean flag(String name, boolean orElse) {
    return find(name).map(JsonPlace::bool).orElse(orElse);
  }

  /**
   * An exception about this value.
   *
   * @param expected what it should be
   * @return the exception
   */
  public JsonException fault(String expected) {
    return new JsonException(
        "%s is %s, but should be %s".formatted(shownPath(), value.kind(), expected));
  }

  private String shownPath() {
    return path.isEmpty() ? "The JSON" : path;
  }
}
