package dev.nomoat.grammar.schema;

import dev.nomoat.file.Utf8;
import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.automaton.Expression;
import dev.nomoat.tokenizer.json.Json;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keywords of one schema.
 *
 * @param members by their names
 * @param path the way to the schema
 */
record Keywords(Map<String, Json> members, String path) {
  /** Keywords that say nothing of what matches. */
  static final Set<String> ANNOTATIONS =
      Set.of(
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly",
          "$comment",
          "$schema",
          "$defs",
          "definitions");

  private static final int MOST_DIGITS = 10_000;

  private static final Set<String> SUPPORTED =
      Set.of(
          "$ref",
          "allOf",
          "anyOf",
          "oneOf",
          "type",
          "enum",
          "const",
          "properties",
          "required",
          "additionalProperties",
          "patternProperties",
          "minProperties",
          "maxProperties",
          "items",
          "prefixItems",
          "minItems",
          "maxItems",
          "uniqueItems",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "multipleOf",
          "minLength",
          "maxLength",
          "pattern",
          "format");

  /** Refuses keywords that are not supported. */
  void check(boolean root) {
    for (String key : members.keySet()) {
      boolean known =
          SUPPORTED.contains(key) || ANNOTATIONS.contains(key) || (root && key.equals("$id"));
      if (!known) {
        throw GrammarException.in(at(key), "the keyword %s is not supported".formatted(key));
      }
    }
    if (find("uniqueItems").filter(v -> !v.equals(new Json.BoolValue(false))).isPresent()) {
      throw GrammarException.in(
          at("uniqueItems"), "uniqueItems is not supported: a grammar cannot compare elements");
    }
  }

  String at(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  boolean has(String key) {
    return members.containsKey(key);
  }

  /** Whether there is nothing but a keyword, and annotations. */
  boolean hasOnly(String key) {
    return members.keySet().stream().allMatch(k -> k.equals(key) || ANNOTATIONS.contains(k));
  }

  Optional<Json> find(String key) {
    return Optional.ofNullable(members.get(key));
  }

  GrammarException fault(String key, String expected) {
    return fault(key, members.get(key), expected);
  }

  /** A fault in a value of a keyword, or in a part of it. */
  GrammarException fault(String key, @Nullable Json value, String expected) {
    String found =
        switch (value) {
          case null -> "missing";
          case Json.TextValue(String text) -> "the string " + Utf8.quote(text);
          case Json.NumberValue(String digits) when digits.length() < 40 -> "the number " + digits;
          case Json other -> other.kind();
        };
    return GrammarException.in(at(key), "%s, but should be %s".formatted(found, expected));
  }

  Optional<String> text(String key) {
    return find(key)
        .map(
            value -> {
              if (value instanceof Json.TextValue(String text)) {
                return text;
              }
              throw fault(key, "a string");
            });
  }

  /** A number of a schema, of which the way to it is known or empty. */
  static BigDecimal decimal(String digits, String path) {
    if (digits.length() > MOST_DIGITS) {
      throw GrammarException.in(path, "a number of more than %d digits".formatted(MOST_DIGITS));
    }
    try {
      return new BigDecimal(digits);
    } catch (NumberFormatException e) {
      throw GrammarException.in(path, "the number %s is too large or small".formatted(digits));
    }
  }

  Optional<BigDecimal> number(String key) {
    return find(key)
        .map(
            value -> {
              if (value instanceof Json.NumberValue(String digits)) {
                return decimal(digits, at(key));
              }
              throw fault(key, "a number");
            });
  }

  int count(String key, int orElse) {
    return number(key)
        .map(
            value -> {
              if (value.signum() < 0 || value.stripTrailingZeros().scale() > 0) {
                throw fault(key, "a whole number that is not negative");
              }
              return value.min(BigDecimal.valueOf(Expression.UNBOUNDED)).intValue();
            })
        .orElse(orElse);
  }

  List<Json> elements(String key) {
    return find(key)
        .map(
            value -> {
              if (value instanceof Json.ArrayValue(var elements)) {
                return elements;
              }
              throw fault(key, "an array");
            })
        .orElse(List.of());
  }

  Map<String, Json> object(String key) {
    return find(key)
        .map(
            value -> {
              if (value instanceof Json.ObjectValue(var all)) {
                return all;
              }
              throw fault(key, "an object");
            })
        .orElse(Map.of());
  }
}
