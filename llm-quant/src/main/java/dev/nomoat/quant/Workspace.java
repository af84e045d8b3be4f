package dev.nomoat.quant;

import dev.nomoat.quant.packed.BitPanel;
import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.simd.InnerLoops;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Scratch memory of one thread that multiplies: about 300 KB and 256 bytes for each row of the
 * largest batch, reused from product to product. Not safe for use by two threads at once.
 */
public final class Workspace {
  /** Columns that are unpacked at once. */
  static final int PANEL = BitPanel.WIDTH;

  /** Columns that are copied at once, so that memory is read in long stretches. */
  static final int COPIED = 8 * PANEL;

  private static final int GROUP = PackedLayout.GROUP;

  /** A byte and an F16 scale for every 16 columns. */
  private static final int PANEL_BYTES = PANEL * GROUP + 2 * InnerLoops.SCALES;

  final float[] weights = new float[PANEL * GROUP];
  final short[] integers = new short[PANEL * GROUP];
  final float[] scale = new float[InnerLoops.SCALES + GROUP];
  final float[] minimum = new float[InnerLoops.SCALES + GROUP];

  /** Some panels as they are packed; not on the heap, as what it is copied from is not. */
  final MemorySegment panels =
      Arena.ofAuto().allocate(COPIED / PANEL * PANEL_BYTES, InnerLoops.GROUP);

  /** Scales of a panel as they are packed. */
  final short[] packedScales = new short[InnerLoops.SCALE_BYTES / Short.BYTES];

  /** Activations of a panel, for scalar code. */
  final int[] tile = new int[PANEL * InnerLoops.TILE];

  /** Raw sums: two parts of each run. */
  final short[] raw = new short[2 * InnerLoops.SCALES * InnerLoops.TILE];

  /**
   * Products of the group at work, {@code [tokens][64]}: side by side, while in the output whole
   * rows lie between the tokens, often a power of two bytes, which only a few lines of a cache can
   * hold.
   */
  float[] products = {};

  /** Makes a workspace. */
  public Workspace() {}

  float[] clearedProducts(int tokens) {
    if (products.length < tokens * GROUP) {
      products = new float[tokens * GROUP];
    }
    Arrays.fill(products, 0, tokens * GROUP, 0f);
    return products;
  }
}
