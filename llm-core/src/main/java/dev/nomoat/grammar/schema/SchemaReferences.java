package dev.nomoat.grammar.schema;

import dev.nomoat.file.Utf8;
import dev.nomoat.grammar.GrammarException;
import dev.nomoat.tokenizer.json.Json;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds what {@code $ref} refers to within a schema: RFC 6901. */
final class SchemaReferences {
  private static final int MOST_STEPS = 64;

  /** Of a few, each of which refers to the next one twice, millions could be made. */
  private static final int MOST_EXPANSIONS = 100_000;

  private final Json root;
  private int expansions;

  SchemaReferences(Json root) {
    this.root = root;
  }

  /** The pointer that a schema refers with. */
  String pointer(Keywords schema) {
    String ref = schema.text("$ref").orElseThrow();
    if (!ref.equals("#") && !ref.startsWith("#/")) {
      throw GrammarException.in(
          schema.at("$ref"),
          "only references within the schema (#/…) are supported, not " + Utf8.quote(ref));
    }
    return ref;
  }

  /** What a pointer points to. */
  Json find(String pointer, String path) {
    Json at = root;
    if (pointer.equals("#")) {
      return at;
    }
    for (String name : names(pointer, path)) {
      Json next = null;
      if (at instanceof Json.ObjectValue(var members)) {
        next = members.get(name);
      } else if (at instanceof Json.ArrayValue(var elements) && name.matches("[0-9]{1,9}")) {
        int index = Integer.parseInt(name);
        next = index < elements.size() ? elements.get(index) : null;
      }
      if (next == null) {
        throw GrammarException.in(path, "there is no " + Utf8.quote(pointer));
      }
      at = next;
    }
    return at;
  }

  private static List<String> names(String pointer, String path) {
    String decoded;
    try {
      // A plus is no space in a fragment.
      decoded = URLDecoder.decode(pointer.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw GrammarException.in(path, "not a pointer: " + Utf8.quote(pointer));
    }
    return List.of(decoded.substring(2).split("/", -1)).stream()
        .map(name -> name.replace("~1", "/").replace("~0", "~"))
        .toList();
  }

  /** The way to what a pointer points to, as messages have it. */
  static String path(String pointer) {
    return pointer.equals("#") ? "" : pointer.substring(2).replace('/', '.');
  }

  /** A schema with what it refers to, and all of allOf, as one without either. */
  Keywords expand(Keywords schema) {
    return new Keywords(expand(schema.members(), schema.path(), 0), schema.path());
  }

  private Map<String, Json> expand(Map<String, Json> schema, String path, int steps) {
    if (steps > MOST_STEPS) {
      throw GrammarException.in(
          path,
          "the schema contains itself through allOf or $ref, or these lead on more than %d times"
              .formatted(MOST_STEPS));
    }
    if (++expansions > MOST_EXPANSIONS) {
      throw GrammarException.in(
          path, "allOf and $ref have to be followed more than %d times".formatted(MOST_EXPANSIONS));
    }
    Map<String, Json> whole = new LinkedHashMap<>(schema);
    Json ref = whole.remove("$ref");
    Json all = whole.remove("allOf");
    if (ref != null) {
      String pointer = pointer(new Keywords(schema, path));
      whole = with(whole, find(pointer, path), path, steps);
    }
    if (all != null) {
      for (Json one : new Keywords(schema, path).elements("allOf")) {
        whole = with(whole, one, path, steps);
      }
    }
    return whole;
  }

  private Map<String, Json> with(Map<String, Json> whole, Json more, String path, int steps) {
    return switch (more) {
      case Json.ObjectValue(var members) ->
          SchemaMerger.merge(whole, expand(members, path, steps + 1), path);
      case Json.BoolValue(boolean any) -> {
        Map<String, Json> same = new LinkedHashMap<>(whole);
        if (!any) {
          same.put("enum", new Json.ArrayValue(List.of()));
        }
        yield same;
      }
      default -> throw GrammarException.in(path, more.kind() + ", but should be a schema");
    };
  }
}
