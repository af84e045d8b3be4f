package dev.nomoat.measure;

/** What was measured of the matrices of a tensor. Immutable. */
final class MeasuredColumns {
  private final float[] sums;
  private final long[] counts;

  /**
   * Takes what was measured.
   *
   * @param sums of squares, for each matrix and column, shape [matrices, columns]; kept
   * @param counts how many inputs were added up, for each matrix; kept
   * @throws IllegalArgumentException if a number is negative or not finite, or they contradict each
   *     other
   */
  MeasuredColumns(float[] sums, long[] counts) {
    if (counts.length == 0 || sums.length == 0 || sums.length % counts.length != 0) {
      throw new IllegalArgumentException(
          "%d sums for %d matrices".formatted(sums.length, counts.length));
    }
    for (long count : counts) {
      if (count < 0) {
        throw new IllegalArgumentException("%d inputs".formatted(count));
      }
    }
    for (float sum : sums) {
      if (!(sum >= 0) || Float.isInfinite(sum)) {
        throw new IllegalArgumentException("%s is no sum of squares".formatted(sum));
      }
    }
    this.sums = sums;
    this.counts = counts;
  }

  int matrices() {
    return counts.length;
  }

  int columns() {
    return sums.length / counts.length;
  }

  float[] sums() {
    return sums.clone();
  }

  float[] counts() {
    float[] floats = new float[counts.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = counts[i];
    }
    return floats;
  }

  /** Mean squares; a matrix that nothing was seen of counts the same in all columns. */
  float[] means() {
    float[] means = new float[sums.length];
    for (int i = 0; i < means.length; i++) {
      long count = counts[i / columns()];
      means[i] = count == 0 ? 1 : (float) ((double) sums[i] / count);
    }
    return means;
  }
}
