package dev.nomoat.tokenizer.regex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The non-deterministic automaton of a pattern: Thompson's construction, built from the end, so
 * that every state is made after those it leads to.
 *
 * <p>States are numbered. The kinds: {@link #TAKE} takes a code point of a set and goes on to the
 * next state; {@link #FORK} goes on to the first of two states that succeeds; {@link #AHEAD} and
 * {@link #NOT_AHEAD} go on if another automaton, whose states are among these, can or cannot match
 * here; {@link #BEHIND} and {@link #NOT_BEHIND} if the code point before is or is not in a set;
 * {@link #MATCH} ends a match.
 */
final class Automaton {
  static final byte MATCH = 0;
  static final byte TAKE = 1;
  static final byte FORK = 2;
  static final byte AHEAD = 3;
  static final byte NOT_AHEAD = 4;
  static final byte BEHIND = 5;
  static final byte NOT_BEHIND = 6;

  private static final int MOST_STATES = 20_000;

  /** How often a node is built, at most: what is repeated may add no states. */
  private static final int MOST_STEPS = 50 * MOST_STATES;

  private static final int NONE = -1;

  private final String pattern;
  private byte[] kinds = new byte[64];
  private int[] next = new int[64];

  /**
   * For a fork the state to try after the next one; for a look-ahead where what it looks for
   * starts; otherwise the number of the set.
   */
  private int[] arguments = new int[64];

  /** How many look-aheads are around the state. */
  private int[] levels = new int[64];

  private int size;
  private int steps;
  private int level;
  private int deepest;
  private final List<CodePoints> sets = new ArrayList<>();
  private final Map<CodePoints, Integer> setNumbers = new HashMap<>();
  private final int start;

  Automaton(String pattern) {
    this.pattern = pattern;
    start = build(RegexParser.parse(pattern), add(MATCH, NONE, NONE));
  }

  /** Builds the states of a node; depth is limited by the parser. */
  private int build(Node node, int then) {
    if (++steps > MOST_STEPS) {
      throw new RegexSyntaxException("More than " + MOST_STEPS + " repetitions", pattern, 0);
    }
    return switch (node) {
      case Node.One one -> add(TAKE, then, set(one.set()));
      case Node.Sequence sequence -> {
        int at = then;
        for (Node part : sequence.parts().reversed()) {
          at = build(part, at);
        }
        yield at;
      }
      case Node.Choice choice -> {
        List<Node> alternatives = choice.alternatives();
        int at = build(alternatives.getLast(), then);
        for (int i = alternatives.size() - 2; i >= 0; i--) {
          at = add(FORK, build(alternatives.get(i), then), at);
        }
        yield at;
      }
      case Node.Repeat repeat -> repeat(repeat, then);
      case Node.Ahead ahead -> {
        level++;
        deepest = Math.max(deepest, level);
        int body = build(ahead.body(), add(MATCH, NONE, NONE));
        level--;
        yield add(ahead.negated() ? NOT_AHEAD : AHEAD, then, body);
      }
      case Node.Behind behind ->
          add(behind.negated() ? NOT_BEHIND : BEHIND, then, set(behind.set()));
    };
  }

  private int repeat(Node.Repeat repeat, int then) {
    int at;
    int optional = repeat.max() - repeat.min();
    if (repeat.max() == Node.UNLIMITED) {
      int loop = add(FORK, NONE, NONE);
      setFork(loop, build(repeat.body(), loop), leave(repeat, then), repeat.greed());
      at = loop;
      optional = 0;
    } else {
      at = then;
    }
    for (int i = 0; i < optional; i++) {
      int fork = add(FORK, NONE, NONE);
      setFork(fork, build(repeat.body(), at), leave(repeat, then), repeat.greed());
      at = fork;
    }
    for (int i = 0; i < repeat.min(); i++) {
      at = build(repeat.body(), at);
    }
    return at;
  }

  /** Where a repetition goes that has had enough; a possessive one only if it cannot go on. */
  private int leave(Node.Repeat repeat, int then) {
    return repeat.greed() == Node.Greed.POSSESSIVE
        ? build(new Node.Ahead(repeat.body(), true), then)
        : then;
  }

  private void setFork(int fork, int body, int leave, Node.Greed greed) {
    boolean lazy = greed == Node.Greed.LAZY;
    next[fork] = lazy ? leave : body;
    arguments[fork] = lazy ? body : leave;
  }

  private int add(byte kind, int then, int argument) {
    if (size == MOST_STATES) {
      throw new RegexSyntaxException("More than " + MOST_STATES + " states", pattern, 0);
    }
    if (size == kinds.length) {
      kinds = Arrays.copyOf(kinds, size * 2);
      next = Arrays.copyOf(next, size * 2);
      arguments = Arrays.copyOf(arguments, size * 2);
      levels = Arrays.copyOf(levels, size * 2);
    }
    kinds[size] = kind;
    next[size] = then;
    arguments[size] = argument;
    levels[size] = level;
    return size++;
  }

  private int set(CodePoints set) {
    Integer known = setNumbers.putIfAbsent(set, sets.size());
    if (known == null) {
      sets.add(set);
      return sets.size() - 1;
    }
    return known;
  }

  String pattern() {
    return pattern;
  }

  int size() {
    return size;
  }

  int start() {
    return start;
  }

  byte kind(int state) {
    return kinds[state];
  }

  int next(int state) {
    return next[state];
  }

  int argument(int state) {
    return arguments[state];
  }

  int level(int state) {
    return levels[state];
  }

  int deepestLevel() {
    return deepest;
  }

  List<CodePoints> sets() {
    return sets;
  }

  boolean looksBehind() {
    return !setsBehind().isEmpty();
  }

  /** The numbers of the sets that it looks behind at. */
  BitSet setsBehind() {
    var behind = new BitSet();
    for (int state = 0; state < size; state++) {
      if (kinds[state] == BEHIND || kinds[state] == NOT_BEHIND) {
        behind.set(arguments[state]);
      }
    }
    return behind;
  }
}
