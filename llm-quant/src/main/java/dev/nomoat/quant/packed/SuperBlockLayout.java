package dev.nomoat.quant.packed;

import dev.nomoat.quant.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * Q4_K, Q5_K and Q6_K. A group is a sequence of super-blocks of 256 columns.
 *
 * <p>Q4_K and Q5_K: {@code [64]} F16 scales, {@code [64]} F16 minima, {@code [8][64]} bytes of
 * sub-scales, {@code [8][64]} bytes of sub-minima, then eight {@link QuantPlane}s. The file packs
 * sub-scales into 6 bits; here they take a byte each, which costs 4 bytes in 144 and saves the
 * kernels the unpacking.
 *
 * <p>Q6_K: {@code [64]} F16 scales, {@code [16][64]} signed bytes of sub-scales, then eight {@link
 * QuantPlane}s.
 */
public final class SuperBlockLayout extends PackedLayout {
  private static final int COLUMNS = 256;
  private static final int BLOCKS = COLUMNS / QuantPlane.COLUMNS;

  private final int bits;
  private final int headerBytes;
  private final int planeBytes;

  SuperBlockLayout(TensorType type) {
    super(type);
    this.bits =
        switch (type) {
          case Q4_K -> 4;
          case Q5_K -> 5;
          default -> 6;
        };
    this.headerBytes = bits == 6 ? (2 + 16) * GROUP : (4 + 16) * GROUP;
    this.planeBytes = QuantPlane.bytes(bits);
  }

  @Override
  public int scaleColumns() {
    return bits == 6 ? 16 : 32;
  }

  @Override
  public boolean hasMinimum() {
    return bits < 6;
  }

  @Override
  public boolean smallIntegers() {
    return true;
  }

  /**
   * Bits of a stored integer.
   *
   * @return 4, 5 or 6
   */
  public int bits() {
    return bits;
  }

  /**
   * What is subtracted from a stored integer to give q.
   *
   * @return 0 or 32
   */
  public int centre() {
    return bits == 6 ? 32 : 0;
  }

  /**
   * Bytes of a super-block of 64 rows × 256 columns.
   *
   * @return bytes
   */
  public int superBlockBytes() {
    return headerBytes + BLOCKS * planeBytes;
  }

  /**
   * Where the planes begin in a super-block.
   *
   * @return bytes from the super-block's start
   */
  public int planeOffset() {
    return headerBytes;
  }

  /**
   * Bytes of one of the eight planes.
   *
   * @return bytes
   */
  public int planeBytes() {
    return planeBytes;
  }

  /**
   * Where the sub-scales begin in a super-block; the sub-minima follow them.
   *
   * @return bytes from the super-block's start
   */
  public int subScaleOffset() {
    return bits == 6 ? 2 * GROUP : 4 * GROUP;
  }

  @Override
  public long groupBytes(int cols) {
    return (long) (cols / COLUMNS) * superBlockBytes();
  }

  @Override
  public int pack(MemorySegment source, int rows, int cols, MemorySegment target, long offset) {
    int blocks = cols / COLUMNS;
    if (rows < GROUP) {
      target.asSlice(offset, groupBytes(cols)).fill((byte) 0);
    }
    int bad = GROUP;
    int[] plane = new int[6];
    for (int b = 0; b < blocks; b++) {
      long to = offset + (long) b * superBlockBytes();
      for (int row = 0; row < rows; row++) {
        long from = ((long) row * blocks + b) * type().blockBytes();
        boolean finite =
            bits == 6
                ? packSix(source, from, target, to, row, plane)
                : packWithMinimum(source, from, target, to, row, plane);
        if (!finite) {
          bad = Math.min(bad, row);
        }
      }
    }
    return bad == GROUP ? -1 : bad;
  }

  private boolean packWithMinimum(
      MemorySegment source, long from, MemorySegment target, long to, int row, int[] plane) {
    short scale = source.get(SHORT, from);
    short min = source.get(SHORT, from + 2);
    target.set(SHORT, to + 2L * row, scale);
    target.set(SHORT, to + 2L * (GROUP + row), min);
    for (int i = 0; i < BLOCKS; i++) {
      target.set(
          BYTE,
          to + subScaleOffset() + (long) i * GROUP + row,
          (byte) subScale(source, from + 4, i));
      target.set(
          BYTE,
          to + subScaleOffset() + (long) (BLOCKS + i) * GROUP + row,
          (byte) subMinimum(source, from + 4, i));
    }
    long quants = from + 16 + (bits == 5 ? 32 : 0);
    for (int i = 0; i < BLOCKS; i++) {
      nibbles(source, quants + (long) (i >> 1) * 32, i & 1, plane);
      if (bits == 5) {
        int byColumn = 0;
        for (int k = 0; k < 32; k++) {
          byColumn |= ((source.get(BYTE, from + 16 + k) >>> i) & 1) << k;
        }
        plane[4] = QuantPlane.upperBits(byColumn);
      }
      put(target, to + planeOffset() + (long) i * planeBytes, row, plane, bits);
    }
    return finiteHalf(scale) && finiteHalf(min);
  }

  private boolean packSix(
      MemorySegment source, long from, MemorySegment target, long to, int row, int[] plane) {
    short scale = source.get(SHORT, from + 208);
    target.set(SHORT, to + 2L * row, scale);
    for (int i = 0; i < 16; i++) {
      target.set(
          BYTE, to + subScaleOffset() + (long) i * GROUP + row, source.get(BYTE, from + 192 + i));
    }
    for (int i = 0; i < BLOCKS; i++) {
      long half = i >> 2;
      int part = i & 3;
      nibbles(source, from + 64 * half + 32L * (part & 1), part >> 1, plane);
      plane[4] = 0;
      plane[5] = 0;
      for (int pair = 0; pair < QuantPlane.PAIRS; pair++) {
        long upper = from + 128 + 32 * half + QuantPlane.column(pair);
        int low = (source.get(BYTE, upper) >>> (2 * part)) & 3;
        int high = (source.get(BYTE, upper + 2) >>> (2 * part)) & 3;
        plane[4 + (pair >> 3)] |= (low | (high << 16)) << (2 * (pair & 7));
      }
      put(target, to + planeOffset() + (long) i * planeBytes, row, plane, bits);
    }
    return finiteHalf(scale);
  }

  /** The j-th of eight 6-bit scales in the 12 bytes that Q4_K and Q5_K share. */
  private static int subScale(MemorySegment source, long at, int j) {
    if (j < 4) {
      return source.get(BYTE, at + j) & 63;
    }
    return (source.get(BYTE, at + j + 4) & 15) | (((source.get(BYTE, at + j - 4) >>> 6) & 3) << 4);
  }

  private static int subMinimum(MemorySegment source, long at, int j) {
    if (j < 4) {
      return source.get(BYTE, at + j + 4) & 63;
    }
    return ((source.get(BYTE, at + j + 4) >>> 4) & 15)
        | (((source.get(BYTE, at + j) >>> 6) & 3) << 4);
  }

  /** Turns 32 low or high nibbles, column k in byte k, into the four ints of a plane. */
  private static void nibbles(MemorySegment source, long at, int high, int[] plane) {
    for (int j = 0; j < 4; j++) {
      int first = (source.get(INT, at + 4L * j) >>> (4 * high)) & 0x0f0f0f0f;
      int second = (source.get(INT, at + 16 + 4L * j) >>> (4 * high)) & 0x0f0f0f0f;
      plane[j] = first | (second << 4);
    }
  }

  private static void put(MemorySegment target, long at, int row, int[] plane, int count) {
    for (int j = 0; j < count; j++) {
      target.set(INT, at + (long) j * QuantPlane.NIBBLE_STRIDE + 4L * row, plane[j]);
    }
  }

  @Override
  public void readPanel(
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int firstRow,
      int endRow,
      float[] panel) {
    long at = offset + (long) (from / COLUMNS) * superBlockBytes() + planeOffset();
    for (int k = 0; k < to - from; k += QuantPlane.COLUMNS, at += planeBytes) {
      QuantPlane.read(bits, packed, at, centre(), firstRow, endRow, panel, k);
    }
  }

  @Override
  public void readScales(
      MemorySegment packed,
      long offset,
      int from,
      int to,
      int firstRow,
      int endRow,
      float[] scale,
      float[] min) {
    long block = offset + (long) (from / COLUMNS) * superBlockBytes();
    int runs = (to - from) / scaleColumns();
    for (int row = firstRow; row < endRow; row++) {
      float d = Float.float16ToFloat(packed.get(SHORT, block + 2L * row));
      long sub = block + subScaleOffset() + row;
      for (int i = 0; i < runs; i++) {
        scale[i * GROUP + row] = d * packed.get(BYTE, sub + (long) i * GROUP);
      }
      if (hasMinimum()) {
        float m = -Float.float16ToFloat(packed.get(SHORT, block + 2L * (GROUP + row)));
        for (int i = 0; i < runs; i++) {
          min[i * GROUP + row] = m * packed.get(BYTE, sub + (long) (BLOCKS + i) * GROUP);
        }
      }
    }
  }
}
