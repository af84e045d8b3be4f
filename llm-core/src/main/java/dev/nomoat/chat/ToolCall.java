package dev.nomoat.chat;

import dev.nomoat.tokenizer.json.Json;
import java.util.Objects;

/**
 * A call of a tool that the model asks for. Immutable.
 *
 * @param id what the tool's result refers to; where the model gives none, made up: {@code
 *     call00000} and so on, nine letters and digits, as some templates want it
 * @param name the tool's name, as the model wrote it
 * @param arguments a JSON object, as text
 */
public record ToolCall(String id, String name, String arguments) {
  /**
   * Checks the parts.
   *
   * @throws IllegalArgumentException if {@code name} is empty or {@code arguments} is no JSON
   *     object
   */
  public ToolCall {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(arguments, "arguments");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a tool call needs a name");
    }
    Json.parseObject(arguments);
  }
}
