package dev.nomoat.grammar.schema;

import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.automaton.Expression;
import dev.nomoat.grammar.automaton.Rule;
import dev.nomoat.tokenizer.json.Json;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Compiles a JSON schema (draft 2020-12) to rules. Every text that matches them is valid JSON and
 * valid by the schema; what a grammar cannot say is refused by its name. Where a schema leaves open
 * what matches without end, such as additional properties that it does not mention, a smaller set
 * is taken; see {@link dev.nomoat.grammar.Grammar#jsonSchema}.
 */
public final class SchemaCompiler {
  private static final int MOST_SCHEMAS = 20_000;
  private static final int DEEPEST = 400;

  private static final Map<String, List<String>> KEYWORDS_OF_TYPES =
      Map.of(
          "object",
          List.of(
              "properties",
              "required",
              "additionalProperties",
              "patternProperties",
              "minProperties",
              "maxProperties"),
          "array",
          List.of("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
          "string",
          List.of("minLength", "maxLength", "pattern", "format"),
          "number",
          List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"));

  private static final Set<String> TYPES =
      new LinkedHashSet<>(
          List.of("object", "array", "string", "number", "integer", "boolean", "null"));

  /** A schema that others refer to. */
  private record Target(String pointer, int rule) {}

  private final RuleSet rules = new RuleSet();
  private final JsonText json = new JsonText(rules);
  private final SchemaReferences references;
  private final ObjectRules objects;
  private final Map<String, Integer> ruleOfPointer = new HashMap<>();
  private final Deque<Target> left = new ArrayDeque<>();
  private int schemas;

  private SchemaCompiler(Json root) {
    references = new SchemaReferences(root);
    objects = new ObjectRules(rules, json, this::value);
  }

  /**
   * A compiled schema.
   *
   * @param rules the rules
   * @param root the rule that whole texts match
   */
  public record Compiled(List<Rule> rules, int root) {}

  /**
   * Compiles a schema.
   *
   * @param schema the schema: an object or a boolean
   * @return the rules
   * @throws GrammarException if it is no schema, or has what is not supported
   */
  public static Compiled compile(Json schema) {
    SchemaCompiler compiler = new SchemaCompiler(schema);
    int root = compiler.rule("#");
    while (!compiler.left.isEmpty()) {
      Target target = compiler.left.pop();
      Json at = compiler.references.find(target.pointer, target.pointer);
      String path = SchemaReferences.path(target.pointer);
      compiler.rules.define(target.rule, compiler.value(at, path, 0));
    }
    return new Compiled(compiler.rules.rules(), root);
  }

  /**
   * The rules of any JSON value.
   *
   * @return the rules
   */
  public static Compiled anyJson() {
    return compile(new Json.BoolValue(true));
  }

  private int rule(String pointer) {
    Integer known = ruleOfPointer.get(pointer);
    if (known != null) {
      return known;
    }
    int rule = rules.declare(pointer.equals("#") ? "the schema" : "the schema " + pointer);
    ruleOfPointer.put(pointer, rule);
    left.push(new Target(pointer, rule));
    return rule;
  }

  private Expression value(Json schema, String path, int depth) {
    return switch (schema) {
      case Json.BoolValue(boolean any) -> any ? json.value() : Expression.NOTHING;
      case Json.ObjectValue(var members) -> value(new Keywords(members, path), depth);
      default -> throw GrammarException.in(path, schema.kind() + ", but should be a schema");
    };
  }

  private Expression value(Keywords schema, int depth) {
    if (++schemas > MOST_SCHEMAS || depth > DEEPEST) {
      throw GrammarException.in(schema.path(), "the schema is too large, or nests too deep");
    }
    schema.check(schema.path().isEmpty());
    if (schema.has("$ref") && schema.hasOnly("$ref")) {
      String pointer = references.pointer(schema);
      references.find(pointer, schema.at("$ref"));
      return new Expression.Reference(rule(pointer));
    }
    if (schema.has("$ref") || schema.has("allOf")) {
      return value(references.expand(schema), depth + 1);
    }
    for (String several : List.of("anyOf", "oneOf")) {
      if (schema.has(several)) {
        return choice(schema, several, depth);
      }
    }
    if (schema.has("const") || schema.has("enum")) {
      return literals(schema);
    }
    List<Expression> ways = new ArrayList<>();
    Set<String> types = types(schema);
    if (types.contains("number")) {
      types.remove("integer");
    }
    if (types.size() == TYPES.size() - 1
        && schema.members().keySet().stream().allMatch(Keywords.ANNOTATIONS::contains)) {
      return json.value();
    }
    for (String type : types) {
      ways.add(
          switch (type) {
            case "object" -> rules.add("an object", objects.object(schema, depth));
            case "array" -> rules.add("an array", array(schema, depth));
            case "string" -> ScalarRules.string(schema);
            case "number" -> ScalarRules.number(schema, false, rules);
            case "integer" -> ScalarRules.number(schema, true, rules);
            case "boolean" -> JsonText.FALSE_OR_TRUE;
            default -> JsonText.NULL;
          });
    }
    return ways.size() == 1 ? ways.getFirst() : new Expression.Choice(ways);
  }

  /** What a schema says of types; without that, the types that its keywords are about, or all. */
  static Set<String> types(Keywords schema) {
    Set<String> types = new LinkedHashSet<>();
    if (schema.has("type")) {
      List<Json> named =
          schema.find("type").orElseThrow() instanceof Json.ArrayValue(var several)
              ? several
              : List.of(schema.find("type").orElseThrow());
      for (Json type : named) {
        if (!(type instanceof Json.TextValue(String name)) || !TYPES.contains(name)) {
          throw schema.fault("type", type, "one or several of " + String.join(", ", TYPES));
        }
        types.add(name);
      }
      return types;
    }
    for (String type : TYPES) {
      if (KEYWORDS_OF_TYPES.getOrDefault(type, List.of()).stream().anyMatch(schema::has)) {
        types.add(type);
      }
    }
    return types.isEmpty() ? new LinkedHashSet<>(TYPES) : types;
  }

  private Expression choice(Keywords schema, String key, int depth) {
    List<Json> branches = schema.elements(key);
    Map<String, Json> rest = new LinkedHashMap<>(schema.members());
    rest.remove(key);
    if (key.equals("oneOf")) {
      new Disjoint(references).check(schema, branches);
    }
    boolean alone = schema.hasOnly(key);
    List<Expression> ways = new ArrayList<>();
    for (int i = 0; i < branches.size(); i++) {
      String path = schema.at(key) + "[" + i + "]";
      Json branch = branches.get(i);
      if (alone) {
        ways.add(value(branch, path, depth + 1));
      } else if (branch instanceof Json.ObjectValue(var members)) {
        Keywords expanded = references.expand(new Keywords(members, path));
        ways.add(
            value(
                new Keywords(SchemaMerger.merge(rest, expanded.members(), path), path), depth + 1));
      } else if (branch.equals(new Json.BoolValue(true))) {
        ways.add(value(new Keywords(rest, schema.path()), depth + 1));
      } else if (!branch.equals(new Json.BoolValue(false))) {
        throw GrammarException.in(path, branch.kind() + ", but should be a schema");
      }
    }
    return new Expression.Choice(ways);
  }

  /** The values of enum and const, as compact JSON. */
  private static Expression literals(Keywords schema) {
    if (schema.find("enum").equals(Optional.of(new Json.ArrayValue(List.of())))) {
      return Expression.NOTHING; // whatever is beside it
    }
    for (String key : schema.members().keySet()) {
      if (!List.of("const", "enum", "type").contains(key) && !Keywords.ANNOTATIONS.contains(key)) {
        throw GrammarException.in(
            schema.at(key), "%s beside enum or const is not supported".formatted(key));
      }
    }
    Set<String> types = types(schema);
    List<Json> values =
        schema.has("enum") ? schema.elements("enum") : List.of(schema.find("const").orElseThrow());
    if (schema.has("const")) {
      values =
          values.contains(schema.find("const").orElseThrow())
              ? List.of(schema.find("const").orElseThrow())
              : List.of();
    }
    List<String> texts =
        values.stream().filter(value -> isOf(value, types)).map(Json::toJson).toList();
    return texts.isEmpty() ? Expression.NOTHING : Expression.anyOf(texts);
  }

  /** Whether a value is of one of some types. */
  static boolean isOf(Json value, Set<String> types) {
    return switch (value) {
      case Json.ObjectValue _ -> types.contains("object");
      case Json.ArrayValue _ -> types.contains("array");
      case Json.TextValue _ -> types.contains("string");
      case Json.NumberValue number ->
          types.contains("number")
              || (types.contains("integer")
                  && Keywords.decimal(number.digits(), "").stripTrailingZeros().scale() <= 0);
      case Json.BoolValue _ -> types.contains("boolean");
      case Json.NullValue _ -> types.contains("null");
    };
  }

  private Expression array(Keywords schema, int depth) {
    int min = schema.count("minItems", 0);
    int max = schema.count("maxItems", Expression.UNBOUNDED);
    List<Json> first = schema.elements("prefixItems");
    if (schema.find("items").orElse(null) instanceof Json.ArrayValue) {
      throw GrammarException.in(
          schema.at("items"), "an array of items is of an older draft; it is now prefixItems");
    }
    if (max < min) {
      return Expression.NOTHING;
    }
    Expression item = Expression.NOTHING;
    boolean more = max > first.size();
    if (more) {
      Json items = schema.find("items").orElse(new Json.BoolValue(true));
      more = !items.equals(new Json.BoolValue(false));
      item = more ? rules.add("an element", value(items, schema.at("items"), depth + 1)) : item;
    }
    if (first.isEmpty()) {
      int most = more ? max : 0;
      return most < min ? Expression.NOTHING : json.array(json.list(item, min, most));
    }
    int count = Math.min(first.size(), max);
    int atLeast = Math.max(0, min - count);
    int atMost = more ? (max == Expression.UNBOUNDED ? max : max - count) : 0;
    if (atMost < atLeast) {
      return Expression.NOTHING;
    }
    Expression rest =
        new Expression.Repeat(Expression.sequence(json.comma(), item), atLeast, atMost);
    for (int i = count - 1; i >= 0; i--) {
      Expression element = value(first.get(i), schema.at("prefixItems") + "[" + i + "]", depth + 1);
      Expression from =
          Expression.sequence(i == 0 ? Expression.EMPTY : json.comma(), element, rest);
      rest = i < min ? from : Expression.optional(from);
    }
    return json.array(rest);
  }
}
