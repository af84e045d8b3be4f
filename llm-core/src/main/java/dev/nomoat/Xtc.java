package dev.nomoat;

/**
 * Exclude top choices: now and then drops all likely tokens but the least likely of them, for text
 * that takes less worn turns.
 *
 * @param probability how often that happens, from 0 (never) to 1
 * @param threshold the probability from which on a token is likely; above 0, up to 1. Above 0.5
 *     there are never two, so nothing is dropped.
 */
public record Xtc(float probability, float threshold) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is NaN or outside its range
   */
  public Xtc {
    Require.share(probability, "the probability of XTC");
    Require.positiveShare(threshold, "the threshold of XTC");
  }
}
