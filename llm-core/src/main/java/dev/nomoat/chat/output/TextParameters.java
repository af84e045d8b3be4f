package dev.nomoat.chat.output;

import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which parameters of which tools are text. Formats that write text without quotes need it: {@code
 * 12} is a number or a text, as the tool wants it.
 */
final class TextParameters {
  static final TextParameters NONE = new TextParameters(Map.of());

  private final Map<String, Set<String>> names = new HashMap<>();

  /** Takes them from the JSON schemas of tools by their names. */
  TextParameters(Map<String, Json.ObjectValue> schemas) {
    schemas.forEach(
        (tool, schema) -> {
          if (schema.members().get("properties") instanceof Json.ObjectValue properties) {
            names.put(tool, texts(properties));
          }
        });
  }

  private static Set<String> texts(Json.ObjectValue properties) {
    Set<String> texts = new HashSet<>();
    properties
        .members()
        .forEach(
            (name, schema) -> {
              if (schema instanceof Json.ObjectValue object
                  && object.members().get("type") instanceof Json.TextValue type
                  && type.value().equals("string")) {
                texts.add(name);
              }
            });
    return texts;
  }

  /** The value of an argument: of a parameter that is no text JSON, if it is valid. */
  Json value(String tool, String parameter, String written) {
    if (!names.getOrDefault(tool, Set.of()).contains(parameter)) {
      try {
        return Json.parse(written);
      } catch (JsonException _) {
        // The format writes text without quotes.
      }
    }
    return new Json.TextValue(written);
  }
}
