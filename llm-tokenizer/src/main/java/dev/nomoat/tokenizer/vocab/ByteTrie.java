package dev.nomoat.tokenizer.vocab;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A trie of byte strings with a number each: an open-addressing table of edges. What stands for a
 * node outside says, too, whether a string ends there and whether any goes on, so that a walk looks
 * nothing up but the edges it takes.
 */
public final class ByteTrie {
  /** The string of the node is in the trie. */
  private static final int ENDS = 1;

  /** The node has children. */
  private static final int GOES_ON = 2;

  /** Where every walk starts: the node 0. */
  public static final int ROOT = GOES_ON;

  /** What stands for no node and no value. */
  public static final int NONE = -1;

  private static final int NODE_BITS = 24;
  private static final int MOST_NODES = 1 << NODE_BITS;

  /** A node and its two flags. */
  private static final int TARGET_BITS = NODE_BITS + 2;

  /** {@code node << 8 | byte}, then the node there and its flags; 0 is an empty slot. */
  private long[] edges = new long[64];

  /** By byte: the node under the root and its flags, or {@link #NONE}. */
  private final int[] first = new int[256];

  /** By node: its number, or {@link #NONE}. */
  private int[] values = {NONE};

  private int nodes = 1;

  /** Makes an empty trie; filling it is not thread-safe, reading is. */
  public ByteTrie() {
    Arrays.fill(first, NONE);
  }

  /**
   * Puts a string into the trie; of several that are equal the first counts.
   *
   * @param bytes the string; not empty
   * @param value its number, not negative
   * @throws IllegalArgumentException if there are too many nodes
   */
  public void put(byte[] bytes, int value) {
    int node = 0;
    long edge = NONE;
    for (byte label : bytes) {
      long next = key(node, label);
      if (edges[slot(next)] == 0) {
        add(next);
        flag(edge, GOES_ON);
      }
      edge = next;
      node = (int) edges[slot(edge)] >>> 2 & (MOST_NODES - 1);
    }
    if (values[node] == NONE) {
      values[node] = value;
      flag(edge, ENDS);
    }
  }

  private void add(long key) {
    if (nodes == MOST_NODES) {
      throw new IllegalArgumentException("The tokens take more than " + MOST_NODES + " nodes");
    }
    if (nodes * 3L > edges.length * 2L) {
      grow();
    }
    edges[slot(key)] = key << TARGET_BITS | nodes << 2;
    values = nodes == values.length ? Arrays.copyOf(values, nodes * 2) : values;
    values[nodes++] = NONE;
    flag(key, 0);
  }

  private void flag(long edge, int flag) {
    if (edge != NONE) {
      int slot = slot(edge);
      edges[slot] |= flag;
      if (edge <= 0xFF) {
        first[(int) edge] = target(edges[slot]);
      }
    }
  }

  private void grow() {
    long[] old = edges;
    edges = new long[old.length * 2];
    for (long edge : old) {
      if (edge != 0) {
        edges[slot(edge >>> TARGET_BITS)] = edge;
      }
    }
  }

  private static long key(int node, byte label) {
    return (long) node << 8 | (label & 0xFF);
  }

  private static int target(long edge) {
    return (int) edge & ((1 << TARGET_BITS) - 1);
  }

  /** The slot that has the key, or where it goes. */
  private int slot(long key) {
    int mask = edges.length - 1;
    int slot = (int) (Hashing.multiply(key) >>> Long.numberOfLeadingZeros(mask));
    while (edges[slot] != 0 && edges[slot] >>> TARGET_BITS != key) {
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
    if (node == ROOT) {
      return first[label & 0xFF];
    }
    if ((node & GOES_ON) == 0) {
      return NONE;
    }
    long edge = edges[slot(key(node >>> 2, label))];
    return edge == 0 ? NONE : target(edge);
  }

  /**
   * The number of the string that ends at a node.
   *
   * @param node a node
   * @return its number, or {@link #NONE}
   */
  public int value(int node) {
    return (node & ENDS) == 0 ? NONE : values[node >>> 2];
  }

  /**
   * The strings.
   *
   * @return all of them, in no order
   */
  public Stream<byte[]> strings() {
    int[] parents = new int[nodes];
    byte[] labels = new byte[nodes];
    for (long edge : edges) {
      int node = target(edge) >>> 2;
      parents[node] = (int) (edge >>> (TARGET_BITS + 8));
      labels[node] = (byte) (edge >>> TARGET_BITS);
    }
    return IntStream.range(1, nodes)
        .filter(node -> values[node] != NONE)
        .mapToObj(node -> string(node, parents, labels));
  }

  private static byte[] string(int end, int[] parents, byte[] labels) {
    int length = 0;
    for (int node = end; node != 0; node = parents[node]) {
      length++;
    }
    byte[] string = new byte[length];
    for (int node = end; node != 0; node = parents[node]) {
      string[--length] = labels[node];
    }
    return string;
  }
}
