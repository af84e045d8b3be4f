package dev.nomoat.grammar.automaton;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What goes on when a rule ends: any of some frames. It stands for all stacks of calls that have
 * led to the rule at one place of a text (M. Tomita, "Graph-structured Stack", 1988). Equal ones of
 * a {@link Machine} are the same, so they are compared by identity. Immutable.
 */
final class Continuation {
  /** Tells continuations of a machine apart, in the order in which they were made. */
  final long id;

  final List<Frame> frames; // in order, without two that could be one

  /** This one with counters that are far from their bounds set to one value. */
  final Continuation relaxed;

  Continuation(long id, List<Frame> frames, @Nullable Continuation relaxed) {
    this.id = id;
    this.frames = frames;
    this.relaxed = relaxed == null ? this : relaxed;
  }
}
