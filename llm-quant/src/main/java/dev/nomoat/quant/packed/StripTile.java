package dev.nomoat.quant.packed;

import static dev.nomoat.quant.packed.BitPanel.STRIP;
import static dev.nomoat.quant.packed.PackedLayout.BYTE;
import static dev.nomoat.quant.packed.PackedLayout.SHORT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One block of each row of a strip: its integers as words of a {@link BitPanel}, and lines of
 * scales and the like. They are put in row by row and written in whole lines of memory. For one
 * thread.
 */
final class StripTile {
  private static final int WORD_BITS = Short.SIZE;

  /** The lowest bits of shorts and of ints. */
  private static final long IN_SHORTS = 0x0001000100010001L;

  private static final long IN_INTS = 0x0000000100000001L;

  private final int bits;
  private final int words;
  private final short[] tile;
  private final short[] shorts;
  private final byte[] bytes;
  private final long ones;
  private final long pairs;
  private final long fours;

  /**
   * Makes a tile of zeros.
   *
   * @param bits of an integer, 2 to 6
   * @param columns of a block, a multiple of 16
   * @param shortLines lines of 16-bit numbers
   * @param byteLines lines of bytes
   */
  StripTile(int bits, int columns, int shortLines, int byteLines) {
    this.bits = bits;
    this.words = columns * bits / WORD_BITS;
    this.tile = new short[words * STRIP];
    this.shorts = new short[shortLines * STRIP];
    this.bytes = new byte[byteLines * STRIP];
    this.ones = ((1L << bits) - 1) * IN_SHORTS;
    this.pairs = ((1L << (2 * bits)) - 1) * IN_INTS;
    this.fours = (1L << (4 * bits)) - 1;
  }

  void clear() {
    Arrays.fill(tile, (short) 0);
    Arrays.fill(shorts, (short) 0);
    Arrays.fill(bytes, (byte) 0);
  }

  /**
   * Puts in sixteen columns of a row.
   *
   * @param column the first of them in the block, a multiple of 16
   * @param row in the strip
   * @param first the integers of the first eight, each in a byte, that of the first column lowest
   * @param second those of the others
   */
  void put(int column, int row, long first, long second) {
    long low = sideBySide(first);
    long high = sideBySide(second);
    int at = column * bits / WORD_BITS * STRIP + row;
    switch (bits) {
      case 2 -> {
        put(at, 1, low);
        put(at + STRIP, 1, high);
      }
      case 3 -> put(at, 3, low | high << 24);
      case 4 -> {
        put(at, 2, low);
        put(at + 2 * STRIP, 2, high);
      }
      case 5 -> {
        put(at, 4, low | high << 40);
        put(at + 4 * STRIP, 1, high >>> 24);
      }
      default -> {
        put(at, 3, low);
        put(at + 3 * STRIP, 3, high);
      }
    }
  }

  /** Eight integers as a stream of bits: neighbours move together, then pairs, then fours. */
  private long sideBySide(long bytes) {
    long x = (bytes & ones) | ((bytes >>> (8 - bits)) & (ones << bits));
    x = (x & pairs) | ((x >>> (16 - 2 * bits)) & (pairs << (2 * bits)));
    return (x & fours) | ((x >>> (32 - 4 * bits)) & (fours << (4 * bits)));
  }

  /**
   * Puts in sixteen columns of a row whose words are made already.
   *
   * @param column the first of them in the block, a multiple of 16
   * @param row in the strip
   * @param stream as many words as an integer has bits, at most four, the first one lowest
   */
  void putWords(int column, int row, long stream) {
    put(column * bits / WORD_BITS * STRIP + row, bits, stream);
  }

  private void put(int at, int count, long stream) {
    for (int i = 0; i < count; i++) {
      tile[at + i * STRIP] = (short) (stream >>> (WORD_BITS * i));
    }
  }

  void putShort(int line, int row, short value) {
    shorts[line * STRIP + row] = value;
  }

  void putByte(int line, int row, byte value) {
    bytes[line * STRIP + row] = value;
  }

  /**
   * Writes the integers.
   *
   * @param target packed memory
   * @param panel where the panel begins
   * @param columns columns of the panel
   * @param column the first column of the block in the panel
   * @param firstRow the strip's first row in the group
   * @param pairs whether it is a {@link PairPanel}
   */
  void writeWords(
      MemorySegment target, long panel, int columns, int column, int firstRow, boolean pairs) {
    long to = panel + BitPanel.row(bits, columns, firstRow);
    int unitWords = BitPanel.unitWords(bits);
    for (int i = 0; i < words; i++) {
      int unit = column / BitPanel.unitColumns(bits) + i / unitWords;
      int word = i % unitWords;
      long at = to + (pairs ? PairPanel.word(unit, word) : BitPanel.word(bits, unit, word));
      MemorySegment.copy(tile, i * STRIP, target, SHORT, at, STRIP);
    }
  }

  int shortLines() {
    return shorts.length / STRIP;
  }

  int byteLines() {
    return bytes.length / STRIP;
  }

  void writeShorts(int line, MemorySegment target, long to) {
    MemorySegment.copy(shorts, line * STRIP, target, SHORT, to, STRIP);
  }

  void writeBytes(int line, MemorySegment target, long to) {
    MemorySegment.copy(bytes, line * STRIP, target, BYTE, to, STRIP);
  }
}
