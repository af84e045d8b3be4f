package dev.nomoat.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** A text that is one array in JSON: what commands that work in bulk read. */
final class JsonArray {
  /** Takes an element. */
  @FunctionalInterface
  interface Element {
    /** Reads the element whose first token the parser is at, to its last token. */
    void read(JsonParser parser) throws IOException;
  }

  private JsonArray() {}

  /**
   * Reads all elements.
   *
   * @param of what they are, for messages
   */
  static void read(String array, String of, Element element) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(array)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        throw new IllegalArgumentException("an array of " + of + " is expected");
      }
      for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
        try {
          element.read(parser);
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException("element %d: %s".formatted(i, e.getMessage()), e);
        }
      }
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("there is more than an array of " + of);
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "line %d, column %d of the array of %s: %s"
              .formatted(
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  of,
                  e.getOriginalMessage()),
          e);
    }
  }
}
