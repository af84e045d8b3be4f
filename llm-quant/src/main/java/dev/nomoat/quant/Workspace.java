package dev.nomoat.quant;

import dev.nomoat.quant.packed.PackedLayout;

/**
 * Scratch memory of one thread that multiplies: about 100 KB, reused from product to product. Not
 * safe for use by two threads at once.
 */
public final class Workspace {
  private static final int GROUP = PackedLayout.GROUP;

  /** Scale runs in a panel, at most: 256 columns in runs of 16. */
  private static final int RUNS = PackedLayout.PANEL / 16;

  final float[] panel = new float[PackedLayout.PANEL * GROUP];
  final float[] scale = new float[RUNS * GROUP];
  final float[] minimum = new float[RUNS * GROUP];

  /** Two parts of two halves for each row of eight blocks. */
  final short[] raw = new short[8 * 4 * GROUP];

  final float[] sums = new float[RUNS * Products.TILE * GROUP];

  /** Makes a workspace. */
  public Workspace() {}
}
