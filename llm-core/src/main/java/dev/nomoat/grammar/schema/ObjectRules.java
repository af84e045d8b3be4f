package dev.nomoat.grammar.schema;

import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.automaton.Expression;
import dev.nomoat.tokenizer.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Objects of schemas: their properties come in the order of the schema, then additional ones. */
final class ObjectRules {
  private static final Json ANY = new Json.BoolValue(true);
  private static final Json NONE = new Json.BoolValue(false);
  private static final int MOST_COUNTED = 20_000;

  /** Compiles the schema of a value. */
  @FunctionalInterface
  interface Values {
    Expression of(Json schema, String path, int depth);
  }

  private final RuleSet rules;
  private final JsonText json;
  private final Values values;

  ObjectRules(RuleSet rules, JsonText json, Values values) {
    this.rules = rules;
    this.json = json;
    this.values = values;
  }

  /** A property, and whether it must be there. */
  private record Property(Expression member, boolean required) {}

  Expression object(Keywords schema, int depth) {
    Map<String, Json> properties = new LinkedHashMap<>(schema.object("properties"));
    Set<String> required = new LinkedHashSet<>();
    for (Json name : schema.elements("required")) {
      if (!(name instanceof Json.TextValue(String text))) {
        throw schema.fault("required", "an array of names");
      }
      required.add(text);
    }
    Json more =
        schema
            .find("additionalProperties")
            .orElse(schema.has("properties") || schema.has("patternProperties") ? NONE : ANY);
    Json unnamed = schema.find("additionalProperties").orElse(ANY);
    required.forEach(name -> properties.putIfAbsent(name, unnamed));
    List<Property> members = new ArrayList<>();
    properties.forEach(
        (name, value) -> {
          String path = schema.at("properties") + "." + name;
          Expression member =
              json.member(
                  StringText.quoted(Expression.text(StringText.escape(name))),
                  values.of(value, path, depth + 1));
          members.add(new Property(rules.add("a property", member), required.contains(name)));
        });
    Expression additional = additional(schema, properties, more, depth);
    int min = schema.count("minProperties", 0);
    int max = schema.count("maxProperties", Expression.UNBOUNDED);
    return json.object(new Counted(members, additional, min, max, schema).members());
  }

  /** A member that is not named; null if there is none. */
  private @Nullable Expression additional(
      Keywords schema, Map<String, Json> properties, Json more, int depth) {
    Map<String, Json> patterns = schema.object("patternProperties");
    if (patterns.isEmpty()) {
      return more.equals(NONE)
          ? null
          : rules.add(
              "an additional property",
              json.member(
                  properties.isEmpty()
                      ? JsonText.STRING
                      : StringText.quoted(
                          StringText.allBut(List.copyOf(properties.keySet()), rules)),
                  values.of(more, schema.at("additionalProperties"), depth + 1)));
    }
    String path = schema.at("patternProperties");
    if (patterns.size() > 1 || !properties.isEmpty() || !more.equals(NONE)) {
      throw GrammarException.in(
          path,
          "only one pattern is supported, without properties and with additionalProperties false");
    }
    Map.Entry<String, Json> only = patterns.entrySet().iterator().next();
    return rules.add(
        "a property by a pattern",
        json.member(
            StringText.quoted(PatternParser.parse(only.getKey(), path).expression()),
            values.of(only.getValue(), path + "." + only.getKey(), depth + 1)));
  }

  /** Members of an object, of which there are as many as there must and may be. */
  private final class Counted {
    private final List<Property> members;
    private final @Nullable Expression additional;
    private final int min;
    private final int max;

    /** Counts above this make no difference. */
    private final int cap;

    Counted(
        List<Property> members,
        @Nullable Expression additional,
        int min,
        int max,
        Keywords schema) {
      this.members = members;
      this.additional = additional;
      // A minimum that the required ones reach, or a maximum above what there can be, says nothing.
      long needed = members.stream().filter(Property::required).count();
      this.min = min <= needed ? 0 : min;
      if (additional != null && this.min > members.size() + 1L) {
        throw GrammarException.in(
            schema.at("minProperties"),
            "more than one property without a name in the schema is not supported: two of them"
                + " could have the same name");
      }
      this.max = additional == null && max >= members.size() ? Expression.UNBOUNDED : max;
      long last = this.max == Expression.UNBOUNDED ? Math.max(this.min, 1) : this.max;
      if (last > members.size()) {
        last = members.size() + 1L;
      }
      if ((members.size() + 1L) * (last + 1) > MOST_COUNTED) {
        throw GrammarException.in(
            schema.path(), "minProperties or maxProperties of so many properties is not supported");
      }
      this.cap = (int) last;
    }

    /** Rules by the properties that were decided on and those that are there. */
    Expression members() {
      int[][] ids = new int[members.size() + 1][cap + 1];
      for (int i = 0; i <= members.size(); i++) {
        for (int count = 0; count <= cap; count++) {
          ids[i][count] = rules.declare("the properties");
        }
      }
      for (int i = 0; i <= members.size(); i++) {
        for (int count = 0; count <= cap; count++) {
          rules.define(ids[i][count], i == members.size() ? rest(count) : from(i, count, ids));
        }
      }
      return new Expression.Reference(ids[0][0]);
    }

    private Expression from(int i, int count, int[][] ids) {
      Property property = members.get(i);
      List<Expression> ways = new ArrayList<>();
      if (count < max) {
        Expression next = new Expression.Reference(ids[i + 1][Math.min(count + 1, cap)]);
        ways.add(
            count == 0
                ? Expression.sequence(property.member, next)
                : Expression.sequence(json.comma(), property.member, next));
      }
      if (!property.required) {
        ways.add(new Expression.Reference(ids[i + 1][count]));
      }
      return new Expression.Choice(ways);
    }

    /**
     * Additional members. More than one may have the same name, which then counts once, so no more
     * than one of them helps to reach the minimum.
     */
    private Expression rest(int count) {
      if (min - count > (additional == null ? 0 : 1)) {
        return Expression.NOTHING;
      }
      int least = Math.max(0, min - count);
      int most = max == Expression.UNBOUNDED ? max : max - Math.min(count, max);
      if (additional == null) {
        return Expression.EMPTY;
      }
      if (most < least) {
        return Expression.NOTHING;
      }
      return count == 0
          ? json.list(additional, least, most)
          : new Expression.Repeat(Expression.sequence(json.comma(), additional), least, most);
    }
  }
}
