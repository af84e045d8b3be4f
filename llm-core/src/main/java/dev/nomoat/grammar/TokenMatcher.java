package dev.nomoat.grammar;

import dev.nomoat.grammar.automaton.State;
import java.util.function.IntFunction;

/**
 * Follows the tokens of one generation through a grammar. Not thread-safe; what it shares with
 * other generations is.
 */
public final class TokenMatcher {
  private final Grammar grammar;
  private final TokenMasks masks;
  private final IntFunction<byte[]> bytes;
  private State state;
  private TokenMask mask;
  private int accepted;

  TokenMatcher(Grammar grammar, TokenMasks masks, IntFunction<byte[]> bytes) {
    this.grammar = grammar;
    this.masks = masks;
    this.bytes = bytes;
    this.state = masks.start();
    this.mask = masks.mask(state);
  }

  /**
   * The tokens that may follow.
   *
   * @return a bit for each token, the first in the lowest bit of the first number; borrowed, and
   *     not to be changed
   * @throws GrammarException if there is none, although the text is not complete
   */
  public long[] allowed() {
    if (mask.texts == 0 && !state.accepting()) {
      throw GrammarException.of(
          "no token of the vocabulary goes on as the grammar wants after %d tokens: %s"
              .formatted(accepted, grammar));
    }
    return mask.allowed;
  }

  /**
   * Takes the next token.
   *
   * @param token one of those that may follow; one that ends the generation changes nothing
   * @throws IllegalArgumentException if it may not follow
   */
  public void accept(int token) {
    if ((mask.allowed[token >> 6] >>> token & 1) == 0) {
      throw new IllegalArgumentException("token %d may not follow".formatted(token));
    }
    state = masks.next(state, bytes.apply(token));
    mask = masks.mask(state);
    accepted++;
  }

  /**
   * Whether the text is complete and cannot go on.
   *
   * @return whether the generation must end
   */
  public boolean complete() {
    return mask.texts == 0 && state.accepting();
  }
}
