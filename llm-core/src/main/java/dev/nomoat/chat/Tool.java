package dev.nomoat.chat;

import dev.nomoat.tokenizer.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A tool that the model may ask the application to call. Immutable.
 *
 * @param name what the model calls it by
 * @param description what it does, in words for the model
 * @param parameters its parameters: a JSON schema of an object, as text
 */
public record Tool(String name, String description, String parameters) {
  /**
   * Checks the parts.
   *
   * @throws IllegalArgumentException if {@code name} is empty or {@code parameters} is no JSON
   *     object
   */
  public Tool {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(description, "description");
    Objects.requireNonNull(parameters, "parameters");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a tool needs a name");
    }
    Json.parseObject(parameters);
  }

  /**
   * Reads tools from JSON: an array of objects with {@code name}, {@code description} and {@code
   * parameters}, each alone or as the {@code function} of an object, as OpenAI has them.
   *
   * @param json the array
   * @return the tools
   * @throws IllegalArgumentException if it is something else
   */
  public static List<Tool> ofJson(String json) {
    Objects.requireNonNull(json, "json");
    if (!(Json.parse(json) instanceof Json.ArrayValue array)) {
      throw new IllegalArgumentException("an array of tools is expected");
    }
    List<Tool> tools = new ArrayList<>();
    for (Json item : array.elements()) {
      if (item instanceof Json.ObjectValue object
          && object.members().get("function") instanceof Json.ObjectValue function) {
        tools.add(ofObject(function));
      } else {
        tools.add(ofObject(item));
      }
    }
    return tools;
  }

  private static Tool ofObject(Json value) {
    if (value instanceof Json.ObjectValue object
        && object.members().get("name") instanceof Json.TextValue name) {
      Json description = object.members().get("description");
      Json parameters = object.members().get("parameters");
      return new Tool(
          name.value(),
          description instanceof Json.TextValue text ? text.value() : "",
          parameters == null ? "{}" : parameters.toJson());
    }
    throw new IllegalArgumentException("a tool needs a name");
  }
}
