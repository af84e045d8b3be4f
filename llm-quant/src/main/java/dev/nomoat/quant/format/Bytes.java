package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian access to the fields of a block, at any alignment. */
final class Bytes {

  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Bytes() {}

  static int u8(MemorySegment segment, long offset) {
    return Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, offset));
  }

  static int s8(MemorySegment segment, long offset) {
    return segment.get(ValueLayout.JAVA_BYTE, offset);
  }

  static void put8(MemorySegment segment, long offset, int value) {
    segment.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
  }

  static int u16(MemorySegment segment, long offset) {
    return Short.toUnsignedInt(segment.get(SHORT, offset));
  }

  /** The n-th nibble from an offset on, the low one of a byte first. */
  static int nibble(MemorySegment segment, long offset, int n) {
    return (u8(segment, offset + n / 2) >>> (n % 2 * 4)) & 0xF;
  }

  static int i32(MemorySegment segment, long offset) {
    return segment.get(INT, offset);
  }

  static long i64(MemorySegment segment, long offset) {
    return segment.get(LONG, offset);
  }

  static void put32(MemorySegment segment, long offset, int value) {
    segment.set(INT, offset, value);
  }

  static float half(MemorySegment segment, long offset) {
    return Float.float16ToFloat(segment.get(SHORT, offset));
  }
}
