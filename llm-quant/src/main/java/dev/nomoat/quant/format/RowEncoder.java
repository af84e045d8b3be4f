package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/** Turns floats into consecutive blocks of one format. */
@FunctionalInterface
public interface RowEncoder {

  /**
   * Encodes {@code blocks} blocks.
   *
   * @param src the numbers
   * @param srcOffset where the first number is
   * @param dst receives the blocks
   * @param dstOffset where the first block goes, in bytes; needs no alignment
   * @param blocks how many blocks
   * @throws IllegalArgumentException if a block cannot be expressed in the format; the blocks
   *     before it have been written
   */
  void encode(float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks);
}
