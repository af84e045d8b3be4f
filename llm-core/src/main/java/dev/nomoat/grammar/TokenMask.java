package dev.nomoat.grammar;

/** Tokens that may follow. Immutable. */
final class TokenMask {
  /** A bit for each token, the first in the lowest bit of the first number; not to be changed. */
  final long[] allowed;

  /** How many of them stand for text, those not counted that end a generation. */
  final int texts;

  TokenMask(long[] allowed, int texts) {
    this.allowed = allowed;
    this.texts = texts;
  }
}
