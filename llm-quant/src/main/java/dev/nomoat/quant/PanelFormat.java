package dev.nomoat.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * How 64 vectors of any length are quantised that are written one at a time, and read together by
 * {@link Kernels#decodeColumns} or {@link Kernels#decodeRows}: keys and values of past tokens.
 *
 * <p>Runs of {@value #RUN} consecutive numbers of a vector share an F16 scale and are rounded as
 * ggml does it in the type of the same name; the last run may be shorter. A panel is a sequence of
 * runs, and a run of n numbers is {@code [64]} scales, then the integers. Those of 8 bits are
 * {@code [n][64]} where vectors are columns, and {@code [64][n]} where they are rows. Of 4 bits two
 * share a byte: with {@code h = ⌈n / 2⌉}, bytes are {@code [h][64]} or {@code [64][h]}, with number
 * i in the low half of byte i and number {@code h + i} in the high one.
 *
 * <p>A vector has bytes of its own, so that different ones may be written at the same time.
 */
public enum PanelFormat {
  /** 8 bits and a sixteenth of a scale: {@code d = max|x| / 127}, {@code x ≈ d · q}. */
  Q8_0(8),
  /**
   * 4 bits and a sixteenth of a scale: {@code d = x / −8} of the number of largest magnitude,
   * {@code x ≈ d · q}, with {@code −8 ≤ q ≤ 7}.
   */
  Q4_0(4);

  /** Numbers that share a scale. */
  public static final int RUN = 32;

  /** Vectors of a panel. */
  public static final int VECTORS = PackedMatrix.GROUP;

  private static final int SCALE_BYTES = 2;
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int bits;

  PanelFormat(int bits) {
    this.bits = bits;
  }

  int bits() {
    return bits;
  }

  /**
   * The size of a panel.
   *
   * @param numbers length of a vector, 0 or more
   * @return bytes
   */
  public long bytes(int numbers) {
    int rest = numbers % RUN;
    return (long) (numbers / RUN) * runBytes(RUN) + (rest == 0 ? 0 : runBytes(rest));
  }

  /** The size of a run of up to {@link #RUN} numbers of all vectors. */
  int runBytes(int numbers) {
    return VECTORS * (SCALE_BYTES + vectorBytes(numbers));
  }

  /** The size of a run's integers of one vector. */
  private int vectorBytes(int numbers) {
    return bits == 8 ? numbers : Math.ceilDiv(numbers, 2);
  }

  /**
   * Quantises a vector into a panel whose vectors are columns. Numbers that are not finite, and
   * such of a magnitude that has no scale, make some of their run infinite or NaN.
   *
   * @param panel memory of the panel
   * @param offset where it begins, in bytes
   * @param vector which vector, 0 to 63
   * @param x the numbers
   * @param at where they begin
   * @param numbers how many
   * @throws IndexOutOfBoundsException when the memory or the array is too short, or there is no
   *     such vector
   */
  public void putColumn(
      MemorySegment panel, long offset, int vector, float[] x, int at, int numbers) {
    put(panel, offset, vector, x, at, numbers, true);
  }

  /**
   * Quantises a vector into a panel whose vectors are rows. Parameters and errors as in {@link
   * #putColumn}.
   *
   * @param panel memory of the panel
   * @param offset where it begins, in bytes
   * @param vector which vector, 0 to 63
   * @param x the numbers
   * @param at where they begin
   * @param numbers how many
   */
  public void putRow(MemorySegment panel, long offset, int vector, float[] x, int at, int numbers) {
    put(panel, offset, vector, x, at, numbers, false);
  }

  private void put(
      MemorySegment panel,
      long offset,
      int vector,
      float[] x,
      int at,
      int numbers,
      boolean columns) {
    Objects.checkFromIndexSize(offset, bytes(numbers), panel.byteSize());
    Objects.checkFromIndexSize(at, numbers, x.length);
    Objects.checkIndex(vector, VECTORS);
    long run = offset;
    for (int first = 0; first < numbers; first += RUN) {
      int count = Math.min(RUN, numbers - first);
      int ofVector = vectorBytes(count);
      long integers = run + (long) VECTORS * SCALE_BYTES;
      long to = integers + (columns ? vector : (long) vector * ofVector);
      int step = columns ? VECTORS : 1;
      float d = putScale(panel, run + (long) vector * SCALE_BYTES, x, at + first, count);
      switch (this) {
        case Q8_0 -> putBytes(panel, to, step, x, at + first, count, inverse(d));
        case Q4_0 -> putNibbles(panel, to, step, x, at + first, count, inverse(d));
      }
      run += runBytes(count);
    }
  }

  /** Stores the scale of some numbers, rounded to F16, and returns it as it was before. */
  private float putScale(MemorySegment panel, long to, float[] x, int at, int count) {
    float largest = 0; // of magnitude, with its sign; of equal ones the first; NaN if there is any
    for (int i = at; i < at + count; i++) {
      if (Math.abs(x[i]) > Math.abs(largest) || Float.isNaN(x[i])) {
        largest = x[i];
      }
    }
    float d =
        switch (this) {
          case Q8_0 -> Math.abs(largest) / 127;
          case Q4_0 -> largest / -8;
        };
    panel.set(HALF, to, Float.floatToFloat16(d));
    return d;
  }

  /** {@code 1 / d}, or 0 where that is not finite: such a d is 0 in F16. */
  private static float inverse(float d) {
    float inverse = 1 / d;
    return Float.isInfinite(inverse) ? 0 : inverse;
  }

  private static void putBytes(
      MemorySegment panel, long to, int step, float[] x, int at, int count, float inverse) {
    for (int i = 0; i < count; i++) {
      panel.set(ValueLayout.JAVA_BYTE, to + (long) i * step, (byte) nearest(x[at + i] * inverse));
    }
  }

  /** The nearest integer, ties away from zero; 0 for NaN. */
  private static int nearest(float x) {
    int magnitude = Math.round(Math.abs(x));
    return x < 0 ? -magnitude : magnitude;
  }

  private static void putNibbles(
      MemorySegment panel, long to, int step, float[] x, int at, int count, float inverse) {
    int half = Math.ceilDiv(count, 2);
    for (int i = 0; i < half; i++) {
      int low = nibble(x[at + i] * inverse);
      int high = half + i < count ? nibble(x[at + half + i] * inverse) : 0;
      panel.set(ValueLayout.JAVA_BYTE, to + (long) i * step, (byte) ((low & 0xf) | (high << 4)));
    }
  }

  /** The nearest integer, ties up, and no more than 7; −8 for NaN. */
  private static int nibble(float x) {
    return Math.min(7, (int) (x + 8.5f) - 8);
  }
}
