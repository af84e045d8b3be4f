package dev.nomoat.grammar;

import dev.nomoat.grammar.automaton.Expression;
import dev.nomoat.grammar.automaton.Machine;
import dev.nomoat.grammar.automaton.Network;
import dev.nomoat.grammar.automaton.Rule;
import dev.nomoat.grammar.automaton.State;
import dev.nomoat.grammar.record.RecordBinding;
import dev.nomoat.grammar.schema.SchemaCompiler;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * Says which texts a model may write. A generation with a grammar chooses among the tokens only
 * that keep to it, and may end where the text is complete, so that every text that ends by itself
 * matches; one that is cut, by a limit on tokens say, is the beginning of one that does.
 *
 * <p>Immutable and thread-safe. Grammars of equal source are equal, and share what a model has
 * computed of them.
 */
public final class Grammar {
  private final String kind;
  private final String source;
  private final Network network;

  private Grammar(String kind, String source, Network network) {
    this.kind = kind;
    this.source = source;
    this.network = network;
  }

  /**
   * A grammar in the notation of llama.cpp: rules {@code name ::= alternatives} of literals {@code
   * "…"}, sets of characters {@code [a-z]} and {@code [^…]}, {@code .} for any character, names of
   * rules and parentheses, repeated by {@code *}, {@code +}, {@code ?}, {@code {n}}, {@code {m,}}
   * or {@code {m,n}}. A whole text matches the rule {@code root}. Counts may be large: they are
   * counted, not copied.
   *
   * @param text the rules
   * @return the grammar
   * @throws GrammarException if it is none, with line and column; if a rule begins with itself
   *     (left recursion), matches no text, is missing or there twice; if it names tokens ({@code
   *     <…>}), which is not supported; or if it is too large
   */
  public static Grammar gbnf(String text) {
    Objects.requireNonNull(text, "text");
    return new Grammar("GBNF", text, Network.of(GbnfParser.parse(text), 0, true));
  }

  /**
   * The JSON values of a schema (JSON Schema, draft 2020-12). Every text that matches is valid JSON
   * and valid by the schema. Of what is valid by the schema, the grammar has all but this:
   *
   * <ul>
   *   <li>Properties come in the order of the schema; those that are not required may be left out.
   *       Additional ones come last. Where {@code properties} are given, there are additional ones
   *       only if {@code additionalProperties} says so.
   *   <li>Of the additional properties no more than one counts for {@code minProperties}, as
   *       several may have the same name; a schema that needs more of them is refused.
   *   <li>A schema with keywords of some types (such as {@code minLength}) but no {@code type}
   *       stands for values of these types.
   *   <li>White space between the parts is a space, or the end of a line and up to 16 spaces.
   *   <li>Numbers without bounds have up to 18 digits before the point and 17 behind it; those with
   *       bounds are written without exponent; strings with a pattern or format escape only what
   *       must be escaped. Values of {@code enum} and {@code const} are written compactly.
   * </ul>
   *
   * <p>Supported are {@code type}, {@code enum}, {@code const}, {@code properties}, {@code
   * required}, {@code additionalProperties}, {@code patternProperties} (one, alone), {@code
   * minProperties}, {@code maxProperties}, {@code items}, {@code prefixItems}, {@code minItems},
   * {@code maxItems}, {@code minimum}, {@code maximum}, {@code exclusiveMinimum}, {@code
   * exclusiveMaximum}, {@code multipleOf} (whole numbers), {@code minLength}, {@code maxLength} (in
   * code points), {@code pattern} (what is regular of ECMA-262), {@code format} (date, time,
   * date-time, uuid, ipv4, ipv6, hostname, email and uri, of the last three the plain forms: labels
   * without two hyphens together, addresses in a domain of a well-known ending, and with a host),
   * {@code anyOf}, {@code oneOf} (of schemas that are seen to be disjoint: by type, by values, or
   * by a required property), {@code allOf}, and {@code $ref} within the schema, recursive too. All
   * else is refused by name.
   *
   * @param schema the schema, as JSON
   * @return the grammar
   * @throws GrammarException if it is no schema, or has what is not supported, with the path
   */
  public static Grammar jsonSchema(String schema) {
    Objects.requireNonNull(schema, "schema");
    Json json;
    try {
      json = Json.parse(schema);
    } catch (JsonException e) {
      throw GrammarException.of("the schema is no JSON: " + e.getMessage());
    }
    SchemaCompiler.Compiled compiled = SchemaCompiler.compile(json);
    return new Grammar("JSON schema", schema, Network.of(compiled.rules(), compiled.root(), false));
  }

  /**
   * The JSON of a record's type: an object with its components. Supported are components of type
   * {@code String}, {@code boolean}, whole numbers and {@code BigInteger}, {@code float}, {@code
   * double} and {@code BigDecimal}, enums, {@code LocalDate}, {@code Instant}, {@code
   * OffsetDateTime}, {@code UUID}, records, {@code List}, {@code Set}, {@code Optional} (which may
   * be missing or null), arrays, {@code Map<String, …>}, and sealed interfaces of records, which
   * the property {@code type} with the record's simple name tells apart.
   *
   * @param type the type; its package must be open to this module, which it is on the class path
   * @return the grammar
   * @throws GrammarException if a component has another type, with the way to it
   */
  public static Grammar of(Class<? extends Record> type) {
    return jsonSchema(RecordBinding.of(type).schema().toJson());
  }

  /**
   * Any JSON value.
   *
   * @return the grammar
   */
  public static Grammar json() {
    return AnyJson.GRAMMAR;
  }

  /** Made when first needed. */
  private static final class AnyJson {
    private static final Grammar GRAMMAR = jsonSchema("true");
  }

  /**
   * Exactly one of several texts.
   *
   * @param texts at least one; none of them empty
   * @return the grammar
   * @throws IllegalArgumentException if there is none, or one is empty
   */
  public static Grammar choice(List<String> texts) {
    List<String> copy = List.copyOf(texts);
    if (copy.isEmpty() || copy.contains("")) {
      throw new IllegalArgumentException(
          copy.isEmpty() ? "there is no text to choose" : "an empty text to choose");
    }
    Rule root = new Rule("the choice", Expression.anyOf(copy));
    return new Grammar("choice", String.join("\0", copy), Network.of(List.of(root), 0, true));
  }

  /**
   * Whether a whole text matches.
   *
   * @param text any text
   * @return whether a generation with this grammar could have written it
   */
  public boolean matches(String text) {
    Machine machine = new Machine(network, 0);
    State state = machine.start();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      state = machine.next(state, b);
    }
    return state.accepting();
  }

  Network network() {
    return network;
  }

  /**
   * Grammars are equal if they are of one kind and have the same source.
   *
   * @param other anything
   * @return whether it is an equal grammar
   */
  @Override
  public boolean equals(Object other) {
    return other instanceof Grammar g && kind.equals(g.kind) && source.equals(g.source);
  }

  @Override
  public int hashCode() {
    return Objects.hash(kind, source);
  }

  /**
   * The kind of grammar and the beginning of its source.
   *
   * @return a short text for messages
   */
  @Override
  public String toString() {
    int most = 60;
    String line = source.replaceAll("\\s+", " ").replace('\0', '|');
    return kind + " " + (line.length() <= most ? line : line.substring(0, most) + "…");
  }
}
