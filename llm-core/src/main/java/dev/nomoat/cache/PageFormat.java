package dev.nomoat.cache;

import dev.nomoat.CacheType;
import dev.nomoat.quant.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * How the keys and values of a head are written in a page: keys as {@code [dim, PAGE]}, values as
 * {@code [chunks, PAGE, CHUNK]}, the last chunk no wider than the rest of the head. Stateless.
 */
sealed interface PageFormat permits PlainFormat, QuantizedFormat {
  /** The format for a type. */
  static PageFormat of(CacheType type) {
    return switch (type) {
      case F32 -> PlainFormat.F32;
      case F16 -> PlainFormat.F16;
      case Q8_0 -> QuantizedFormat.Q8_0;
      case Q4_0 -> QuantizedFormat.Q4_0;
    };
  }

  /** Bytes of a head's keys, of {@code dim} numbers each. */
  long keyBytes(int dim);

  /** Bytes of a head's values, of {@code dim} numbers each. */
  long valueBytes(int dim);

  /**
   * Writes a key.
   *
   * @param page memory of a page
   * @param at where the head's keys begin, in bytes
   * @param dim numbers of a key
   * @param slot which position of the page
   * @param key the numbers
   * @param keyAt where they begin
   */
  void storeKey(MemorySegment page, long at, int dim, int slot, float[] key, int keyAt);

  /** The same for a value, where the head's values begin. */
  void storeValue(MemorySegment page, long at, int dim, int slot, float[] value, int valueAt);

  /**
   * Reads all keys, {@code [dim, PAGE]}; those of positions never stored are undefined, but change
   * no other.
   *
   * @param page memory of a page
   * @param at where the head's keys begin, in bytes
   * @param dim numbers of a key
   * @param kernels who decodes
   * @param target receives them
   */
  void readKeys(MemorySegment page, long at, int dim, Kernels kernels, float[] target);

  /**
   * Reads values, {@code [chunks, PAGE, CHUNK]}; what fills up the last chunk is left alone.
   *
   * @param page memory of a page
   * @param at where the head's values begin, in bytes
   * @param dim numbers of a value
   * @param positions how many of the page's positions to read, 1 to PAGE
   * @param kernels who decodes
   * @param target receives them
   */
  void readValues(
      MemorySegment page, long at, int dim, int positions, Kernels kernels, float[] target);
}
