package dev.nomoat.grammar.automaton;

/**
 * What goes on when a rule has ended that was called.
 *
 * @param call where it was called; {@link #ROOT} for the root, after which the text may end
 * @param low of a counted call, the least number of this time
 * @param high of a counted call, the greatest number of this time; each between them is possible
 * @param parent what goes on when the caller ends
 */
record Frame(int call, int low, int high, Continuation parent) {
  static final int ROOT = -1;
}
