package dev.nomoat.model;

/**
 * What queries are multiplied by, so that long contexts do not flatten what is seen (Nakanishi,
 * 2025): {@code 1 + scale · ln(1 + ⌊(position + offset) / length⌋)}.
 *
 * @param scale factor of the logarithm
 * @param length positions after which it grows
 * @param offset what is added to the position
 */
public record Temperature(float scale, int length, int offset) {
  /**
   * The factor of a position.
   *
   * @param position 0 or more
   * @return 1 or more
   */
  public float at(int position) {
    long steps = ((long) position + offset) / length;
    return (float) (1 + scale * StrictMath.log1p((double) steps));
  }
}
