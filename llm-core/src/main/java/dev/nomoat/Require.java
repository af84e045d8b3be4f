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

  /** Refuses NaN, the infinities, 0 and what is below. */
  static void positive(float value, String name) {
    if (!(value > 0 && value < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + " must be above 0 and finite, but is " + value);
    }
  }

  /** Refuses what is not from 0 to 1. */
  static void share(float value, String name) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " must be from 0 to 1, but is " + value);
    }
  }

  /** Refuses what is not above 0 and at most 1. */
  static void positiveShare(float value, String name) {
    if (!(value > 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " must be above 0 and at most 1, but is " + value);
    }
  }

  /** Refuses NaN and what is above 0. */
  static void logProbability(float value) {
    if (!(value <= 0)) {
      throw new IllegalArgumentException(
          "a logarithm of a probability must be at most 0, but is " + value);
    }
  }
}
