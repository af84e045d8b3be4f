package dev.nomoat.grammar.automaton;

import java.util.ArrayList;
import java.util.List;

/** Writes sets of characters as sequences of sets of bytes: their UTF-8. */
final class Utf8Ranges {
  /** The last character of each length of encoding. */
  private static final int[] LAST = {0x7F, 0x7FF, 0xFFFF, Character.MAX_CODE_POINT};

  private static final int CONTINUATION_BITS = 6;
  private static final int CONTINUATION_MASK = 0x3F;

  private Utf8Ranges() {}

  /** Sequences that encode the characters of a set, each just one way. */
  static List<ByteSet[]> of(CharSet set) {
    List<ByteSet[]> sequences = new ArrayList<>();
    for (int[] range : set.ranges()) {
      int from = range[0];
      for (int length = 1; length <= LAST.length && from <= range[1]; length++) {
        int last = Math.min(range[1], LAST[length - 1]);
        if (from <= last) {
          split(from, last, length, sequences);
          from = last + 1;
        }
      }
    }
    return sequences;
  }

  /**
   * Splits a range into parts in which each byte is independent of the others: at most two for each
   * byte.
   */
  private static void split(int from, int to, int length, List<ByteSet[]> sequences) {
    for (int level = 1; level < length; level++) {
      int low = (1 << (level * CONTINUATION_BITS)) - 1; // the bits of the last bytes
      if ((from & ~low) != (to & ~low)) {
        if ((from & low) != 0) {
          split(from, from | low, length, sequences);
          split((from | low) + 1, to, length, sequences);
          return;
        }
        if ((to & low) != low) {
          split(from, (to & ~low) - 1, length, sequences);
          split(to & ~low, to, length, sequences);
          return;
        }
      }
    }
    ByteSet[] sequence = new ByteSet[length];
    for (int i = 0; i < length; i++) {
      sequence[i] = ByteSet.range(byteOf(from, i, length), byteOf(to, i, length));
    }
    sequences.add(sequence);
  }

  private static int byteOf(int codePoint, int i, int length) {
    int bits = codePoint >>> ((length - 1 - i) * CONTINUATION_BITS);
    if (i > 0) {
      return 0x80 | (bits & CONTINUATION_MASK);
    }
    return length == 1 ? bits : ((0xF00 >> length) & 0xFF) | bits;
  }
}
