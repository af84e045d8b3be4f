package dev.nomoat.grammar.record;

import dev.nomoat.grammar.GrammarException;
import dev.nomoat.tokenizer.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Between the values of a record's type and JSON. Immutable and thread-safe.
 *
 * @param <R> the type
 */
public final class RecordBinding<R extends Record> {
  private final Class<R> type;
  private final Shape shape;
  private final Json schema;

  private RecordBinding(Class<R> type) {
    this.type = type;
    Shapes shapes = new Shapes();
    this.shape = shapes.of(type, type.getSimpleName());
    Map<String, Json> whole = new LinkedHashMap<>();
    if (shape.schema() instanceof Json.ObjectValue(var members)) {
      whole.putAll(members);
    }
    whole.put("$defs", new Json.ObjectValue(shapes.definitions()));
    this.schema = new Json.ObjectValue(whole);
  }

  /**
   * Looks at a type.
   *
   * @param type a record's
   * @param <R> the type
   * @return the binding
   * @throws GrammarException if it has a component of a type that is not supported, with the way to
   *     it, or a constructor that this module may not call
   */
  public static <R extends Record> RecordBinding<R> of(Class<R> type) {
    return new RecordBinding<>(type);
  }

  /**
   * The JSON schema of the type.
   *
   * @return the schema
   */
  public Json schema() {
    return schema;
  }

  /**
   * Makes the record of a text.
   *
   * @param json JSON that is valid by the schema
   * @return the record
   * @throws IllegalArgumentException if it is not, or the record's constructor refuses the values
   */
  public R read(String json) {
    return type.cast(shape.reader().read(Json.parse(json)));
  }
}
