package dev.nomoat;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * How much memory keys and values may take, and how long a sequence may be so that one fits.
 *
 * @param frames of all sequences together
 * @param states recurrent states of all sequences together
 * @param contextLength tokens of a sequence
 */
record CacheBudget(int frames, int states, int contextLength) {
  /** The part of the machine's memory that is taken where the options do not say. */
  private static final int SHARE = 4;

  /** The part of what is left beside one sequence that further recurrent states get. */
  private static final int STATE_SHARE = 4;

  static CacheBudget of(ModelInfo info, LoadOptions options) {
    return of(info, options, machineMemory() / SHARE);
  }

  /**
   * The same, on a machine with some memory to spare.
   *
   * @throws IllegalArgumentException when the options ask for a context that has no room
   */
  static CacheBudget of(ModelInfo info, LoadOptions options, long spare) {
    CacheType type = options.cacheType();
    boolean asked = options.contextLength() > 0;
    int wanted = asked ? options.contextLength() : info.contextLength();
    long needed = info.cacheBytes(wanted, type);
    if (options.cacheBytes() == 0 && asked) {
      return split(info, type, Math.max(needed, spare), wanted);
    }
    long bytes = options.cacheBytes() == 0 ? spare : options.cacheBytes();
    if (needed <= bytes) {
      return split(info, type, bytes, wanted);
    }
    if (asked) {
      throw new IllegalArgumentException(
          "a context of %d tokens takes %d bytes of the cache, which may have %d"
              .formatted(wanted, needed, bytes));
    }
    return split(info, type, bytes, longest(info, type, wanted, bytes));
  }

  /** The longest sequence that has room. */
  private static int longest(ModelInfo info, CacheType type, int wanted, long bytes) {
    int fits = 0;
    for (int more = Integer.highestOneBit(wanted); more > 0; more /= 2) {
      if (info.cacheBytes(fits + more, type) <= bytes) {
        fits += more;
      }
    }
    if (fits == 0) {
      throw new IllegalArgumentException(
          "a cache of %d bytes has no room for a token, which takes %d"
              .formatted(bytes, info.cacheBytes(1, type)));
    }
    return fits;
  }

  private static CacheBudget split(ModelInfo info, CacheType type, long bytes, int contextLength) {
    long frame = info.footprint(type).frameBytes();
    long states = 0;
    if (info.stateBytes() > 0) {
      long left = bytes - info.cacheBytes(contextLength, type);
      states = 1 + left / (frame == 0 ? 1 : STATE_SHARE) / info.stateBytes();
    }
    long frames = frame == 0 ? Integer.MAX_VALUE : (bytes - states * info.stateBytes()) / frame;
    return new CacheBudget(
        (int) Math.min(frames, Integer.MAX_VALUE),
        (int) Math.min(states, Integer.MAX_VALUE),
        contextLength);
  }

  private static long machineMemory() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Runtime.getRuntime().maxMemory();
  }
}
