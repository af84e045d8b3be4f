package dev.nomoat.quant.encode;

/**
 * What {@link ScaleEncoder} knows of a format.
 *
 * @param elements numbers of a block
 * @param size numbers of a sub-block
 * @param bytes size of a block
 * @param grid the multiples of a scale
 * @param lowestScale smallest integer scale of a sub-block, below 0; 0 if there are no sub-blocks
 * @param below the multiples below 0 that the number of largest magnitude is tried at
 * @param above those above 0
 * @param refinements how often the best scale is improved
 * @param packer writes a block
 */
record ScaleFormat(
    int elements,
    int size,
    int bytes,
    Grid grid,
    int lowestScale,
    Tries below,
    Tries above,
    int refinements,
    Packer packer) {

  /** Writes a block. */
  @FunctionalInterface
  interface Packer {
    /**
     * Writes all bytes of a block.
     *
     * @param d F16 scale
     * @param subScales integer scales of sub-blocks
     * @param at where those of this block are
     * @param codes the numbers as indices into the grid
     * @param block receives the bytes
     */
    void pack(float d, int[] subScales, int at, byte[] codes, byte[] block);
  }
}
