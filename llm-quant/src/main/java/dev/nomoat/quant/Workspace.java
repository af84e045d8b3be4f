package dev.nomoat.quant;

import dev.nomoat.quant.packed.PackedLayout;
import dev.nomoat.quant.simd.InnerLoops;

/**
 * Scratch memory of one thread that multiplies: about 150 KB, reused from product to product. Not
 * safe for use by two threads at once.
 */
public final class Workspace {
  /** Columns that are unpacked at once. */
  static final int PANEL = 256;

  private static final int GROUP = PackedLayout.GROUP;

  /** Runs of columns with a scale in a panel, at most. */
  private static final int RUNS = PANEL / 16;

  final float[] weights = new float[PANEL * GROUP];
  final short[] integers = new short[PANEL * GROUP];
  final float[] scale = new float[RUNS * GROUP];
  final float[] minimum = new float[RUNS * GROUP];

  /** Raw sums: two parts of each run. */
  final short[] raw = new short[2 * RUNS * InnerLoops.TILE * GROUP];

  /** Makes a workspace. */
  public Workspace() {}
}
