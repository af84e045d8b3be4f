package dev.nomoat.quant.encode;

import dev.nomoat.quant.simd.FitLoops;

/** The numbers q that a format multiplies its scales with. */
sealed interface Grid {

  /**
   * Gives all numbers the q that are nearest to {@code (x - min) · inverse}.
   *
   * @param blocks the numbers, receives the q
   * @param inverse of each lane: one by the scale
   * @param min of each lane: what q = 0 stands for
   */
  void round(SubBlocks blocks, float[] inverse, float[] min);

  /**
   * As {@link #round}, and sums up; may leave the q alone.
   *
   * @param blocks the numbers, receives the sums
   * @param inverse of each lane: one by the scale
   * @param min of each lane: what q = 0 stands for
   */
  default void roundAndSum(SubBlocks blocks, float[] inverse, float[] min) {
    round(blocks, inverse, min);
    blocks.loops.sum(
        blocks.x,
        blocks.weight,
        blocks.q,
        blocks.size,
        blocks.lanes(),
        blocks.wq,
        blocks.wqq,
        blocks.wqx);
  }

  /**
   * Tells what stands for numbers of this grid in a block.
   *
   * @param q the numbers
   * @param at where the first is
   * @param step from one to the next
   * @param codes receives their indices, from 0
   * @param to where the first goes
   * @param count how many
   */
  void code(float[] q, int at, int step, byte[] codes, int to, int count);

  /**
   * The smallest number, whose magnitude is the largest.
   *
   * @return it, below 0 unless all are positive
   */
  int low();

  /**
   * All integers from {@code low} to {@code high}.
   *
   * @param low the smallest
   * @param high the largest
   */
  record Integers(int low, int high) implements Grid {
    @Override
    public void round(SubBlocks blocks, float[] inverse, float[] min) {
      blocks.loops.round(blocks.x, blocks.size, blocks.lanes(), inverse, min, low, high, blocks.q);
    }

    @Override
    public void roundAndSum(SubBlocks blocks, float[] inverse, float[] min) {
      blocks.loops.roundAndSum(
          blocks.x,
          blocks.weight,
          blocks.size,
          blocks.lanes(),
          inverse,
          min,
          low,
          high,
          blocks.wq,
          blocks.wqq,
          blocks.wqx);
    }

    @Override
    public void code(float[] q, int at, int step, byte[] codes, int to, int count) {
      for (int i = 0; i < count; i++) {
        codes[to + i] = (byte) ((int) q[at + i * step] - low);
      }
    }
  }

  /** Some integers from -128 to 127. */
  final class Levels implements Grid {
    private static final int CENTRE = 256;

    /**
     * The level nearest to the numbers from {@code (i - CENTRE) / 2} up to the next half: the
     * limits between levels are multiples of one half, too.
     */
    private final float[] nearest = new float[2 * CENTRE];

    /** The index of each level, at {@code level + 128}. */
    private final byte[] indices = new byte[CENTRE];

    Levels(byte[] levels) {
      int code = 0;
      for (int i = 0; i < nearest.length; i++) {
        // twice the limit above a level is its sum with the next one
        while (code + 1 < levels.length && i - CENTRE >= levels[code] + levels[code + 1]) {
          code++;
        }
        nearest[i] = levels[code];
      }
      for (int c = 0; c < levels.length; c++) {
        indices[levels[c] + 128] = (byte) c;
      }
    }

    @Override
    public void round(SubBlocks blocks, float[] inverse, float[] min) {
      float[] halves = blocks.halves;
      float[] from = blocks.from;
      for (int l = 0; l < blocks.lanes(); l++) {
        halves[l] = 2 * inverse[l];
        // rounds down to a half instead of to the nearest one
        from[l] = inverse[l] == 0 ? min[l] : min[l] + 0.25f / inverse[l];
      }
      float[] q = blocks.q;
      blocks.loops.round(
          blocks.x, blocks.size, blocks.lanes(), halves, from, -CENTRE, CENTRE - 1, q);
      for (int at = 0; at < q.length; at += FitLoops.LANES) {
        for (int l = 0; l < blocks.lanes(); l++) {
          q[at + l] = nearest[(int) q[at + l] + CENTRE];
        }
      }
    }

    @Override
    public void code(float[] q, int at, int step, byte[] codes, int to, int count) {
      for (int i = 0; i < count; i++) {
        codes[to + i] = indices[(int) q[at + i * step] + 128];
      }
    }

    @Override
    public int low() {
      return (int) nearest[0];
    }
  }
}
