package dev.nomoat.quant.format;

import java.lang.foreign.MemorySegment;

/**
 * Takes super-blocks of 256 numbers {@code d · s · number(code)} apart, with one d for all and one
 * s for a run.
 */
@FunctionalInterface
public interface SuperBlockReader {

  /**
   * Takes a super-block apart.
   *
   * @param src the super-blocks
   * @param block where it begins, in bytes; needs no alignment
   * @param codes receives the 256 codes
   * @param scales receives s of each run
   * @return d: the bits of an F16 number
   */
  short read(MemorySegment src, long block, byte[] codes, byte[] scales);
}
