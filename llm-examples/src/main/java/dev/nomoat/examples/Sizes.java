package dev.nomoat.examples;

import java.util.Locale;

/** Numbers of bytes, for people. */
final class Sizes {
  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB"};

  private Sizes() {}

  /** The number, and what it is in larger units. */
  static String shown(long count) {
    if (count < 1024) {
      return count + " bytes";
    }
    double size = count;
    int unit = -1;
    while (size >= 1024 && unit < UNITS.length - 1) {
      size /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%d bytes (%.1f %s)", count, size, UNITS[unit]);
  }
}
