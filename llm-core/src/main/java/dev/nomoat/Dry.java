package dev.nomoat;

import java.util.List;

/**
 * "Don't repeat yourself": makes a token less likely that would prolong a repetition. If the text
 * ends with n tokens that occurred before, the token that followed them there loses {@code
 * multiplier} · {@code base}^(n - {@code allowedLength}), provided that n is at least {@code
 * allowedLength}; the longest such n counts.
 *
 * @param multiplier what the shortest repetition that counts costs; above 0
 * @param base what each further token multiplies that with; at least 1
 * @param allowedLength repetitions shorter than this cost nothing; not negative
 * @param lastN how many of the last tokens are searched, those of the prompt included; {@link
 *     Integer#MAX_VALUE} for all
 * @param breakers texts that no repetition goes across: the part of the text after the last of them
 *     is all that may repeat, and a token that holds one costs nothing. None of them is empty.
 */
public record Dry(
    float multiplier, float base, int allowedLength, int lastN, List<String> breakers) {
  private static final List<String> BREAKERS = List.of("\n", ":", "\"", "*");

  /**
   * Checks the ranges, and copies the breakers, so that the options cannot change.
   *
   * @throws IllegalArgumentException if a number is NaN, infinite or outside its range, or a
   *     breaker is empty
   */
  public Dry {
    Require.positive(multiplier, "the multiplier of DRY");
    Require.finite(base, "the base of DRY");
    if (base < 1) {
      throw new IllegalArgumentException("the base of DRY must be at least 1, but is " + base);
    }
    Require.notNegative(allowedLength, "the allowed length of DRY");
    Require.notNegative(lastN, "the lastN of DRY");
    breakers = List.copyOf(breakers);
    if (breakers.contains("")) {
      throw new IllegalArgumentException("a breaker of DRY must not be empty");
    }
  }

  /**
   * The usual numbers: a base of 1.75, an allowed length of 2, the whole text, and as breakers the
   * end of a line, a colon, a quotation mark and an asterisk.
   *
   * @param multiplier what the shortest repetition that counts costs; 0.8 is usual
   * @return the options
   * @throws IllegalArgumentException if the number is NaN, infinite or not above 0
   */
  public static Dry of(float multiplier) {
    return new Dry(multiplier, 1.75f, 2, Integer.MAX_VALUE, BREAKERS);
  }
}
