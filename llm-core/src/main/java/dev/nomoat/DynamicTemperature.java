package dev.nomoat;

/**
 * Lets the temperature follow how unsure the model is. With e the entropy of the tokens that are
 * left, as a share of the greatest that so many can have, it is min + (max - min) · e^exponent,
 * where min and max are the temperature less and plus {@code range}, and min is at least 0.
 *
 * @param range how far the temperature may go from its middle; above 0
 * @param exponent 1 for a temperature proportional to the entropy, above 1 for one that stays low
 *     until the model is very unsure; not negative
 */
public record DynamicTemperature(float range, float exponent) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is NaN, infinite or outside its range
   */
  public DynamicTemperature {
    Require.positive(range, "the range of the temperature");
    Require.finite(exponent, "the exponent of the temperature");
    if (exponent < 0) {
      throw new IllegalArgumentException(
          "the exponent of the temperature must not be negative, but is " + exponent);
    }
  }

  /**
   * A temperature proportional to the entropy.
   *
   * @param range how far the temperature may go from its middle
   * @return the range with an exponent of 1
   * @throws IllegalArgumentException if the number is NaN, infinite or not above 0
   */
  public static DynamicTemperature within(float range) {
    return new DynamicTemperature(range, 1);
  }
}
