package dev.nomoat.grammar.schema;

import dev.nomoat.grammar.GrammarException;
import dev.nomoat.tokenizer.json.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes sure that no value is valid by two of several schemas. */
final class Disjoint {
  private final SchemaReferences references;

  Disjoint(SchemaReferences references) {
    this.references = references;
  }

  /** Refuses branches that are not known to be disjoint. */
  void check(Keywords schema, List<Json> branches) {
    String path = schema.at("oneOf");
    for (int i = 0; i < branches.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (!disjoint(branches.get(j), branches.get(i), path)) {
          throw GrammarException.in(
              path,
              "branches %d and %d may both match, which is not supported; anyOf is"
                  .formatted(j, i));
        }
      }
    }
  }

  private boolean disjoint(Json a, Json b, String path) {
    Json no = new Json.BoolValue(false);
    if (a.equals(no) || b.equals(no)) {
      return true;
    }
    if (!(a instanceof Json.ObjectValue(var ofA)) || !(b instanceof Json.ObjectValue(var ofB))) {
      return false;
    }
    Keywords one = references.expand(new Keywords(ofA, path));
    Keywords other = references.expand(new Keywords(ofB, path));
    Optional<Set<Object>> values = values(one);
    Optional<Set<Object>> others = values(other);
    if (values.isPresent() && others.isPresent()) {
      return apart(values.get(), others.get());
    }
    Set<String> types = kinds(one);
    Set<String> otherTypes = kinds(other);
    if (apart(types, otherTypes)) {
      return true;
    }
    // Only what is told apart by a property that both have; other types must not be in both.
    types.retainAll(otherTypes);
    return types.equals(Set.of("object")) && toldApart(one, other);
  }

  private boolean toldApart(Keywords one, Keywords other) {
    for (Json name : one.elements("required")) {
      if (!other.elements("required").contains(name)
          || !(name instanceof Json.TextValue(String text))) {
        continue;
      }
      Optional<Set<Object>> values = values(one.object("properties"), text, one.path());
      Optional<Set<Object>> others = values(other.object("properties"), text, other.path());
      if (values.isPresent() && others.isPresent() && apart(values.get(), others.get())) {
        return true;
      }
    }
    return false;
  }

  private Optional<Set<Object>> values(Map<String, Json> properties, String name, String path) {
    return properties.get(name) instanceof Json.ObjectValue(var members)
        ? values(references.expand(new Keywords(members, path)))
        : Optional.empty();
  }

  private static Optional<Set<Object>> values(Keywords schema) {
    if (schema.has("const")) {
      return Optional.of(Set.of(key(schema.find("const").orElseThrow())));
    }
    return schema.has("enum")
        ? Optional.of(
            schema.elements("enum").stream().map(Disjoint::key).collect(Collectors.toSet()))
        : Optional.empty();
  }

  /** Something that is equal for equal values. */
  private static Object key(Json value) {
    return value instanceof Json.NumberValue(String digits)
        ? Keywords.decimal(digits, "").stripTrailingZeros()
        : value;
  }

  private static Set<String> kinds(Keywords schema) {
    Set<String> kinds = new HashSet<>();
    Optional<List<Json>> values =
        schema.has("const")
            ? Optional.of(List.of(schema.find("const").orElseThrow()))
            : schema.find("enum").map(_ -> schema.elements("enum"));
    if (values.isPresent()) {
      for (String type : List.of("object", "array", "string", "number", "boolean", "null")) {
        if (values.get().stream().anyMatch(v -> SchemaCompiler.isOf(v, Set.of(type)))) {
          kinds.add(type);
        }
      }
      return kinds;
    }
    if (!schema.has("type")) {
      return new HashSet<>(Set.of("object", "array", "string", "number", "boolean", "null"));
    }
    for (String type : SchemaCompiler.types(schema)) {
      kinds.add(type.equals("integer") ? "number" : type);
    }
    return kinds;
  }

  private static boolean apart(Set<?> a, Set<?> b) {
    return a.stream().noneMatch(b::contains);
  }
}
