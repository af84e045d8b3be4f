package dev.nomoat.tokenizer.vocab;

import java.util.Arrays;

/** A trie of byte strings with a number each: an open-addressing table of edges. */
public final class ByteTrie {
  /** The node where every walk starts. */
  public static final int ROOT = 0;

  /** What stands for no node and no value. */
  public static final int NONE = -1;

  /** {@code node << 8 | byte}, plus 1, so that 0 is an empty slot. */
  private long[] edges = new long[64];

  private int[] targets = new int[64];

  /** By node: its number, or {@link #NONE}. */
  private int[] values = {NONE};

  private int nodes = 1;

  /** Makes an empty trie; filling it is not thread-safe, reading is. */
  public ByteTrie() {}

  /**
   * Puts a string into the trie; of several that are equal the first counts.
   *
   * @param bytes the string
   * @param value its number, not negative
   */
  public void put(byte[] bytes, int value) {
    int node = ROOT;
    for (byte label : bytes) {
      int next = child(node, label);
      node = next == NONE ? add(node, label) : next;
    }
    if (values[node] == NONE) {
      values[node] = value;
    }
  }

  private int add(int node, byte label) {
    if (nodes * 2L > edges.length) {
      grow();
    }
    int slot = slot(key(node, label));
    edges[slot] = key(node, label);
    targets[slot] = nodes;
    values = nodes == values.length ? Arrays.copyOf(values, nodes * 2) : values;
    values[nodes] = NONE;
    return nodes++;
  }

  private void grow() {
    long[] oldEdges = edges;
    int[] oldTargets = targets;
    edges = new long[oldEdges.length * 2];
    targets = new int[edges.length];
    for (int i = 0; i < oldEdges.length; i++) {
      if (oldEdges[i] != 0) {
        int slot = slot(oldEdges[i]);
        edges[slot] = oldEdges[i];
        targets[slot] = oldTargets[i];
      }
    }
  }

  private static long key(int node, byte label) {
    return ((long) node << 8 | (label & 0xFF)) + 1;
  }

  /** The slot that has the key, or where it goes. */
  private int slot(long key) {
    int mask = edges.length - 1;
    int slot = (int) Hashing.mix(key) & mask;
    while (edges[slot] != 0 && edges[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /**
   * Goes down an edge.
   *
   * @param node a node
   * @param label the next byte
   * @return the node there, or {@link #NONE}
   */
  public int child(int node, byte label) {
    int slot = slot(key(node, label));
    return edges[slot] == 0 ? NONE : targets[slot];
  }

  /**
   * The number of the string that ends at a node.
   *
   * @param node a node
   * @return its number, or {@link #NONE}
   */
  public int value(int node) {
    return values[node];
  }
}
