package dev.nomoat.grammar.automaton;

/**
 * A set of bytes, or of other numbers from 0 to 255. Immutable.
 *
 * @param a members 0 to 63, a bit each
 * @param b members 64 to 127
 * @param c members 128 to 191
 * @param d members 192 to 255
 */
record ByteSet(long a, long b, long c, long d) {
  static final int SIZE = 256;

  /** The bytes from one to another, both included. */
  static ByteSet range(int first, int last) {
    long[] words = new long[4];
    for (int i = first; i <= last; i++) {
      words[i >> 6] |= 1L << i;
    }
    return new ByteSet(words[0], words[1], words[2], words[3]);
  }

  boolean contains(int i) {
    long word =
        switch (i >> 6) {
          case 0 -> a;
          case 1 -> b;
          case 2 -> c;
          default -> d;
        };
    return (word >>> i & 1) != 0;
  }
}
