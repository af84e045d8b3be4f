package dev.nomoat.math;

/**
 * Rotary position embedding (Su et al., 2021): turns pairs of a head's numbers by an angle that
 * grows with the position.
 *
 * <p>Pair i turns by {@code position · frequency_i}. Frequencies and angles are rounded to f32, as
 * the models were trained; sine and cosine are exact to the last bit from there. Immutable and
 * thread-safe.
 */
public final class RotaryEmbedding {
  /** Which numbers of a head form a pair. */
  public enum Pairing {
    /** Numbers 2 i and 2 i + 1, called "norm" by llama.cpp. */
    INTERLEAVED,
    /** Numbers i and i + dim / 2, called "neox" by llama.cpp. */
    HALVES
  }

  private final Pairing pairing;
  private final float[] frequencies;
  private final float magnitude;

  /**
   * Keeps the frequencies.
   *
   * @param pairing which numbers form a pair
   * @param frequencies angle of each pair at position 1: see {@link RotaryFrequencies}
   * @param magnitude what the turned numbers are multiplied by, 1 for most models
   */
  public RotaryEmbedding(Pairing pairing, float[] frequencies, float magnitude) {
    this.pairing = pairing;
    this.frequencies = frequencies.clone();
    this.magnitude = magnitude;
  }

  /**
   * How many angles a position has.
   *
   * @return pairs
   */
  public int pairs() {
    return frequencies.length;
  }

  /**
   * Computes the cosines and sines of one position.
   *
   * @param position 0 or more
   * @param cos receives {@link #pairs()} numbers
   * @param sin receives {@link #pairs()} numbers
   * @param at where in both
   */
  public void angles(int position, float[] cos, float[] sin, int at) {
    for (int i = 0; i < frequencies.length; i++) {
      float angle = frequencies[i] * position;
      cos[at + i] = FloatMath.cos(angle) * magnitude;
      sin[at + i] = FloatMath.sin(angle) * magnitude;
    }
  }

  /**
   * Turns one head in place.
   *
   * @param x numbers
   * @param from where the head begins
   * @param cos cosines
   * @param sin sines
   * @param at where the position's angles begin
   */
  public void turn(float[] x, int from, float[] cos, float[] sin, int at) {
    int pairs = frequencies.length;
    int step = pairing == Pairing.INTERLEAVED ? 2 : 1;
    int apart = pairing == Pairing.INTERLEAVED ? 1 : pairs;
    for (int i = 0; i < pairs; i++) {
      int first = from + step * i;
      float a = x[first];
      float b = x[first + apart];
      x[first] = Math.fma(a, cos[at + i], -(b * sin[at + i]));
      x[first + apart] = Math.fma(a, sin[at + i], b * cos[at + i]);
    }
  }
}
