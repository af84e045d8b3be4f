package dev.nomoat.grammar.record;

import dev.nomoat.tokenizer.json.Json;
import org.jspecify.annotations.Nullable;

/**
 * How values of a Java type are written in JSON.
 *
 * @param schema what they look like
 * @param reader makes a value of JSON
 */
record Shape(Json schema, Reader reader) {
  /** Makes a value of JSON that is valid by the schema. */
  @FunctionalInterface
  interface Reader {
    /**
     * Reads.
     *
     * @param json the value in JSON; null where an optional property is missing
     * @return the value in Java
     */
    Object read(@Nullable Json json);
  }
}
