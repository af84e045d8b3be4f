package dev.nomoat.chat.json;

import java.io.Serial;

/** A text is no JSON, or not the JSON that is needed. */
public final class JsonException extends IllegalArgumentException {
  @Serial private static final long serialVersionUID = 1;

  JsonException(int offset, String message) {
    super("JSON, character %d: %s".formatted(offset, message));
  }
}
