package dev.nomoat.tokenizer.normalize;

/**
 * The units of the double-array trie in a character map, and what must hold for them: everything
 * that a walk from the root can reach is in the array, no walk is endless or long, and every value
 * is the place of a replacement.
 *
 * <p>Source: {@code darts-clone}, which lets equal ends of keys share their units.
 */
final class CharsmapTrie {
  /** In bytes. Maps in use have a few dozen; the limit keeps the search for matches linear. */
  private static final int LONGEST_KEY = 256;

  private static final int LABELS = 256;

  private static final byte ON_THE_WAY = 1;
  private static final byte DONE = 2;

  private final int[] trie;
  private final int values;

  /** By unit: whether it is part of the walk, or checked. */
  private final byte[] states;

  /** By unit that is checked: the length of the longest walk from it. */
  private final short[] heights;

  private CharsmapTrie(int[] trie, int values) {
    this.trie = trie;
    this.values = values;
    this.states = new byte[trie.length];
    this.heights = new short[trie.length];
  }

  static int offset(int unit) {
    return (unit >>> 10) << ((unit & 1 << 9) >>> 6);
  }

  /** Whether a unit can be reached by a label; values cannot. */
  static boolean hasLabel(int unit, int label) {
    return (unit & 0x800000FF) == label;
  }

  /** Whether a key ends at a unit. */
  static boolean isLeaf(int unit) {
    return (unit >>> 8 & 1) == 1;
  }

  static int value(int unit) {
    return unit & Integer.MAX_VALUE;
  }

  /**
   * Checks a trie.
   *
   * @param trie its units, at least one
   * @param values all values must be below
   * @throws IllegalArgumentException if something of the above does not hold
   */
  static void check(int[] trie, int values) {
    new CharsmapTrie(trie, values).walk();
  }

  /** Visits every unit that can be reached, the children of a unit before it is done. */
  private void walk() {
    int[] path = new int[LONGEST_KEY + 1];
    int[] labels = new int[LONGEST_KEY + 1];
    int depth = 0;
    enter(0);
    while (depth >= 0) {
      int at = path[depth];
      int child = nextChild(at, labels, depth);
      if (child < 0) {
        states[at] = DONE;
        depth--;
        if (depth >= 0) {
          lift(path[depth], at);
        }
      } else if (states[child] == ON_THE_WAY) {
        throw new IllegalArgumentException("The trie of a character map is endless");
      } else if (states[child] == DONE) {
        lift(at, child);
      } else if (depth == LONGEST_KEY) {
        throw tooLong();
      } else {
        enter(child);
        path[++depth] = child;
        labels[depth] = 0;
      }
    }
  }

  /**
   * The next unit that can be reached from a unit, or -1; keeps the labels that have been tried.
   */
  private int nextChild(int at, int[] labels, int depth) {
    int base = at ^ offset(trie[at]);
    while (++labels[depth] < LABELS) {
      int child = base ^ labels[depth];
      if (child < trie.length && hasLabel(trie[child], labels[depth])) {
        return child;
      }
    }
    return -1;
  }

  private void enter(int at) {
    states[at] = ON_THE_WAY;
    if (at == 0 || !isLeaf(trie[at])) {
      return;
    }
    int place = at ^ offset(trie[at]);
    if (place >= trie.length || value(trie[place]) >= values) {
      throw new IllegalArgumentException(
          "Unit %d of the trie of a character map leads to a replacement that is not there"
              .formatted(at));
    }
  }

  private void lift(int parent, int child) {
    int height = Math.max(heights[parent], heights[child] + 1);
    if (height > LONGEST_KEY) {
      throw tooLong();
    }
    heights[parent] = (short) height;
  }

  private static IllegalArgumentException tooLong() {
    return new IllegalArgumentException(
        "A key of a character map is longer than %d bytes".formatted(LONGEST_KEY));
  }
}
