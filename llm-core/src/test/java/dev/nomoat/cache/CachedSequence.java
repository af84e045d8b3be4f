package dev.nomoat.cache;

import java.util.Arrays;

/** A sequence that keeps numbers which tell the tokens before them. */
abstract class CachedSequence {
  final SequenceCache cache;
  final int[] tokens;
  int evaluated;

  CachedSequence(PagePool pool, int[] tokens) {
    cache = new SequenceCache(pool);
    this.tokens = tokens;
  }

  /** So many tokens, the same each time but for those at some places. */
  static int[] tokens(int length, int... at) {
    int[] tokens = new int[length];
    Arrays.setAll(tokens, i -> i % 7);
    for (int position : at) {
      tokens[position] = 99;
    }
    return tokens;
  }

  /** Takes over what is known of all tokens but the last; how many that is. */
  int reuse() {
    evaluated = cache.reuse(tokens, tokens.length - 1);
    return evaluated;
  }

  /** A number, not 0, that tells the first tokens. */
  final float mark(int length) {
    int hash = 1;
    for (int i = 0; i < length; i++) {
      hash = 31 * hash + tokens[i];
    }
    return 1 + (hash & 0xfffff);
  }

  void release() {
    cache.release(tokens, evaluated);
  }
}
