package dev.nomoat.quant.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Eight bytes of a block at a time, the first one lowest in a long. */
public final class EightBytes {
  /** The lowest bit of each byte. */
  private static final long ONES = 0x0101010101010101L;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private EightBytes() {}

  /**
   * Reads eight bytes.
   *
   * @param bytes an array
   * @param at where the first one is
   * @return the bytes
   */
  public static long get(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }

  /**
   * Writes eight bytes.
   *
   * @param bytes an array
   * @param at where the first one goes
   * @param eight the bytes
   */
  static void put(byte[] bytes, int at, long eight) {
    LONG.set(bytes, at, eight);
  }

  /**
   * The low half of each byte.
   *
   * @param bytes eight bytes
   * @return eight numbers, 0 to 15
   */
  public static long lowNibbles(long bytes) {
    return bytes & (15 * ONES);
  }

  /**
   * The high half of each byte.
   *
   * @param bytes eight bytes
   * @return eight numbers, 0 to 15
   */
  public static long highNibbles(long bytes) {
    return (bytes >>> 4) & (15 * ONES);
  }

  /**
   * Two bits of each byte.
   *
   * @param bytes eight bytes
   * @param shift which is the lower one, 0 to 6
   * @return eight numbers, 0 to 3
   */
  public static long pairs(long bytes, int shift) {
    return (bytes >>> shift) & (3 * ONES);
  }

  /**
   * A bit of each byte.
   *
   * @param bytes eight bytes
   * @param shift which, 0 to 7
   * @return eight numbers, 0 or 1
   */
  public static long ones(long bytes, int shift) {
    return (bytes >>> shift) & ONES;
  }

  /**
   * Eight bits, each in a byte of its own.
   *
   * @param bits the lowest eight count
   * @return eight numbers, 0 or 1
   */
  public static long apart(int bits) {
    // a copy in each byte, of which each keeps another bit; adding 127 carries it to the top
    long copies = ((bits & 0xff) * ONES) & 0x8040201008040201L;
    return ones(copies + 0x7f * ONES, 7);
  }
}
