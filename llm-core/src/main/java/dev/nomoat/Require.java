package dev.nomoat;

/** Checks of ranges that several value types share. */
final class Require {
  private Require() {}

  static void notNegative(long value, String name) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " must not be negative, but is " + value);
    }
  }

  /** Refuses NaN and the infinities. */
  static void finite(float value, String name) {
    if (!Float.isFinite(value)) {
      throw new IllegalArgumentException(name + " must be a finite number, but is " + value);
    }
  }
}
