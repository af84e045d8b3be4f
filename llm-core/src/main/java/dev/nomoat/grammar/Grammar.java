package dev.nomoat.grammar;

import dev.nomoat.grammar.automaton.Expression;
import dev.nomoat.grammar.automaton.Machine;
import dev.nomoat.grammar.automaton.Network;
import dev.nomoat.grammar.automaton.Rule;
import dev.nomoat.grammar.automaton.State;
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
