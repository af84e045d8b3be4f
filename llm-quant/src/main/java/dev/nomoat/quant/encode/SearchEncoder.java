package dev.nomoat.quant.encode;

import static dev.nomoat.quant.simd.FitLoops.LANES;

import dev.nomoat.quant.format.RowEncoder;
import dev.nomoat.quant.simd.FitLoops;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Encodes blocks whose scales are searched for, many side by side. The square of a number's error
 * counts as much as
 *
 * <ul>
 *   <li>{@code share · rms + |x|} without importance,
 *   <li>{@code importance · √(rms² + x²)} with it,
 * </ul>
 *
 * <p>where rms is the root mean square of the block, or √2 times that if there are sub-blocks and
 * an importance: an error of a large weight tends to do more harm than one of the same size of a
 * small weight. The share is 1, but 0 for Q2_K, whose two bits would cost the large ones too much.
 *
 * <p>No block has an influence on another one, so that they may be encoded in any portions.
 */
abstract class SearchEncoder {
  /** Sums of importances up to this power of two, or its inverse, do not leave a float's range. */
  private static final int HARMLESS_EXPONENT = 30;

  /** The sub-blocks that are worked on. */
  final SubBlocks blocks;

  /** Sub-blocks of a block. */
  final int subs;

  private final int elements;
  private final Grid grid;
  private final float rmsShare;
  private final byte[] codes;
  private final byte[] block;
  private final float[] mean = new float[LANES];

  SearchEncoder(FitLoops loops, int elements, int size, int bytes, Grid grid, float rmsShare) {
    this.elements = elements;
    this.grid = grid;
    this.rmsShare = rmsShare;
    subs = elements / size;
    blocks = new SubBlocks(loops, size, grid);
    codes = new byte[elements];
    block = new byte[bytes];
  }

  /** Finds the scales of all blocks, and the multiples of them that the numbers take. */
  abstract void fit(int firstElement);

  /**
   * Writes a block.
   *
   * @param firstLane where its sub-blocks are
   * @param codes its numbers as indices into the grid
   * @param block receives all of its bytes
   */
  abstract void pack(int firstLane, byte[] codes, byte[] block);

  /** Parameters as in {@link RowEncoder}. */
  final void encode(
      float[] src,
      int srcOffset,
      float @Nullable [] importance,
      int importanceOffset,
      MemorySegment dst,
      long dstOffset,
      int count) {
    int batch = LANES / subs;
    for (int first = 0; first < count; first += batch) {
      int number = Math.min(batch, count - first);
      int from = first * elements;
      blocks.load(src, srcOffset + from, number * subs);
      if (importance == null) {
        weigh();
      } else {
        weigh(importance, importanceOffset + from);
      }
      fit(srcOffset + from);
      for (int b = 0; b < number; b++) {
        gather(b * subs);
        pack(b * subs, codes, block);
        long to = dstOffset + (long) (first + b) * block.length;
        MemorySegment.copy(block, 0, dst, ValueLayout.JAVA_BYTE, to, block.length);
      }
    }
  }

  private void gather(int firstLane) {
    for (int sub = 0; sub < subs; sub++) {
      grid.code(blocks.q, firstLane + sub, LANES, codes, sub * blocks.size, blocks.size);
    }
  }

  /** Some times the mean square of the block that each lane belongs to. */
  private void means(int factor) {
    for (int first = 0; first < blocks.lanes(); first += subs) {
      float sum = 0;
      for (int l = first; l < first + subs; l++) {
        sum += blocks.squares[l];
      }
      Arrays.fill(mean, first, first + subs, factor * sum / elements);
    }
  }

  private void weigh() {
    means(1);
    for (int l = 0; l < blocks.lanes(); l++) {
      mean[l] = rmsShare * (float) Math.sqrt(mean[l]);
    }
    blocks.loops.weigh(blocks.x, blocks.size, blocks.lanes(), mean, blocks.weight);
  }

  private void weigh(float[] importance, int offset) {
    means(subs == 1 ? 1 : 2);
    blocks.toLanes(importance, offset, blocks.weight);
    for (int first = 0; first < blocks.lanes(); first += subs) {
      unify(first, importance, offset + first * blocks.size);
    }
    blocks.loops.weighImportant(blocks.x, blocks.size, blocks.lanes(), mean, blocks.weight);
  }

  /** Brings the importances of a block near 1, so that no sum of them leaves a float's range. */
  private void unify(int firstLane, float[] importance, int offset) {
    float most = 0;
    for (int i = 0; i < elements; i++) {
      most = Math.max(most, importance[offset + i]);
    }
    int exponent = Math.getExponent(most);
    if (most > 0 && Math.abs(exponent) <= HARMLESS_EXPONENT) {
      return;
    }
    float factor = Math.scalb(1f, -exponent);
    float[] weight = blocks.weight;
    for (int at = firstLane; at < weight.length; at += LANES) {
      for (int l = at; l < at + subs; l++) {
        weight[l] = most > 0 ? weight[l] * factor : 1;
      }
    }
  }
}
