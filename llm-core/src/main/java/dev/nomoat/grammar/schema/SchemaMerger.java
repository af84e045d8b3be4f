package dev.nomoat.grammar.schema;

import dev.nomoat.grammar.GrammarException;
import dev.nomoat.tokenizer.json.Json;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes one schema of two that both hold. */
final class SchemaMerger {
  private static final Json TRUE = new Json.BoolValue(true);
  private static final Json NONE = new Json.ArrayValue(List.of());
  private static final Set<String> SHAPE =
      Set.of("properties", "additionalProperties", "patternProperties");
  private static final Set<String> ELEMENTS = Set.of("prefixItems", "items");

  private SchemaMerger() {}

  /** Both schemas as one. */
  static Map<String, Json> merge(Map<String, Json> a, Map<String, Json> b, String path) {
    Map<String, Json> merged = new LinkedHashMap<>(a);
    b.forEach(
        (key, value) -> {
          if (SHAPE.contains(key) || ELEMENTS.contains(key)) {
            return;
          }
          Json own = merged.get(key);
          merged.put(key, own == null ? value : both(key, own, value, path));
        });
    shapes(a, b, merged, path);
    elements(a, b, merged, path);
    return merged;
  }

  private static Json both(String key, Json a, Json b, String path) {
    if (a.equals(b)) {
      return a;
    }
    return switch (key) {
      case "type" -> array(common(types(a), types(b)));
      case "enum" -> array(common(elements(a, path), elements(b, path)));
      case "required" -> array(new LinkedHashSet<>(join(elements(a, path), elements(b, path))));
      case "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties" ->
          number(a, path).compareTo(number(b, path)) >= 0 ? a : b;
      case "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties" ->
          number(a, path).compareTo(number(b, path)) <= 0 ? a : b;
      case "allOf" -> array(join(elements(a, path), elements(b, path)));
      default -> {
        if (!Keywords.ANNOTATIONS.contains(key)) {
          throw GrammarException.in(
              path, "two different values of %s that both hold are not supported".formatted(key));
        }
        yield a;
      }
    };
  }

  /** Properties that one schema names and the other does not are additional ones of the other. */
  private static void shapes(
      Map<String, Json> a, Map<String, Json> b, Map<String, Json> merged, String path) {
    boolean inA = a.keySet().stream().anyMatch(SHAPE::contains);
    boolean inB = b.keySet().stream().anyMatch(SHAPE::contains);
    if (!inA || !inB) {
      SHAPE.stream().filter(b::containsKey).forEach(key -> merged.put(key, b.get(key)));
      return;
    }
    if (a.containsKey("patternProperties") || b.containsKey("patternProperties")) {
      throw GrammarException.in(
          path, "patternProperties in one of several schemas that all hold is not supported");
    }
    Map<String, Json> ofA = members(a.get("properties"), path);
    Map<String, Json> ofB = members(b.get("properties"), path);
    Json moreOfA = a.getOrDefault("additionalProperties", TRUE);
    Json moreOfB = b.getOrDefault("additionalProperties", TRUE);
    Map<String, Json> properties = new LinkedHashMap<>();
    ofA.forEach(
        (name, schema) -> properties.put(name, all(schema, ofB.getOrDefault(name, moreOfB))));
    ofB.forEach((name, schema) -> properties.computeIfAbsent(name, _ -> all(moreOfA, schema)));
    merged.put("properties", new Json.ObjectValue(properties));
    if (a.containsKey("additionalProperties") || b.containsKey("additionalProperties")) {
      merged.put("additionalProperties", all(moreOfA, moreOfB));
    }
  }

  /** Elements that one schema lists and the other does not are further ones of the other. */
  private static void elements(
      Map<String, Json> a, Map<String, Json> b, Map<String, Json> merged, String path) {
    List<Json> ofA = elements(a.getOrDefault("prefixItems", NONE), path);
    List<Json> ofB = elements(b.getOrDefault("prefixItems", NONE), path);
    Json moreOfA = a.getOrDefault("items", TRUE);
    Json moreOfB = b.getOrDefault("items", TRUE);
    List<Json> first = new ArrayList<>();
    for (int i = 0; i < Math.max(ofA.size(), ofB.size()); i++) {
      first.add(all(i < ofA.size() ? ofA.get(i) : moreOfA, i < ofB.size() ? ofB.get(i) : moreOfB));
    }
    if (!first.isEmpty()) {
      merged.put("prefixItems", array(first));
    }
    if (a.containsKey("items") || b.containsKey("items")) {
      merged.put("items", all(moreOfA, moreOfB));
    }
  }

  private static Map<String, Json> members(@Nullable Json value, String path) {
    if (value == null) {
      return Map.of();
    }
    if (value instanceof Json.ObjectValue(var members)) {
      return members;
    }
    throw GrammarException.in(path, "properties must be an object");
  }

  private static Json all(Json a, Json b) {
    if (a.equals(TRUE) || a.equals(b)) {
      return b;
    }
    return b.equals(TRUE)
        ? a
        : new Json.ObjectValue(Map.of("allOf", new Json.ArrayValue(List.of(a, b))));
  }

  private static List<Json> types(Json value) {
    List<Json> types = new ArrayList<>();
    for (Json type : value instanceof Json.ArrayValue(var elements) ? elements : List.of(value)) {
      types.add(type);
      if (type.equals(new Json.TextValue("number"))) {
        types.add(new Json.TextValue("integer"));
      }
    }
    return types;
  }

  private static List<Json> common(List<Json> a, List<Json> b) {
    return a.stream().filter(b::contains).toList();
  }

  private static List<Json> join(List<Json> a, List<Json> b) {
    List<Json> all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  private static Json array(Collection<Json> elements) {
    return new Json.ArrayValue(List.copyOf(elements));
  }

  private static List<Json> elements(Json value, String path) {
    if (value instanceof Json.ArrayValue(var elements)) {
      return elements;
    }
    throw GrammarException.in(path, value.kind() + " where an array must be");
  }

  private static BigDecimal number(Json value, String path) {
    if (value instanceof Json.NumberValue(String digits)) {
      return Keywords.decimal(digits, path);
    }
    throw GrammarException.in(path, value.kind() + " where a number must be");
  }
}
