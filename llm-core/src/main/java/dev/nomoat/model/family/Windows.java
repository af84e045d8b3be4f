package dev.nomoat.model.family;

import dev.nomoat.math.AttentionSpan;

/** Sliding windows in some layers: all but the last of each period, or as the file says. */
final class Windows {
  /** A period whose last layer no model reaches. */
  static final int EVERYWHERE = Integer.MAX_VALUE;

  private final int length;
  private final int period;
  private final boolean[] local;

  /**
   * Reads them.
   *
   * @param settings the file's
   * @param layers how many layers there are
   * @param period layers of which the last sees everything, unless the file says which do
   */
  Windows(Settings settings, int layers, int period) {
    length = settings.size("attention.sliding_window").orElse(0);
    this.period = settings.period("attention.sliding_window_pattern", period);
    local = settings.flags("attention.sliding_window_pattern", layers);
  }

  /** Positions that a token sees; 0 when no layer has a window. */
  int length() {
    return length;
  }

  boolean isLocal(int layer) {
    if (length == 0) {
      return false;
    }
    return local.length > 0 ? local[layer] : layer % period < period - 1;
  }

  AttentionSpan span(int layer) {
    return isLocal(layer) ? AttentionSpan.window(length) : AttentionSpan.ALL;
  }
}
