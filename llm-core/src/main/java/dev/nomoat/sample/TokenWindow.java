package dev.nomoat.sample;

import java.util.Arrays;

/** The last tokens of a sequence, and how often each of them occurs there. */
final class TokenWindow {
  private static final int INITIAL = 64;

  private final int length;

  // The window itself: a ring once it is full. It grows up to then, so that a window as long as the
  // largest context costs nothing in a short sequence.
  private int[] ring;
  private int size;
  private int oldest;

  // The distinct tokens of the window in no particular order, and place[token] - 1 is where each
  // is.
  private int[] tokens;
  private int[] counts;
  private int distinct;
  private final int[] place;

  TokenWindow(int length, int vocabulary) {
    this.length = length;
    int initial = Math.min(length, INITIAL);
    this.ring = new int[initial];
    this.tokens = new int[initial];
    this.counts = new int[initial];
    this.place = new int[vocabulary];
  }

  void add(int token) {
    if (size == length) {
      remove(ring[oldest]);
      ring[oldest] = token;
      oldest = oldest + 1 == length ? 0 : oldest + 1;
    } else {
      if (size == ring.length) {
        grow();
      }
      ring[size++] = token;
    }
    if (place[token] == 0) {
      tokens[distinct] = token;
      counts[distinct] = 0;
      place[token] = ++distinct;
    }
    counts[place[token] - 1]++;
  }

  /** How many distinct tokens there are. */
  int distinct() {
    return distinct;
  }

  /** One of the distinct tokens, {@code i} below {@link #distinct()}. */
  int token(int i) {
    return tokens[i];
  }

  /** How often {@link #token} {@code i} occurs, at least once. */
  int count(int i) {
    return counts[i];
  }

  private void remove(int token) {
    int at = place[token] - 1;
    if (--counts[at] > 0) {
      return;
    }
    // The last one fills the gap.
    distinct--;
    tokens[at] = tokens[distinct];
    counts[at] = counts[distinct];
    place[tokens[at]] = at + 1;
    place[token] = 0;
  }

  private void grow() {
    int capacity = (int) Math.min(length, 2L * ring.length);
    ring = Arrays.copyOf(ring, capacity);
    tokens = Arrays.copyOf(tokens, capacity);
    counts = Arrays.copyOf(counts, capacity);
  }
}
