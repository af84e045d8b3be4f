package dev.nomoat.quant.encode;

/**
 * What {@link LineEncoder} knows of a format.
 *
 * @param elements numbers of a block
 * @param size numbers of a sub-block
 * @param bytes size of a block
 * @param most the largest multiple of a scale; the smallest is 0
 * @param mostScale the largest integer scale and minimum of a sub-block; 0 if there are no
 *     sub-blocks, but a scale and a signed minimum in F16
 * @param rmsShare how much small numbers count, see {@link SearchEncoder}
 * @param steps the multiples that are tried for the range of a sub-block
 * @param refinements how often the best line is improved
 * @param minimumReach how far from the nearest integer minima others are tried
 * @param packer writes a block
 */
record LineFormat(
    int elements,
    int size,
    int bytes,
    int most,
    int mostScale,
    float rmsShare,
    Tries steps,
    int refinements,
    int minimumReach,
    Packer packer) {

  /** Writes a block. */
  @FunctionalInterface
  interface Packer {
    /**
     * Writes all bytes of a block.
     *
     * @param d F16 scale
     * @param min F16 scale of the minima, or the minimum
     * @param scales integer scales of sub-blocks
     * @param minima integer minima of sub-blocks
     * @param at where those of this block are
     * @param codes the numbers
     * @param block receives the bytes
     */
    void pack(float d, float min, int[] scales, int[] minima, int at, byte[] codes, byte[] block);
  }
}
