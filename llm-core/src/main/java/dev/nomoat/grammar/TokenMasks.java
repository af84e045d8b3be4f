package dev.nomoat.grammar;

import dev.nomoat.grammar.automaton.Machine;
import dev.nomoat.grammar.automaton.State;
import dev.nomoat.grammar.automaton.TokenTrie;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * For one grammar and one vocabulary: the tokens that may follow where a text is. Computed once for
 * states that have the same ones, and kept while there is room. Thread-safe.
 */
final class TokenMasks {
  /** Masks that are kept take this many bytes at most. */
  private static final int MOST_BYTES = 8 << 20;

  private final TokenTrie trie;
  private final int words;
  private final int[] endTokens;

  private final ReentrantLock lock = new ReentrantLock();
  // guarded by the lock
  private final Machine machine;
  private final Map<State, TokenMask> masks;
  private int forgotten;

  /**
   * Prepares.
   *
   * @param grammar what texts must match
   * @param trie the tokens that stand for text
   * @param tokens the number of ids
   * @param endTokens the tokens that may follow where the text may end; copied
   */
  TokenMasks(Grammar grammar, TokenTrie trie, int tokens, int... endTokens) {
    this.trie = trie;
    this.words = (tokens + Long.SIZE - 1) / Long.SIZE;
    this.endTokens = endTokens.clone();
    this.machine = new Machine(grammar.network(), trie.longest());
    this.masks = new Recent<>(Math.max(16, MOST_BYTES / (words * Long.BYTES)));
  }

  State start() {
    return machine.start();
  }

  /** Where the text is behind some bytes, which are those of tokens that may follow. */
  State next(State state, byte[] bytes) {
    lock.lock();
    try {
      State at = state;
      for (byte b : bytes) {
        at = machine.next(at, b);
      }
      return at;
    } finally {
      lock.unlock();
    }
  }

  /** The tokens that may follow. */
  TokenMask mask(State state) {
    lock.lock();
    try {
      State relaxed = machine.relaxed(state);
      TokenMask known = masks.get(relaxed);
      if (known == null) {
        known = compute(relaxed);
        if (forgotten != machine.forgotten()) {
          forgotten = machine.forgotten();
          masks.clear(); // they hold what the machine has forgotten
        }
        masks.put(relaxed, known);
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  private TokenMask compute(State state) {
    long[] allowed = new long[words];
    int count = trie.mark(machine, state, allowed);
    if (state.accepting()) {
      for (int token : endTokens) {
        allowed[token >> 6] |= 1L << token;
      }
    }
    return new TokenMask(allowed, count);
  }
}
