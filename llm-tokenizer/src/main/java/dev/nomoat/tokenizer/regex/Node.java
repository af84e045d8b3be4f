package dev.nomoat.tokenizer.regex;

import java.util.List;

/** A part of a pattern, as parsed. */
sealed interface Node {

  /** No limit to a repetition. */
  int UNLIMITED = -1;

  /** One code point of a set. */
  record One(CodePoints set) implements Node {}

  /** One after the other; nothing if there are none. */
  record Sequence(List<Node> parts) implements Node {}

  /** One of several, the first that leads to a match. */
  record Choice(List<Node> alternatives) implements Node {}

  /**
   * A repetition.
   *
   * @param min how often at least
   * @param max how often at most, or {@link #UNLIMITED}
   * @param greed which number is tried first
   */
  record Repeat(Node body, int min, int max, Greed greed) implements Node {}

  /** Looks at what follows without taking it. */
  record Ahead(Node body, boolean negated) implements Node {}

  /** Looks at the code point before; there is none at the start of the text. */
  record Behind(CodePoints set, boolean negated) implements Node {}

  /** How a repetition chooses. */
  enum Greed {
    /** As many as possible, fewer if the rest fails. */
    GREEDY,
    /** As few as possible, more if the rest fails. */
    LAZY,
    /** As many as possible, whatever becomes of the rest. */
    POSSESSIVE
  }
}
