package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/** Turns consecutive blocks of one format into floats. */
@FunctionalInterface
public interface RowDecoder {

  /**
   * Decodes {@code blocks} blocks.
   *
   * @param src the blocks
   * @param srcOffset where the first block starts, in bytes; needs no alignment
   * @param dst receives the numbers
   * @param dstOffset where the first number goes
   * @param blocks how many blocks
   */
  void decode(MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks);
}
