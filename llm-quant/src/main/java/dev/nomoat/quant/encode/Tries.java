package dev.nomoat.quant.encode;

/**
 * Numbers that a search tries, at equal distances.
 *
 * @param first the first
 * @param step from one to the next
 * @param count how many
 */
record Tries(float first, float step, int count) {

  /** The one with an index. */
  float get(int index) {
    return first + index * step;
  }
}
