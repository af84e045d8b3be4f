package dev.nomoat.grammar.automaton;

/** What follows a state of a network before a byte is taken. Immutable. */
final class Closure {
  /** Pairs of a set of bytes and the state behind it. */
  final int[] bytes;

  /** Calls of rules that must take a byte. */
  final int[] calls;

  /** Whether the rule may end. */
  final boolean ends;

  Closure(int[] bytes, int[] calls, boolean ends) {
    this.bytes = bytes;
    this.calls = calls;
    this.ends = ends;
  }

  /** Whether nothing can follow but the end of the rule. */
  boolean isEnd() {
    return ends && bytes.length == 0 && calls.length == 0;
  }
}
