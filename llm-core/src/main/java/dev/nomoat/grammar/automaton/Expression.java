package dev.nomoat.grammar.automaton;

import java.util.List;

/** What a part of a text may be. Immutable. */
public sealed interface Expression {
  /** The empty text. */
  Expression EMPTY = new Sequence(List.of());

  /** No text at all. */
  Expression NOTHING = new Chars(CharSet.NONE);

  /** No upper bound. */
  int UNBOUNDED = Integer.MAX_VALUE;

  /**
   * One character.
   *
   * @param set which ones
   */
  record Chars(CharSet set) implements Expression {}

  /**
   * A given text.
   *
   * @param text any text; half a surrogate pair counts as U+FFFD
   */
  record Literal(String text) implements Expression {}

  /**
   * Parts one after the other.
   *
   * @param parts the parts
   */
  record Sequence(List<Expression> parts) implements Expression {
    /** Copies the parts. */
    public Sequence {
      parts = List.copyOf(parts);
    }
  }

  /**
   * One of several.
   *
   * @param alternatives what it may be; none for no text at all
   */
  record Choice(List<Expression> alternatives) implements Expression {
    /** Copies the alternatives. */
    public Choice {
      alternatives = List.copyOf(alternatives);
    }
  }

  /**
   * The same several times.
   *
   * @param body what is repeated
   * @param min how often at least
   * @param max how often at most, or {@link #UNBOUNDED}
   */
  record Repeat(Expression body, int min, int max) implements Expression {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if they are negative or contradict each other
     */
    public Repeat {
      if (min < 0 || max < min) {
        throw new IllegalArgumentException("%d to %d times".formatted(min, max));
      }
    }
  }

  /**
   * What a rule says.
   *
   * @param rule its number
   */
  record Reference(int rule) implements Expression {}

  /**
   * A given text.
   *
   * @param text any text
   * @return the expression
   */
  static Expression text(String text) {
    return new Literal(text);
  }

  /**
   * Parts one after the other.
   *
   * @param parts the parts
   * @return the expression
   */
  static Expression sequence(Expression... parts) {
    return parts.length == 1 ? parts[0] : new Sequence(List.of(parts));
  }

  /**
   * One of several.
   *
   * @param alternatives what it may be
   * @return the expression
   */
  static Expression choice(Expression... alternatives) {
    return alternatives.length == 1 ? alternatives[0] : new Choice(List.of(alternatives));
  }

  /**
   * Something or nothing.
   *
   * @param body what it may be
   * @return the expression
   */
  static Expression optional(Expression body) {
    return new Repeat(body, 0, 1);
  }

  /**
   * Something any number of times.
   *
   * @param body what is repeated
   * @return the expression
   */
  static Expression many(Expression body) {
    return new Repeat(body, 0, UNBOUNDED);
  }

  /**
   * One character.
   *
   * @param set which ones
   * @return the expression
   */
  static Expression chars(CharSet set) {
    return new Chars(set);
  }

  /**
   * One of several texts, which share their beginnings.
   *
   * @param texts any number of texts
   * @return the expression
   */
  static Expression anyOf(List<String> texts) {
    return TextTrie.of(texts);
  }
}
