package dev.nomoat.file.gguf;

import java.util.Optional;

/** The type of a metadata value, identified as in GGUF files. */
public enum GgufValueType {
  /** Unsigned 8-bit integer. */
  UINT8(0, 1),
  /** Signed 8-bit integer. */
  INT8(1, 1),
  /** Unsigned 16-bit integer. */
  UINT16(2, 2),
  /** Signed 16-bit integer. */
  INT16(3, 2),
  /** Unsigned 32-bit integer. */
  UINT32(4, 4),
  /** Signed 32-bit integer. */
  INT32(5, 4),
  /** IEEE 754 binary32. */
  FLOAT32(6, 4),
  /** One byte, 0 or 1. */
  BOOL(7, 1),
  /** A length in bytes and UTF-8 text. */
  STRING(8, 8),
  /** An element type, a count, and the elements. */
  ARRAY(9, 12),
  /** Unsigned 64-bit integer. */
  UINT64(10, 8),
  /** Signed 64-bit integer. */
  INT64(11, 8),
  /** IEEE 754 binary64. */
  FLOAT64(12, 8);

  private static final GgufValueType[] ALL = values();

  private final int id;
  private final int minBytes;

  GgufValueType(int id, int minBytes) {
    this.id = id;
    this.minBytes = minBytes;
  }

  /**
   * The number that stands for this type in a file.
   *
   * @return the type id
   */
  public int id() {
    return id;
  }

  /**
   * The bytes that a value takes in a file.
   *
   * @return the exact size of a number or truth value, the size of an empty string or array
   */
  public int minBytes() {
    return minBytes;
  }

  /**
   * Finds a type by its id.
   *
   * @param id a type id, as read from a file
   * @return the type, or empty if there is none with this id
   */
  public static Optional<GgufValueType> ofId(int id) {
    return id >= 0 && id < ALL.length ? Optional.of(ALL[id]) : Optional.empty();
  }

  /**
   * Whether values of this type are whole numbers.
   *
   * @return true for the eight integer types, false for {@link #BOOL} and the others
   */
  public boolean isInteger() {
    return switch (this) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
      case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 -> false;
    };
  }

  /**
   * Whether a 64-bit pattern stands for a value of this integer type. {@link #UINT64} takes every
   * pattern, read as unsigned; the other types take those whose signed value is in their range.
   */
  boolean holds(long bits) {
    return switch (this) {
      case UINT8 -> bits >= 0 && bits <= 0xff;
      case INT8 -> bits == (byte) bits;
      case UINT16 -> bits >= 0 && bits <= 0xffff;
      case INT16 -> bits == (short) bits;
      case UINT32 -> bits >= 0 && bits <= 0xffff_ffffL;
      case INT32 -> bits == (int) bits;
      case UINT64, INT64 -> true;
      case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 -> false;
    };
  }
}
