package dev.nomoat.grammar.automaton;

import java.util.Arrays;
import java.util.List;

/**
 * The tokens of a vocabulary by their bytes, as a tree that lies in one array in the order of a
 * walk: what tokens have in common is looked at once, and where a grammar does not go on, all that
 * begin so are left out at once. Immutable.
 */
public final class TokenTrie {
  private final int[] tokens; // in the order of their bytes

  // By node, parents before children, without the root. A node stands for the bytes on its way.
  private final byte[] labels;
  private final int[] depths; // from 1
  private final int[] skips; // the node behind all that begin with this one
  private final int[] ends; // by node, and one more: how many tokens there are before it
  private final int longest;

  /**
   * Sorts tokens.
   *
   * @param bytes by token id; tokens without bytes are left out
   */
  public TokenTrie(List<byte[]> bytes) {
    int[] sorted = sorted(bytes);
    tokens = sorted;
    int nodes = 0;
    byte[] before = {};
    int deepest = 0;
    for (int token : sorted) {
      byte[] label = bytes.get(token);
      nodes += label.length - shared(before, label);
      deepest = Math.max(deepest, label.length);
      before = label;
    }
    longest = deepest;
    labels = new byte[nodes];
    depths = new int[nodes];
    skips = new int[nodes];
    ends = new int[nodes + 1];
    int[] path = new int[deepest + 1];
    int at = 0;
    int open = 0;
    before = new byte[0];
    for (int i = 0; i < sorted.length; i++) {
      byte[] label = bytes.get(sorted[i]);
      int depth = shared(before, label);
      close(path, depth, open, at);
      open = label.length;
      while (depth < label.length) {
        labels[at] = label[depth++];
        depths[at] = depth;
        ends[at] = i;
        path[depth] = at++;
      }
      before = label;
    }
    close(path, 0, open, at);
    ends[nodes] = sorted.length;
  }

  private void close(int[] path, int from, int to, int at) {
    for (int depth = from + 1; depth <= to; depth++) {
      skips[path[depth]] = at;
    }
  }

  private static int[] sorted(List<byte[]> bytes) {
    Integer[] ids = new Integer[bytes.size()];
    int count = 0;
    for (int id = 0; id < ids.length; id++) {
      if (bytes.get(id).length > 0) {
        ids[count++] = id;
      }
    }
    // The sort is stable, so equal tokens stay in the order of their ids.
    Arrays.sort(ids, 0, count, (a, b) -> Arrays.compareUnsigned(bytes.get(a), bytes.get(b)));
    int[] sorted = new int[count];
    for (int i = 0; i < count; i++) {
      sorted[i] = ids[i];
    }
    return sorted;
  }

  private static int shared(byte[] a, byte[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }

  /**
   * The length of the longest token.
   *
   * @return its bytes
   */
  public int longest() {
    return longest;
  }

  /**
   * The number of nodes.
   *
   * @return how many
   */
  public int nodes() {
    return labels.length;
  }

  /**
   * Marks the tokens that may follow.
   *
   * @param machine walks the grammar
   * @param state where the text is
   * @param allowed receives a bit for each token that may follow; others are left as they are
   * @return how many there are
   */
  public int mark(Machine machine, State state, long[] allowed) {
    State[] path = new State[longest + 1];
    path[0] = state;
    int count = 0;
    int node = 0;
    while (node < labels.length) {
      int depth = depths[node];
      State next = machine.next(path[depth - 1], labels[node]);
      if (next.dead()) {
        node = skips[node];
        continue;
      }
      path[depth] = next;
      int end = ends[node + 1];
      for (int i = ends[node]; i < end; i++) {
        int token = tokens[i];
        allowed[token >> 6] |= 1L << token;
        count++;
      }
      node++;
    }
    return count;
  }
}
