package dev.nomoat.model.family;

import dev.nomoat.math.AttentionSpan;

/** Sliding windows in some layers: all but one of each period, or as the file says. */
final class Windows {
  /** A period whose last layer no model reaches. */
  static final int EVERYWHERE = Integer.MAX_VALUE;

  private final Settings settings;
  private final int length;
  private final int period;
  private final int wide; // place in a period of the layer that sees everything
  private final boolean[] local;

  /**
   * Reads them.
   *
   * @param settings the file's
   * @param layers how many layers there are
   * @param period layers of which the last sees everything, unless the file says which do
   */
  Windows(Settings settings, int layers, int period) {
    this(settings, layers, period, false);
  }

  private Windows(Settings settings, int layers, int period, boolean first) {
    this.settings = settings;
    length = settings.size("attention.sliding_window").orElse(0);
    this.period = settings.period("attention.sliding_window_pattern", period);
    wide = first ? 0 : this.period - 1;
    local = settings.flags("attention.sliding_window_pattern", layers);
  }

  /** The same, where the first layer of a period sees everything. */
  static Windows behindFirst(Settings settings, int layers, int period) {
    return new Windows(settings, layers, period, true);
  }

  /** Positions that a token sees; 0 when no layer has a window. */
  int length() {
    return length;
  }

  boolean isLocal(int layer) {
    if (length == 0) {
      return false;
    }
    return local.length > 0 ? local[layer] : layer % period != wide;
  }

  /** The last layer before another that has keys and values and sees as much. */
  int lastLike(int layer, int before, String setting) {
    for (int i = before - 1; i >= 0; i--) {
      if (isLocal(i) == isLocal(layer)) {
        return i;
      }
    }
    throw settings.fault(setting, "a layer before that has keys and values");
  }

  /** The span in an encoder. */
  AttentionSpan around(int layer) {
    return isLocal(layer) ? AttentionSpan.around(length) : AttentionSpan.WHOLE;
  }

  AttentionSpan span(int layer) {
    return isLocal(layer) ? AttentionSpan.window(length) : AttentionSpan.ALL;
  }
}
