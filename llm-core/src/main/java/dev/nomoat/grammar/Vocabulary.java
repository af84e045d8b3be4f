package dev.nomoat.grammar;

import dev.nomoat.grammar.automaton.TokenTrie;
import dev.nomoat.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The tokens of a model for its grammars, and what was computed of the grammars used last.
 * Thread-safe.
 */
public final class Vocabulary {
  /** Grammars that are remembered. */
  private static final int MOST_GRAMMARS = 16;

  private static final byte[] NO_TEXT = {};

  /** A grammar, and whether the model's own tokens may end a text. */
  private record Key(Grammar grammar, boolean mayEnd) {}

  private final List<byte[]> bytes;
  private final int[] endTokens;
  private final TokenTrie trie;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Key, TokenMasks> masks; // guarded by the lock

  /**
   * Sorts the tokens of a tokenizer, which takes some tenths of a second for a large one.
   *
   * @param tokenizer says what tokens stand for
   * @param tokens how many of its tokens there are in the model
   */
  public Vocabulary(Tokenizer tokenizer, int tokens) {
    bytes = new ArrayList<>(tokens);
    for (int id = 0; id < tokens; id++) {
      bytes.add(text(tokenizer, id));
    }
    endTokens =
        tokenizer.endOfGenerationIds().stream()
            .mapToInt(Integer::intValue)
            .filter(id -> id < tokens)
            .sorted()
            .toArray();
    trie = new TokenTrie(bytes);
    masks = new Recent<>(MOST_GRAMMARS);
  }

  /** What a token adds to a text: nothing if it is one that controls. */
  private static byte[] text(Tokenizer tokenizer, int id) {
    if (tokenizer.isEndOfGeneration(id)) {
      return NO_TEXT;
    }
    return switch (tokenizer.token(id).type()) {
      case NORMAL, USER_DEFINED, UNUSED, BYTE -> tokenizer.tokenBytes(id);
      case UNKNOWN, CONTROL -> NO_TEXT;
    };
  }

  /**
   * Starts to follow a generation.
   *
   * @param grammar what its text must match
   * @param mayEnd whether the model's tokens that end an answer may end it where it is complete
   * @return where the text begins
   */
  public TokenMatcher start(Grammar grammar, boolean mayEnd) {
    Function<Key, TokenMasks> prepare =
        key ->
            new TokenMasks(
                key.grammar(), trie, bytes.size(), key.mayEnd() ? endTokens : new int[0]);
    TokenMasks found;
    lock.lock();
    try {
      found = masks.computeIfAbsent(new Key(grammar, mayEnd), prepare);
    } finally {
      lock.unlock();
    }
    return new TokenMatcher(grammar, found, bytes::get);
  }
}
