package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Turns floats into consecutive blocks of one format. */
@FunctionalInterface
public interface RowEncoder {

  /** An encoder that rounds every number by itself, whatever its importance. */
  @FunctionalInterface
  interface Rounding {
    /**
     * Encodes {@code blocks} blocks. Parameters as in {@link RowEncoder#encode}.
     *
     * @param src the numbers
     * @param srcOffset in numbers
     * @param dst receives the blocks
     * @param dstOffset in bytes
     * @param blocks how many blocks
     * @throws IllegalArgumentException if a block cannot be expressed in the format
     */
    void encode(float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks);
  }

  /**
   * Encodes {@code blocks} blocks.
   *
   * @param src the numbers
   * @param srcOffset where the first number is
   * @param importance how much the square of each number's error counts, or null if all count the
   *     same; finite and not negative
   * @param importanceOffset where the first number's importance is
   * @param dst receives the blocks
   * @param dstOffset where the first block goes, in bytes; needs no alignment
   * @param blocks how many blocks
   * @throws IllegalArgumentException if a block cannot be expressed in the format; blocks before it
   *     may have been written
   */
  void encode(
      float[] src,
      int srcOffset,
      float @Nullable [] importance,
      int importanceOffset,
      MemorySegment dst,
      long dstOffset,
      int blocks);

  /**
   * An encoder that takes an importance and makes no use of it.
   *
   * @param encoder does the work
   * @return the same with another signature
   */
  static RowEncoder rounding(Rounding encoder) {
    return (src, srcOffset, importance, importanceOffset, dst, dstOffset, blocks) ->
        encoder.encode(src, srcOffset, dst, dstOffset, blocks);
  }

  /**
   * An encoder that rounds when all numbers count the same, and searches when they do not.
   *
   * @param rounding encodes without importance
   * @param searching encodes with it
   * @return both in one
   */
  static RowEncoder searching(Rounding rounding, RowEncoder searching) {
    return (src, srcOffset, importance, importanceOffset, dst, dstOffset, blocks) -> {
      if (importance == null) {
        rounding.encode(src, srcOffset, dst, dstOffset, blocks);
      } else {
        searching.encode(src, srcOffset, importance, importanceOffset, dst, dstOffset, blocks);
      }
    };
  }
}
