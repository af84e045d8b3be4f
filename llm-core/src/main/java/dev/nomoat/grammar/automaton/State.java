package dev.nomoat.grammar.automaton;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where a text may be within a grammar, all ways together: states of a network, and what goes on
 * when their rules end. Whatever leads to equal ones can be continued in the same ways. Belongs to
 * one {@link Machine}, which fills in what follows.
 */
public final class State {
  final int[] states; // ascending
  final Continuation[] continuations;
  final @Nullable State[] next; // by class of bytes; null where it is not known yet
  private final boolean accepting;
  private final boolean dead;
  private final int hash;

  /** The state with counters that are far from their bounds set to one value. */
  @Nullable State relaxed;

  State(int[] states, Continuation[] continuations, boolean accepting, int classes) {
    this.states = states;
    this.continuations = continuations;
    this.accepting = accepting;
    this.dead = states.length == 0 && !accepting;
    this.next = new State[classes];
    int h = Arrays.hashCode(states) * 31 + Boolean.hashCode(accepting);
    for (Continuation continuation : continuations) {
      h = h * 31 + Long.hashCode(continuation.id);
    }
    this.hash = h;
  }

  /**
   * Whether the text may end here.
   *
   * @return whether it is complete
   */
  public boolean accepting() {
    return accepting;
  }

  /**
   * Whether the text does not match, however it goes on.
   *
   * @return whether all is lost
   */
  public boolean dead() {
    return dead;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof State s
        && accepting == s.accepting
        && Arrays.equals(states, s.states)
        && Arrays.equals(continuations, s.continuations);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
