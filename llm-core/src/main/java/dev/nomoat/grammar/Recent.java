package dev.nomoat.grammar;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A map that keeps what was used last. Not thread-safe: looking something up changes the order.
 *
 * @param <K> what it is found by
 * @param <V> what is kept
 */
final class Recent<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1L;

  /** Entries that are kept. */
  private final int most;

  Recent(int most) {
    super(16, 0.75f, true);
    this.most = most;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > most;
  }
}
